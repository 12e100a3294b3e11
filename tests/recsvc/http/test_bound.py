"""A handler holds the parts that it names, and shows the framework the rest."""

import asyncio
from inspect import iscoroutinefunction, signature

from recsvc.http.bound import bound


def plain(clock: str, limit: int = 3) -> tuple[str, int]:
    return clock, limit


async def waiting(limit: int, clock: str) -> tuple[str, int]:
    return clock, limit


def test_plain_handler_is_given_its_parts() -> None:
    made = bound(plain, {"clock": "noon", "store": "full"})
    assert [*signature(made).parameters] == ["limit"]
    assert (made(), made(limit=4)) == (("noon", 3), ("noon", 4))


def test_handler_that_waits_still_does() -> None:
    made = bound(waiting, {"clock": "noon"})
    assert iscoroutinefunction(made)
    assert [*signature(made).parameters] == ["limit"]
    assert asyncio.run(made(limit=5)) == ("noon", 5)


def test_handler_that_names_no_part_is_left_as_it_is() -> None:
    assert bound(plain, {"store": "full"}) is plain
