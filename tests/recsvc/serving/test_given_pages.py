"""A page is answered anew as soon as anything it rests on has moved, and is the same page until then."""

import asyncio
from collections.abc import Callable
from pathlib import Path
from typing import Any

import msgspec
import pytest

from recsvc.domain.catalogue import Availability
from recsvc.domain.errors import InvalidRequestError
from recsvc.domain.events import EventKind
from recsvc.domain.slates import PlacementRequest, SlateRequest
from recsvc.serving.pages import KEPT_ITEMS, MINUTE_S, GivenPage
from tests.artifacts import publish_artifact
from tests.shop import TEA_QUIZ, N, Shop, item

HOME = SlateRequest("v", (PlacementRequest("home"),), "en")


@pytest.fixture
def shop(tmp_path: Path) -> Shop:
    found = Shop(tmp_path, placements='[[placements]]\nid = "home"\nstrategy = "personal"\n').open()
    found.happen("v", EventKind.PURCHASE, "item-02")
    return found


def buys(shop: Shop) -> None:
    shop.happen("v", EventKind.PURCHASE, "item-05")


def sells_out(shop: Shop) -> None:
    shop.store.put_items([item(7, availability=Availability.OUT_OF_STOCK)]).result()


def is_retrained(shop: Shop) -> None:
    publish_artifact(shop.directory / "models", n=N, version="20260402T120000Z-0badcafe")
    shop.live_model.refresh()


def places_anew(shop: Shop) -> None:
    shop.placements = shop.place().read_text("utf-8") + "limit = 3\n"
    shop.place()
    shop.live_placements.refresh()


def asks_otherwise(shop: Shop) -> None:
    shop.publish(TEA_QUIZ.replace(b"revision = 1", b"revision = 2"))


def a_minute_passes(shop: Shop) -> None:
    shop.clock.advance(seconds=MINUTE_S)


def answer(shop: Shop, **changes: Any) -> GivenPage:
    return asyncio.run(shop.pages.page(msgspec.structs.replace(HOME, **changes)))


def test_same_request_is_answered_once(shop: Shop) -> None:
    first = answer(shop)
    assert answer(shop) is first
    assert shop.pages.holds(first)


@pytest.mark.parametrize(
    "moves", [buys, sells_out, is_retrained, places_anew, asks_otherwise, a_minute_passes]
)
def test_whatever_moves_makes_it_answer_anew(shop: Shop, moves: Callable[[Shop], None]) -> None:
    before = answer(shop)
    moves(shop)
    assert not shop.pages.holds(before)
    assert answer(shop) is not before


def test_other_requests_and_other_visitors_have_answers_of_their_own(shop: Shop) -> None:
    (home,) = answer(shop).slates
    (stranger,) = answer(shop, visitor_id="w").slates
    (short,) = answer(shop, placements=(PlacementRequest("home", limit=2),)).slates
    assert home.slate_id != stranger.slate_id
    assert len(short.items) == 2 < len(home.items)


def test_visitor_erased_and_come_back_is_not_answered_from_before(shop: Shop) -> None:
    before = answer(shop)
    shop.store.erase({"v": "digest"}).result()
    shop.clock.advance(seconds=1)
    shop.happen("v", EventKind.PURCHASE, "item-05")
    assert not shop.pages.holds(before)
    assert answer(shop) is not before


def test_without_a_model_nothing_is_given_again(tmp_path: Path) -> None:
    shop = Shop(tmp_path)
    first = answer(shop)
    assert first.slates[0].model is None
    assert not shop.pages.holds(first)
    assert answer(shop) is not first


def test_memory_is_bounded_by_items(shop: Shop) -> None:
    first = answer(shop)
    for number in range(KEPT_ITEMS // first.size):
        answer(shop, visitor_id=f"stranger-{number}")
    assert answer(shop) is not first


def test_page_of_too_many_items_is_refused(shop: Shop) -> None:
    with pytest.raises(InvalidRequestError, match="300"):
        answer(shop, placements=(PlacementRequest("home", limit=100),) * 4)


def test_minutes_of_visitors_end_at_different_moments(shop: Shop) -> None:
    before = [answer(shop, visitor_id=f"v{number}") for number in range(60)]
    shop.clock.advance(seconds=MINUTE_S / 2)
    assert 15 < sum(map(shop.pages.holds, before)) < 45
