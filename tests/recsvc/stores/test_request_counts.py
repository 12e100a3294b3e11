"""Counts of requests: in this process without growing, in Valkey for all workers and instances together."""

import asyncio
import math
from collections.abc import AsyncIterator, Iterator
from contextlib import AsyncExitStack, asynccontextmanager
from datetime import UTC, datetime
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st
from limits import RateLimitItemPerSecond
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

SPAN_S = 64


async def passed(window: SlidingWindowCounterRateLimiter, tries: int, who: str = "who") -> int:
    """How many of so many requests pass, where four a second may."""
    return sum([await window.hit(RateLimitItemPerSecond(4), who) for _ in range(tries)])


@pytest.fixture
def counts(clock: FixedClock) -> LocalCounts:
    return LocalCounts(clock.timestamp)


def test_process_counts_up_to_the_limit(counts: LocalCounts) -> None:
    assert asyncio.run(passed(SlidingWindowCounterRateLimiter(counts), 6)) == 4


@pytest.mark.parametrize(("later_s", "expected"), [(0.9, 0), (1.0, 0), (1.25, 1), (1.5, 2), (2.0, 4)])
def test_process_lets_the_window_before_count_for_less_and_less(
    counts: LocalCounts, clock: FixedClock, later_s: float, expected: int
) -> None:
    window = SlidingWindowCounterRateLimiter(counts)
    asyncio.run(passed(window, 6))
    clock.advance(seconds=later_s)
    assert asyncio.run(passed(window, 6)) == expected


@given(st.integers(0, 9), st.integers(0, 9), st.integers(0, 15))
def test_process_counts_the_window_before_as_the_library_does(former: int, current: int, part: int) -> None:
    clock = FixedClock(datetime.fromtimestamp(SPAN_S * (1_000 + part / 16), UTC))  # nothing is rounded
    keys = ("before", "now")
    library = MemoryStorage()
    library.storage.update(dict(zip(keys, (former, current), strict=True)))
    library.expirations.update(dict.fromkeys(keys, math.inf))  # it would ask the real clock

    async def counted() -> tuple[float, list[bool]]:
        counts = LocalCounts(clock.timestamp)
        for _ in range(former):
            await counts.acquire_sliding_window_entry("who", 100, SPAN_S)
        clock.advance(seconds=SPAN_S)
        for _ in range(current):
            await counts.acquire_sliding_window_entry("who", 100, SPAN_S)
        now = clock.timestamp()
        before, left_s, within, _ = await library._get_sliding_window_info(*keys, SPAN_S, now)
        lets_in = [await counts.acquire_sliding_window_entry("who", most, SPAN_S) for most in range(20)]
        return before * left_s / SPAN_S + within, lets_in

    total, lets_in = asyncio.run(counted())
    assert lets_in == [math.floor(total) + 1 <= most for most in range(20)]


def test_process_forgets_whoever_stays_away(counts: LocalCounts, clock: FixedClock) -> None:
    async def ask(names: range) -> int:
        window = SlidingWindowCounterRateLimiter(counts)
        for number in names:
            await passed(window, 1, str(number))
        return len(counts.storage)

    assert asyncio.run(ask(range(100))) == 100
    clock.advance(seconds=61)
    assert asyncio.run(ask(range(100, 101))) == 1


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
