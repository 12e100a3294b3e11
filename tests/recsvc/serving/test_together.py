"""Whoever asks at the same moment is scored together, and answered as if they had asked alone."""

import asyncio
from collections.abc import Sequence
from pathlib import Path

import pytest

from recsvc.domain.errors import UnknownPlacementError
from recsvc.domain.events import EventKind
from recsvc.domain.profile import Profile
from recsvc.domain.slates import PlacementRequest, Slate, SlateRequest
from recsvc.serving.asked import Ask
from recsvc.serving.page import Page
from recsvc.serving.pages import GivenPage
from recsvc.serving.together import Together
from tests.artifacts import item_ids
from tests.shop import N, Shop

VISITORS = [f"v{number}" for number in range(40)]
PLACES = (PlacementRequest("home"), PlacementRequest("similar", item="item-03"))


def shop_of(directory: Path) -> Shop:
    shop = Shop(directory).open()
    for number, visitor_id in enumerate(VISITORS):
        shop.happen(visitor_id, EventKind.PURCHASE, item_ids(N)[number % N], item_ids(N)[number // N])
    return shop


def asked(visitor_id: str | None) -> SlateRequest:
    return SlateRequest(visitor_id, PLACES, "en")


def without_rounding(slates: list[Slate]) -> list[object]:
    return [
        (slate.placement, slate.basis, slate.dropped, [(one.id, one.reason.code) for one in slate.items])
        for slate in slates
    ]


def test_many_at_once_are_answered_as_each_alone(tmp_path: Path) -> None:
    together, alone = shop_of(tmp_path / "together"), shop_of(tmp_path / "alone")
    everybody = [*VISITORS, *VISITORS[:3], None, "stranger"]

    async def at_once() -> list[GivenPage]:
        return await asyncio.gather(*(together.pages.page(asked(one)) for one in everybody))

    found = asyncio.run(at_once())
    for visitor_id, answer in zip(everybody, found, strict=True):
        expected = alone.recommender.page(asked(visitor_id))
        assert without_rounding(answer.slates) == without_rounding(expected)
        for slate, other in zip(answer.slates, expected, strict=True):
            assert [it.score for it in slate.items] == pytest.approx(
                [it.score for it in other.items], abs=1e-5
            )


def test_one_who_asks_for_nonsense_takes_nobody_along(tmp_path: Path) -> None:
    shop = shop_of(tmp_path)

    async def at_once() -> list[object]:
        nonsense = SlateRequest("v0", (PlacementRequest("nowhere"),), "en")
        asking = (shop.pages.page(one) for one in (asked("v0"), nonsense, asked("v1")))
        return await asyncio.gather(*asking, return_exceptions=True)

    first, refused, last = asyncio.run(at_once())
    assert isinstance(refused, UnknownPlacementError)
    assert isinstance(first, GivenPage)
    assert isinstance(last, GivenPage)


def test_one_who_gives_up_waiting_takes_nobody_along(tmp_path: Path) -> None:
    shop = shop_of(tmp_path)

    async def at_once() -> GivenPage:
        impatient = asyncio.ensure_future(shop.pages.page(asked("v0")))
        patient = asyncio.ensure_future(shop.pages.page(asked("v0")))
        await asyncio.sleep(0)
        impatient.cancel()
        return await patient

    assert asyncio.run(at_once()).slates[0].items


def test_failure_is_told_to_each_who_waits(tmp_path: Path) -> None:
    shop = shop_of(tmp_path)
    artifact = shop.live_model.current()
    assert artifact is not None
    artifact.factors = artifact.factors[:, :1]  # of another width than any vector

    async def at_once() -> list[object]:
        asking = (shop.pages.page(asked(one)) for one in VISITORS[:3])
        return await asyncio.wait_for(asyncio.gather(*asking, return_exceptions=True), 10)

    assert [type(one) for one in asyncio.run(at_once())] == [ValueError] * 3


def test_one_that_cannot_be_scored_takes_nobody_along() -> None:
    asks = [Ask(SlateRequest(name, PLACES), Profile(name)) for name in ("a", "odd", "b")]

    def score(some: Sequence[Ask]) -> list[Page | None]:
        if any(ask.profile.visitor_id == "odd" for ask in some):
            raise ArithmeticError("singular")
        return [None] * len(some)

    async def at_once() -> list[object]:
        together = Together(score)
        return await asyncio.gather(*map(together.scored, asks), return_exceptions=True)

    first, odd, last = asyncio.run(at_once())
    assert isinstance(odd, ArithmeticError)
    assert (first, last) == (None, None)
