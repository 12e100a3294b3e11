"""Counts of requests: in this process without growing, in Valkey for all workers and instances together."""

import asyncio
import time
from collections.abc import AsyncIterator, Iterator
from contextlib import AsyncExitStack, asynccontextmanager
from pathlib import Path

import pytest
from limits import RateLimitItemPerHour, RateLimitItemPerSecond
from limits.aio.storage import MemoryStorage
from limits.aio.strategies import SlidingWindowCounterRateLimiter

from recsvc.domain.errors import TooManyRequestsError, UsageError
from recsvc.domain.keys import Key, KeyKind, KeySecret
from recsvc.domain.limits import Limits
from recsvc.http.metrics import Metrics
from recsvc.http.rate_limits import RateLimits
from recsvc.stores.request_counts import LocalCounts, open_counts
from tests.clock import FixedClock
from tests.recsvc.stores.valkey import ValkeyServer, valkey_server

KEY = Key(
    key_id="k",
    kind=KeyKind.SECRET,
    name="server",
    scopes=frozenset(),
    created_at=FixedClock().now,
    secrets=(KeySecret("d" * 64),),
)


def test_process_counts_up_to_the_limit() -> None:
    async def hits() -> list[bool]:
        window = SlidingWindowCounterRateLimiter(LocalCounts())
        return [await window.hit(RateLimitItemPerHour(3), "who") for _ in range(5)]

    assert asyncio.run(hits()) == [True, True, True, False, False]


def test_process_counts_the_window_before_as_the_library_does() -> None:
    async def passed(windows: list[SlidingWindowCounterRateLimiter], part: float) -> list[int]:
        """How many of six requests pass, at a part of a second that is to come."""
        await asyncio.sleep((part - time.time()) % 1)
        tried = [[await one.hit(RateLimitItemPerSecond(4), "who") for one in windows] for _ in range(6)]
        return [sum(column) for column in zip(*tried, strict=True)]

    async def two_seconds() -> list[list[int]]:
        both = [SlidingWindowCounterRateLimiter(one) for one in (LocalCounts(), MemoryStorage())]
        return [await passed(both, 0.6), await passed(both, 0.12)]

    (first, library), (second, librarys) = asyncio.run(two_seconds())
    assert (first, second) == (library, librarys)
    assert (first, second < first) == (4, True)


def test_process_forgets_whoever_stays_away() -> None:
    async def fill() -> tuple[int, int]:
        counts = LocalCounts()
        window = SlidingWindowCounterRateLimiter(counts)
        for number in range(100):
            await window.hit(RateLimitItemPerSecond(5), str(number))
        before = len(counts.storage)
        await asyncio.sleep(2.1)
        counts._swept_at -= 120
        await window.hit(RateLimitItemPerSecond(5), "other")
        return before, len(counts.storage)

    assert asyncio.run(fill()) == (100, 1)


@pytest.mark.parametrize("url", ["", "memory://", "redis://127.0.0.1", "127.0.0.1:6379", "valkey://h:port/0"])
def test_url_that_names_no_valkey_is_refused(url: str) -> None:
    with pytest.raises(UsageError, match=r"valkey://HOST:PORT/NUMBER"):
        open_counts(url)


@pytest.fixture
def server(tmp_path: Path) -> Iterator[ValkeyServer]:
    with valkey_server(tmp_path) as running:
        yield running


@asynccontextmanager
async def worker(url: str, clock: FixedClock, limit: int) -> AsyncIterator[RateLimits]:
    """The limits of one worker process."""
    counts = open_counts(url)
    yield RateLimits(counts, Limits(secret_per_minute=limit), Metrics(), clock)
    await counts.close()


async def let_through(limits: RateLimits, requests: int) -> int:
    """How many requests of a key a worker lets through."""
    passed = 0
    for _ in range(requests):
        try:
            await limits.count_key(KEY)
        except TooManyRequestsError:
            continue
        passed += 1
    return passed


@pytest.mark.valkey
def test_limit_holds_across_workers_and_instances(server: ValkeyServer, clock: FixedClock) -> None:
    async def ask() -> int:
        async with AsyncExitStack() as opened:
            workers = [await opened.enter_async_context(worker(server.url, clock, 200)) for _ in range(8)]
            return sum(await asyncio.gather(*(let_through(one, 100) for one in workers)))

    # 800 requests at once; a minute may turn meanwhile, and then a part of the last one counts.
    assert 190 <= asyncio.run(ask()) <= 210


@pytest.mark.valkey
def test_requests_go_on_while_valkey_is_down(server: ValkeyServer, clock: FixedClock) -> None:
    async def ask() -> list[int]:
        async with worker(server.url, clock, limit=3) as limits:
            found = [await let_through(limits, 5)]
            server.stop()
            found.append(await let_through(limits, 20))
            clock.advance(seconds=6)
            return [*found, await let_through(limits, 20)]

    assert asyncio.run(ask()) == [3, 20, 20]
