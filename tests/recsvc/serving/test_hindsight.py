"""A slate is made once more from its id: the same at once, and later with what has changed since."""

import shutil
from pathlib import Path

import msgspec
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from recsvc.domain.errors import InvalidRequestError, UnknownPlacementError
from recsvc.domain.events import EventKind
from recsvc.domain.slates import PlacementRequest, Slate, SlateRequest
from recsvc.serving.hindsight import Hindsight
from recsvc.serving.slate_id import SlateFacts
from tests.artifacts import VERSION, arrays_of, item_ids, make_artifact, publish_artifact
from tests.shop import TEA_QUIZ, N, Shop, sold_out

IDS = item_ids(N)
HOME = SlateRequest("v", (PlacementRequest("home", limit=4),))
NEXT = "20260402T120000Z-0000000f"
DRAWN = '[[placements]]\nid = "home"\nstrategy = "personal"\nrotation = 2.0\n'


def again(shop: Shop, slate: Slate, request: SlateRequest = HOME) -> Slate:
    return shop.hindsight.slate(slate.slate_id, request)


def changed(slate: Slate) -> dict[str, tuple[str | int | None, str | int | None]]:
    assert slate.changed is not None
    return {one.what: (one.then, one.now) for one in slate.changed}


def shown(slate: Slate) -> list[str]:
    return [one.id for one in slate.items]


pages = st.lists(
    st.builds(
        PlacementRequest,
        st.sampled_from(["home", "similar", "cart", "mail", "tablet", "category", "buy-again"]),
        st.none() | st.integers(1, 5),
        st.sampled_from(IDS),
        st.lists(st.sampled_from(IDS), max_size=3).map(tuple),
        st.sampled_from([None, "item.category == 'tea'"]),
    ),
    min_size=1,
    max_size=4,
)
requests = st.builds(
    SlateRequest,
    st.sampled_from(["v", "stranger", None]),
    pages.map(tuple),
    st.sampled_from([None, "ja"]),
    st.just("berlin"),
    st.sampled_from([None, 30]),
    explain=st.booleans(),
)


@settings(
    suppress_health_check=[HealthCheck.function_scoped_fixture, HealthCheck.too_slow],
    max_examples=60,
)
@given(requests, st.data(), st.floats(0, 3600))
def test_slate_made_once_more_at_once_is_the_very_same(
    shop: Shop, request: SlateRequest, data: st.DataObject, later_s: float
) -> None:
    if not shop.store.read_visitor("v").profile.revision:
        shop.happen("v", EventKind.PURCHASE, "item-02", "item-09", days_ago=3)
        shop.happen("v", EventKind.VIEW, "item-05", days_ago=-0.000005)  # in the second of the slate
    slates = shop.recommender.page(request)
    slate = slates[data.draw(st.integers(0, len(slates) - 1))]
    shop.clock.advance(seconds=later_s)
    found = again(shop, slate, request)
    assert found.changed == ()
    assert msgspec.structs.replace(found, changed=None) == slate


def test_another_worker_finds_the_same(shop: Shop) -> None:
    shop.happen("v", EventKind.PURCHASE, "item-09", days_ago=1)
    shop.recommender.page(HOME)
    shop.clock.advance(seconds=7000)
    (slate,) = shop.recommender.page(HOME)  # by a vector that was solved two hours ago
    (elsewhere,) = shop.recommender.before(make_artifact(N), shop.clock()).page(HOME)
    assert elsewhere.items == slate.items


def test_what_happened_since_is_named(shop: Shop) -> None:
    (slate,) = shop.recommender.page(HOME)
    shop.happen("v", EventKind.PURCHASE, "item-09")
    shop.store.put_items([sold_out(0)]).result()
    found = again(shop, slate)
    assert changed(found) == {"profile": (0, 1), "catalogue": (1, 2)}
    assert "item-00" in shown(slate)
    assert "item-00" not in shown(found)


def test_quiz_that_was_published_since_is_named(shop: Shop) -> None:
    (slate,) = shop.recommender.page(HOME)
    shop.publish(TEA_QUIZ.replace(b"revision = 1", b"revision = 2"))
    then = shop.signer.read(slate.slate_id)
    assert changed(again(shop, slate)) == {"quizzes": (then.quizzes.hex(), shop.quizzes.revisions.hex())}
    older = shop.signer.sign(msgspec.structs.replace(then, quizzes=b""))  # of a release that did not say it
    assert changed(again(shop, msgspec.structs.replace(slate, slate_id=older))) == {}


def test_model_of_then_answers_while_it_is_there_and_is_named_when_it_is_gone(shop: Shop) -> None:
    (slate,) = shop.recommender.page(HOME)
    arrays = arrays_of(N)
    publish_artifact(
        shop.directory / "models", NEXT, arrays=arrays | {"popularity": arrays["popularity"][::-1]}
    )
    shop.live_model.refresh()
    assert shown(shop.recommender.page(HOME)[0]) != shown(slate)
    assert (again(shop, slate).items, again(shop, slate).changed) == (slate.items, ())
    shutil.rmtree(shop.directory / "models" / VERSION)
    assert changed(again(shop, slate)) == {"model": (VERSION, NEXT)}


def test_model_that_cannot_be_trusted_any_more_does_not_answer(shop: Shop) -> None:
    (slate,) = shop.recommender.page(HOME)
    publish_artifact(shop.directory / "models", NEXT)
    shop.live_model.refresh()
    path = shop.directory / "models" / VERSION / "factors.npy"
    path.write_bytes(path.read_bytes()[:-4])
    assert changed(again(shop, slate)) == {"model": (VERSION, NEXT)}


def test_placement_that_says_something_else_now_is_named(tmp_path: Path) -> None:
    shop = Shop(tmp_path, placements=DRAWN).open()
    (slate,) = shop.recommender.page(HOME)
    shop.place().write_text(DRAWN.replace("2.0", "3.0"), "utf-8")
    shop.live_placements.refresh()
    assert set(changed(again(shop, slate))) == {"placement"}
    shop.place().write_text(DRAWN.replace('"home"', '"other"'), "utf-8")
    shop.live_placements.refresh()
    with pytest.raises(UnknownPlacementError):
        again(shop, slate)


def test_draws_are_those_of_then_even_for_another_visitor(tmp_path: Path) -> None:
    shop = Shop(tmp_path, placements=DRAWN).open()
    (slate,) = shop.recommender.page(HOME)
    found = again(shop, slate, SlateRequest("w", HOME.placements))
    assert shown(found) == shown(slate)  # both are strangers
    assert set(changed(found)) == {"request"}


def test_trail_says_what_the_visitor_agreed_to(shop: Shop) -> None:
    def said(visitor_id: str | None) -> str:
        (slate,) = shop.recommender.page(SlateRequest(visitor_id, HOME.placements, explain=True))
        assert slate.trail is not None
        return slate.trail.consent

    shop.happen("no", EventKind.CONSENT, consent={"personalise": False})
    shop.happen("yes", EventKind.CONSENT, consent={"personalise": True})
    assert [said(name) for name in ("v", "yes", "no", None)] == ["notice", "granted", "withdrawn", "nobody"]


def test_without_placements_the_one_of_the_slate_is_meant(shop: Shop) -> None:
    (slate,) = shop.recommender.page(SlateRequest("v", (PlacementRequest("home"),)))
    found = again(shop, slate, SlateRequest("v", ()))
    assert (found.items, found.changed) == (slate.items, ())


def test_second_slate_of_one_placement_is_told_apart(shop: Shop) -> None:
    request = SlateRequest("v", (PlacementRequest("home", limit=3), PlacementRequest("home", limit=3)))
    first, second = shop.recommender.page(request)
    assert shown(first) != shown(second)
    assert shown(again(shop, second, request)) == shown(second)
    assert shown(again(shop, first, request)) == shown(first)


def test_slate_without_a_model_is_empty_again(empty_shop: Shop) -> None:
    (slate,) = empty_shop.recommender.page(HOME)
    assert (again(empty_shop, slate).items, again(empty_shop, slate).changed) == ((), ())


def test_request_that_does_not_name_the_placement_is_refused(shop: Shop) -> None:
    (slate,) = shop.recommender.page(HOME)
    with pytest.raises(InvalidRequestError, match="'home'"):
        again(shop, slate, SlateRequest("v", (PlacementRequest("new"),)))


def test_slate_of_a_quiz_is_explained_elsewhere(shop: Shop) -> None:
    token = shop.signer.sign(SlateFacts(VERSION, "quiz:tea", "", 0, 0, None, 0, 0, b""))
    with pytest.raises(InvalidRequestError, match="quiz explain"):
        Hindsight(shop.recommender, shop.live_model, shop.signer).slate(token, HOME)
