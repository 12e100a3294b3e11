"""Background: what the service does beside answering, for as long as it runs."""

import asyncio
import contextlib
import logging
from collections.abc import AsyncIterator, Callable, Coroutine, Sequence
from contextlib import asynccontextmanager
from typing import Any

from recsvc.domain.errors import StoreUnavailableError
from recsvc.domain.retention import Retention
from recsvc.http.telemetry import Watcher
from recsvc.serving.live_catalogue import LiveCatalogue
from recsvc.serving.ports import Store
from recsvc.serving.privacy import Privacy
from recsvc.serving.rounds import Rounds
from recsvc.stores.request_counts import Counts

log = logging.getLogger(__name__)

SWEEP_S = 3600.0
"""Between two looks for what was kept long enough."""

FOLLOW_S, REST = 0.02, 2
"""Between two looks whether the catalogue is behind, and how many times as long as a step it rests after it:
what a feed changes takes at most a third of a worker."""

RETRY_S = 1.0
"""After a step that failed; in an outage each is a line of the log."""

Lifespan = Callable[[object], contextlib.AbstractAsyncContextManager[None]]


def watching(poll_s: float, looks: list[Callable[[], bool]], store: Store, counts: Counts) -> Lifespan:
    """Look at the model pointer and the quizzes every `poll_s`, off the event loop; close the store last."""

    async def watch() -> None:
        while True:
            await asyncio.sleep(poll_s)
            for look in looks:
                try:
                    await asyncio.to_thread(look)
                except Exception:  # a watcher that dies would freeze the service on an old model
                    log.exception("watch_failed")

    @asynccontextmanager
    async def lifespan(_: object) -> AsyncIterator[None]:
        try:
            async with _running(watch()):
                yield
        finally:
            await counts.close()
            store.close()

    return lifespan


def sweeping(privacy: Privacy, retention: Retention) -> Lifespan:
    """Forget once an hour what was kept long enough."""

    async def sweep() -> None:
        while True:
            await asyncio.sleep(SWEEP_S)
            try:
                await privacy.sweep(retention)
            except Exception:  # tried again in an hour
                log.exception("sweep_failed")

    @asynccontextmanager
    async def lifespan(_: object) -> AsyncIterator[None]:
        async with _running(sweep()):
            yield

    return lifespan


def following(catalogue: LiveCatalogue, then: Callable[[], object]) -> Lifespan:
    """Follow what a look at the catalogue has left, a little at a time, with room for requests between.

    Args:
        catalogue: is followed at leisure.
        then: what follows the catalogue itself.
    """

    async def follow() -> None:
        clock = asyncio.get_running_loop().time
        while True:
            began, least = clock(), FOLLOW_S
            try:
                if catalogue.is_behind and catalogue.follow():
                    then()
            except StoreUnavailableError as error:  # until it is back, answers rest on what is known
                log.warning("follow_failed", extra={"problem": str(error)})
                least = RETRY_S
            except Exception:
                log.exception("follow_failed")
                least = RETRY_S
            await asyncio.sleep(max(least, REST * (clock() - began)))

    @asynccontextmanager
    async def lifespan(_: object) -> AsyncIterator[None]:
        async with _running(follow()):
            yield

    return lifespan


def delivering(poll_s: float, rounds: Rounds) -> Lifespan:
    """Work in rounds every `poll_s`, on a thread; the delivery on its way is waited for at the end."""

    async def deliver() -> None:
        while not rounds.is_stopped:
            try:
                await asyncio.to_thread(rounds.work_through)
            except Exception:  # whatever it is, the next round goes on from where this one stood
                log.exception("deliveries_failed")
            await asyncio.to_thread(rounds.rest, poll_s)

    @asynccontextmanager
    async def lifespan(_: object) -> AsyncIterator[None]:
        task = asyncio.create_task(deliver())
        try:
            yield
        finally:
            rounds.stop()
            await task
            rounds.close()

    return lifespan


def closing(watchers: Sequence[Watcher]) -> Lifespan:
    """Let those who are told of requests pass on what they heard, when no more will come."""

    @asynccontextmanager
    async def lifespan(_: object) -> AsyncIterator[None]:
        try:
            yield
        finally:
            for watcher in watchers:
                await asyncio.to_thread(watcher.close)

    return lifespan


@asynccontextmanager
async def _running(work: Coroutine[Any, Any, None]) -> AsyncIterator[None]:
    """Work that goes on until the block ends."""
    task = asyncio.create_task(work)
    try:
        yield
    finally:
        task.cancel()
        with contextlib.suppress(asyncio.CancelledError):
            await task
