"""Pages of several visitors are scored together and are those that each would get alone."""

import msgspec
import numpy as np
import pytest

from recsvc.domain.errors import UnknownPlacementError
from recsvc.domain.events import EventKind
from recsvc.domain.profile import Profile
from recsvc.domain.slates import PlacementRequest, Slate, SlateRequest
from recsvc.model.prior import NO_ANSWERS
from recsvc.serving.queries import Queries, rank
from tests.artifacts import NOW, item_ids, make_artifact
from tests.shop import N, Shop

NAMES = ("a", "b", "c", "stranger", "another")
PAGE = (PlacementRequest("home", limit=4), PlacementRequest("mail"))


@pytest.fixture
def known(shop: Shop) -> Shop:
    """A shop with three visitors who bought, and one of them withdrew."""
    for number, name in enumerate(NAMES[:3]):
        shop.happen(name, EventKind.PURCHASE, item_ids(N)[number + 5])
    shop.happen("c", EventKind.CONSENT, consent={"personalise": False})
    return shop


def together(shop: Shop) -> list[list[Slate]]:
    requests = [SlateRequest(name, PAGE) for name in NAMES]
    return shop.recommender.pages(requests, [shop.visitors.read_surely(name) for name in NAMES])


def without_scores(pages: list[list[Slate]]) -> list[list[Slate]]:
    """A product of matrices rounds otherwise than one of a matrix and a vector."""
    return [
        [
            msgspec.structs.replace(
                slate, items=tuple(msgspec.structs.replace(one, score=0.0) for one in slate.items)
            )
            for slate in page
        ]
        for page in pages
    ]


def test_each_gets_what_they_would_get_alone(known: Shop) -> None:
    alone = [known.recommender.page(SlateRequest(name, PAGE)) for name in NAMES]
    assert without_scores(together(known)) == without_scores(alone)
    assert [page[0].basis.value for page in alone] == ["history", "history", "popular", "popular", "popular"]


def test_without_a_model_all_are_empty(empty_shop: Shop) -> None:
    assert [[len(slate.items) for slate in page] for page in together(empty_shop)] == [[0, 0]] * len(NAMES)


def test_one_that_cannot_be_asked_stops_all(known: Shop) -> None:
    asked = SlateRequest("a", (PlacementRequest("nowhere"),))
    with pytest.raises(UnknownPlacementError):
        known.recommender.pages([asked], [Profile("a")])


def test_scores_made_together_are_those_made_alone(known: Shop) -> None:
    artifact, now = make_artifact(N), NOW.timestamp()
    asked = [(known.visitors.read_surely(name), NO_ANSWERS) for name in NAMES]
    queries = Queries()
    together = queries.of(artifact, asked, now, keep=False)
    rank(artifact, together)
    for one, found in zip(asked, together, strict=True):
        rows, scores = next(found.blocks())
        (alone,) = queries.of(artifact, [one], now)
        own_rows, own_scores = next(alone.blocks())
        assert rows.tolist() == own_rows.tolist()
        assert np.allclose(scores, own_scores, atol=1e-6)


def test_strangers_are_one_and_the_same() -> None:
    strangers = [(Profile(name), NO_ANSWERS) for name in ("x", "y", "z")]
    ranked = Queries().of(make_artifact(N), strangers, NOW.timestamp())
    assert len({*ranked}) == 1
    rank(ranked[0].artifact, ranked)
    assert ranked[0].has_best
