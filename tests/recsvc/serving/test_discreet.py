"""Where others may see a slate, answers to sensitive questions show in nothing but what stays out."""

from pathlib import Path
from typing import Any

import pytest

from recsvc.domain.events import EventKind
from recsvc.domain.profile import FactValue
from recsvc.domain.slates import Basis, PlacementRequest, Slate, SlateRequest
from tests.artifacts import NOW
from tests.shop import Shop

BOTH = "".join(
    f'[[placements]]\nid = "{name}"\nstrategy = "personal"\nlimit = 6\nanswer_filters = true\n{more}'
    for name, more in (("open", ""), ("mailed", "discreet = true\n"))
)


@pytest.fixture
def telling(tmp_path: Path) -> Shop:
    """A shop with one open and one discreet placement."""
    return Shop(tmp_path, placements=BOTH).open()


def tell(shop: Shop, fact: str, value: str, **more: Any) -> None:
    said = FactValue((value,), NOW.timestamp(), **{"purpose": "personalise", **more})
    shop.happen("v", EventKind.QUESTION_ANSWERED, fact=fact, value=said)


def slates(shop: Shop) -> list[Slate]:
    asked = [SlateRequest("v", (PlacementRequest(name),)) for name in ("open", "mailed")]
    profile = shop.visitors.read_surely("v")
    alone = [shop.recommender.page(one)[0] for one in asked]
    together = shop.recommender.pages(asked, [profile] * 2)
    assert [[one.id for one in page[0].items] for page in together] == [
        [one.id for one in slate.items] for slate in alone
    ]
    return alone


def test_answer_that_might_be_sensitive_neither_ranks_nor_is_named(telling: Shop) -> None:
    (stranger, _) = slates(telling)
    tell(telling, "skin", "dry", quiz="unpublished", revision=1, question="skin")
    open_, mailed = slates(telling)
    assert (open_.basis, mailed.basis) == (Basis.QUIZ, Basis.POPULAR)
    assert open_.items != stranger.items
    assert mailed.items == stranger.items


def test_plain_answer_counts_in_both(telling: Shop) -> None:
    tell(telling, "skin", "dry", source="import")
    open_, mailed = slates(telling)
    assert mailed.basis is Basis.QUIZ
    assert mailed.items == open_.items


def test_what_a_sensitive_answer_rules_out_stays_out(telling: Shop) -> None:
    telling.happen("v", EventKind.CONSENT, consent={"family": True})
    tell(telling, "kids", "no", purpose="family", quiz="tea", revision=1, question="kids")
    for slate in slates(telling):
        assert {"item-02", "item-05", "item-08", "item-11"}.isdisjoint(one.id for one in slate.items)
        assert slate.dropped["answer:kids"] > 0


def test_history_counts_in_both_beside_it(telling: Shop) -> None:
    telling.happen("v", EventKind.PURCHASE, "item-09")
    tell(telling, "skin", "dry", quiz="unpublished", revision=1, question="skin")
    open_, mailed = slates(telling)
    assert (open_.basis, mailed.basis) == (Basis.BOTH, Basis.HISTORY)
    assert {because.kind for one in mailed.items for because in one.reason.because} <= {"item", "popularity"}


def test_one_page_may_hold_both(telling: Shop) -> None:
    tell(telling, "skin", "dry", quiz="unpublished", revision=1, question="skin")
    request = SlateRequest("v", (PlacementRequest("mailed", limit=3), PlacementRequest("open", limit=3)))
    alone = telling.recommender.page(request)
    (together,) = telling.recommender.pages([request], [telling.visitors.read_surely("v")])
    assert [slate.basis for slate in alone] == [Basis.POPULAR, Basis.QUIZ]
    assert [[one.id for one in slate.items] for slate in together] == [
        [one.id for one in slate.items] for slate in alone
    ]
