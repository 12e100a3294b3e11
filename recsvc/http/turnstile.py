"""Turnstile: who asks waits for a turn, few wait, and who finds too many before it is refused at once."""

import asyncio
from collections import deque
from enum import StrEnum
from typing import Any

from litestar.enums import HttpMethod
from litestar.types import HTTPResponseStartEvent, Scope, Send

from recsvc.http.metrics import Metrics
from recsvc.http.problem_kinds import OVERLOADED
from recsvc.http.problems import overloaded
from recsvc.serving.timing import timed

LANE = "lane"
A_ROUND = 8
"""Requests that begin in one round of the event loop."""
PATIENCE_S = 0.5
"""Whose turn comes later is refused all the same: on a machine that is busy otherwise, few may be many."""


class Lane(StrEnum):
    """What waits together; the lanes take turns, so that none of them holds up the other."""

    ASK = "ask"
    INGEST = "ingest"


INGEST: dict[str, Any] = {LANE: Lane.INGEST}
"""The option of routes that take in events."""

AT_ONCE: dict[str, Any] = {LANE: None}
"""The option of routes for whoever watches the service: they answer above all when it has too much to do."""


class Lanes:
    """Lets a few requests of a round of the event loop begin, each lane by turns.

    A handler computes on the loop and seldom waits, so counting those that have begun would count one. And
    asyncio begins all that came meanwhile before it looks for new ones: a hundred of 3 ms would hold the next
    one for 300 ms, even to be refused. With a few a round, whoever comes is seen after the work of a few, and
    these are scored together. A turn is not held: a handler that waits for a body or for the disk is in
    nobody's way.
    """

    def __init__(self, most: int, patience_s: float = PATIENCE_S) -> None:
        self._most = most
        self._patience_s = patience_s
        self._waiting: dict[Lane, deque[asyncio.Future[None]]] = {lane: deque() for lane in Lane}
        self._is_turning = False
        self._begun = 0  # in this round

    def waiting(self, lane: Lane) -> int:
        """How many wait."""
        return len(self._waiting[lane])

    async def enter(self, lane: Lane) -> bool:
        """Wait for a turn; False where too many wait already, at once, and where it comes too late."""
        loop = asyncio.get_running_loop()
        if not self._is_turning:
            self._is_turning = True
            loop.call_soon(self._turn, loop)
        if self._begun < A_ROUND and not any(self._waiting.values()):
            self._begun += 1
            return True
        if len(self._waiting[lane]) >= self._most:
            return False
        turn, began = loop.create_future(), loop.time()
        self._waiting[lane].append(turn)
        await turn
        return loop.time() - began <= self._patience_s

    def _turn(self, loop: asyncio.AbstractEventLoop) -> None:
        self._begun = 0
        while self._begun < A_ROUND and (turn := self._next()) is not None:
            turn.set_result(None)
            self._begun += 1
        self._is_turning = self._begun > 0
        if self._is_turning:
            loop.call_soon(self._turn, loop)

    def _next(self) -> asyncio.Future[None] | None:
        """The first of the lane whose turn it is, or of the other; who went away is passed over."""
        for lane, waiting in list(self._waiting.items()):
            while waiting:
                turn = waiting.popleft()
                if not turn.done():
                    self._waiting[lane] = self._waiting.pop(lane)  # its next turn is after the others'
                    return turn
        return None


class Turnstile:
    """Stands before every route but those for whoever watches."""

    def __init__(self, lanes: Lanes, metrics: Metrics) -> None:
        self._lanes = lanes
        self._metrics = metrics

    async def lets_in(self, scope: Scope, send: Send) -> bool:
        """Wait until it is this request's turn; where too many wait, answer that instead."""
        lane: Lane | None = scope["route_handler"].opt.get(LANE, Lane.ASK)
        if lane is None:
            return True
        with timed("wait"):
            is_in = await self._lanes.enter(lane)
        if not is_in:
            self._metrics.overloaded(lane)
            await _refuse(scope, send)
        return is_in


async def _refuse(scope: Any, send: Send) -> None:
    """Answer by hand: a refusal that is raised costs twice as much, and there are many when it matters."""
    headers, body = overloaded(scope)
    start: HTTPResponseStartEvent = {
        "type": "http.response.start",
        "status": OVERLOADED.status,
        "headers": headers,
    }
    await send(start)
    sent = b"" if scope["method"] == HttpMethod.HEAD else body
    await send({"type": "http.response.body", "body": sent, "more_body": False})
