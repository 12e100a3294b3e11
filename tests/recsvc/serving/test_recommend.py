"""A page is answered with the right things, says what it rests on, and never fails for lack of facts."""

from concurrent.futures import Future
from pathlib import Path

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from recsvc.domain.errors import (
    InvalidRequestError,
    MissingItemError,
    StoreUnavailableError,
    UnknownItemError,
    UnknownPlacementError,
)
from recsvc.domain.events import EventKind
from recsvc.domain.slates import Basis, PlacementRequest, Slate, SlateRequest
from tests.artifacts import VERSION, item_ids
from tests.shop import N, Shop, item, sold_out

IDS = item_ids(N)
HOME = PlacementRequest("home", limit=5)
FOR_ALL = '[[placements]]\nid = "home"\nstrategy = "personal"\n'


def ask(
    shop: Shop, *asked: PlacementRequest, visitor: str | None = "v", locale: str | None = None
) -> list[Slate]:
    return shop.recommender.page(SlateRequest(visitor, asked or (HOME,), locale))


def shown(slate: Slate) -> list[str]:
    return [one.id for one in slate.items]


def test_stranger_is_shown_what_is_popular(shop: Shop) -> None:
    (slate,) = ask(shop)
    assert shown(slate) == list(IDS[:5])
    assert (slate.basis, slate.model) == (Basis.POPULAR, VERSION)
    assert {one.reason.code for one in slate.items} == {"popular"}


def test_purchase_changes_the_next_answer_and_is_named_as_the_reason(shop: Shop) -> None:
    before = shown(ask(shop)[0])
    shop.happen("v", EventKind.PURCHASE, "item-09")
    (slate,) = ask(shop)
    assert slate.basis is Basis.HISTORY
    assert shown(slate) != before
    told = [one for one in slate.items if one.reason.code == "because_bought"]
    assert told
    assert all(one.reason.because[0].id == "item-09" for one in told)
    assert all("Item 9" in one.reason.text for one in told)


def test_somebody_elses_purchase_changes_nothing(shop: Shop) -> None:
    before = shown(ask(shop)[0])
    shop.happen("another", EventKind.PURCHASE, "item-09")
    assert shown(ask(shop)[0]) == before


def test_nobody_is_not_read_as_somebody(shop: Shop) -> None:
    shop.happen("", EventKind.PURCHASE, "item-09")
    assert ask(shop, visitor=None)[0].basis is Basis.POPULAR


def test_similar_rests_on_the_context(shop: Shop) -> None:
    (slate,) = ask(shop, PlacementRequest("similar", limit=3, item="item-04"))
    assert shown(slate) == ["item-05", "item-06", "item-07"]
    assert slate.basis is Basis.CONTEXT
    assert slate.items[0].reason.text == "Similar to Item 4"


def test_cart_adds_up_what_goes_with_each_item(shop: Shop) -> None:
    cart = PlacementRequest("cart", limit=2, items=("item-03", "item-04", "never heard of"))
    (slate,) = ask(shop, cart)
    assert shown(slate) == ["item-05", "item-06"]
    assert {one.id for one in slate.items[0].reason.because} == {"item-03", "item-04"}


def test_page_shows_no_item_twice(shop: Shop) -> None:
    asked = (
        PlacementRequest("similar", limit=3, item="item-00"),
        PlacementRequest("bought-together", limit=3, item="item-00"),
        HOME,
    )
    slates = ask(shop, *asked)
    everything = [item_id for slate in slates for item_id in shown(slate)]
    assert len(everything) == len(set(everything))
    assert "item-00" not in shown(slates[0])
    assert slates[1].dropped["on_page"] > 0


def test_placement_of_higher_priority_chooses_first_and_stands_where_it_was_asked(tmp_path: Path) -> None:
    placements = "".join(
        f'[[placements]]\nid = "{name}"\nstrategy = "popular"\npriority = {priority}\n'
        for name, priority in (("low", 0), ("high", 7), ("also-low", 0))
    )
    shop = Shop(tmp_path, placements=placements).open()
    slates = ask(shop, *(PlacementRequest(name, 2) for name in ("low", "high", "also-low")))
    assert [(slate.placement, shown(slate)) for slate in slates] == [
        ("low", ["item-02", "item-03"]),
        ("high", ["item-00", "item-01"]),
        ("also-low", ["item-04", "item-05"]),
    ]
    assert slates[0].dropped == {"on_page": 2}


def test_sold_out_item_leaves_and_comes_back(shop: Shop) -> None:
    shop.store.put_items([sold_out(0)]).result()
    (without,) = ask(shop)
    assert "item-00" not in shown(without)
    assert without.dropped == {"unavailable": 1}
    shop.store.put_items([item(0)]).result()
    assert shown(ask(shop)[0])[0] == "item-00"


def test_deleted_item_leaves(shop: Shop) -> None:
    shop.store.delete_item("item-00").result()
    assert "item-00" not in shown(ask(shop)[0])


def test_slate_that_the_rules_starve_is_filled_from_further_down(shop: Shop) -> None:
    shop.store.put_items([sold_out(number) for number in range(N - 2)]).result()
    (slate,) = ask(shop)
    assert set(shown(slate)) == {"item-10", "item-11"}


def test_recent_purchase_is_left_out_where_the_placement_says_so(tmp_path: Path) -> None:
    shop = Shop(tmp_path, placements=f"{FOR_ALL}exclude_bought_days = 7").open()
    shop.happen("v", EventKind.PURCHASE, "item-09", days_ago=3)
    shop.happen("v", EventKind.PURCHASE, "item-08", days_ago=30)
    (slate,) = ask(shop, PlacementRequest("home", limit=11))
    assert "item-09" not in shown(slate)
    assert "item-08" in shown(slate)
    assert slate.dropped["bought_recently"] == 1


def test_language_of_the_reader_is_used(shop: Shop) -> None:
    (slate,) = ask(shop, PlacementRequest("similar", item="item-04", limit=1), locale="ja")
    assert slate.items[0].reason.text == "「商品4」に似ています"


def test_without_a_model_the_answer_is_empty_and_says_so(empty_shop: Shop) -> None:
    (slate,) = ask(empty_shop)
    assert (slate.items, slate.basis, slate.model) == ((), Basis.POPULAR, None)


def test_without_the_store_recommending_goes_on_without_the_profile(shop: Shop) -> None:
    shop.happen("v", EventKind.PURCHASE, "item-09")
    ask(shop)

    def down(visitor_id: str) -> Future[None]:
        raise StoreUnavailableError(f"gone, asked about {visitor_id}")

    shop.store.read_visitor = down  # type: ignore[method-assign,assignment]
    (slate,) = ask(shop)
    assert slate.basis is Basis.POPULAR
    assert len(slate.items) == 5


def test_without_a_catalogue_the_model_alone_answers(shop: Shop) -> None:
    for item_id in IDS:
        shop.store.delete_item(item_id).result()
    assert len(ask(shop)[0].items) == 5


@pytest.mark.parametrize(
    ("asked", "error"),
    [
        (PlacementRequest("nowhere"), UnknownPlacementError),
        (PlacementRequest("similar"), MissingItemError),
        (PlacementRequest("similar", item="never heard of"), UnknownItemError),
        (PlacementRequest("home", limit=0), InvalidRequestError),
        (PlacementRequest("home", limit=101), InvalidRequestError),
    ],
)
def test_what_cannot_be_asked_is_refused(shop: Shop, asked: PlacementRequest, error: type[Exception]) -> None:
    with pytest.raises(error):
        ask(shop, asked)


def test_page_of_nothing_or_too_much_is_refused(shop: Shop) -> None:
    for count in (0, 21):
        with pytest.raises(InvalidRequestError, match="1 to 20"):
            shop.recommender.page(SlateRequest("v", (HOME,) * count))


def test_slate_id_names_what_the_answer_rested_on(shop: Shop) -> None:
    shop.happen("v", EventKind.VIEW, "item-02")
    facts = shop.signer.read(ask(shop)[0].slate_id)
    assert (facts.model, facts.placement, facts.profile_revision) == (VERSION, "home", 1)
    with pytest.raises(InvalidRequestError):
        shop.signer.read("AAAA" + ask(shop)[0].slate_id)


def test_withdrawn_consent_ends_the_use_of_the_history_at_once_and_for_good(shop: Shop) -> None:
    shop.happen("v", EventKind.PURCHASE, "item-09")
    assert ask(shop)[0].basis is Basis.HISTORY
    shop.happen("v", EventKind.CONSENT, consent={"personalise": False})
    assert ask(shop)[0].basis is Basis.POPULAR
    shop.clock.advance(seconds=1)
    shop.happen("v", EventKind.CONSENT, consent={"personalise": True})
    assert ask(shop)[0].basis is Basis.POPULAR
    shop.clock.advance(seconds=1)
    shop.happen("v", EventKind.PURCHASE, "item-09")
    assert ask(shop)[0].basis is Basis.HISTORY


def test_purchase_pushed_out_by_many_views_is_still_left_out(tmp_path: Path) -> None:
    shop = Shop(tmp_path, placements=f"{FOR_ALL}exclude_bought_days = 30").open()
    shop.happen("v", EventKind.PURCHASE, "item-09", days_ago=5)
    shop.happen("v", EventKind.VIEW, *(["item-01"] * 600))
    assert "item-09" not in shown(ask(shop, PlacementRequest("home", limit=12))[0])


def test_returned_item_is_not_called_bought(shop: Shop) -> None:
    shop.happen("v", EventKind.PURCHASE, "item-09", days_ago=2)
    shop.happen("v", EventKind.RETURN, "item-09", days_ago=1)
    shop.happen("v", EventKind.VIEW, "item-09")
    (slate,) = ask(shop)
    assert {one.reason.code for one in slate.items} <= {"because_viewed", "popular"}


pages = st.lists(
    st.builds(
        PlacementRequest,
        st.sampled_from(["home", "similar", "bought-together", "cart"]),
        st.integers(1, 8),
        st.sampled_from(IDS),
        st.lists(st.sampled_from([*IDS, "unknown"]), max_size=4).map(tuple),
    ),
    min_size=1,
    max_size=5,
)


@settings(suppress_health_check=[HealthCheck.function_scoped_fixture], max_examples=60)
@given(pages, st.lists(st.sampled_from(IDS), max_size=5))
def test_any_page_keeps_its_promises(shop: Shop, asked: list[PlacementRequest], bought: list[str]) -> None:
    if bought:
        shop.happen("any", EventKind.PURCHASE, *bought)
    slates = ask(shop, *asked, visitor="any")
    everything = [item_id for slate in slates for item_id in shown(slate)]
    assert len(everything) == len(set(everything))
    for one, slate in zip(asked, slates, strict=True):
        assert len(slate.items) <= (one.limit or 0)
        assert not {one.item, *one.items} & set(shown(slate))
        for entry in slate.items:
            assert all(0 < because.share <= 1 for because in entry.reason.because)
    assert [slate.items for slate in ask(shop, *asked, visitor="any")] == [slate.items for slate in slates]
