"""Open loop: requests at the times of a schedule, whether or not those before are answered.

A closed loop waits for an answer before it asks again, so that a service that stalls is asked less and looks
better than it is. Here every latency counts from the moment at which the request was due.
"""

import asyncio
import time
from collections import Counter, deque
from collections.abc import Iterable
from typing import NamedTuple

import numpy as np

MOST_CONNECTIONS = 2_000
PATIENCE_S = 30.0
"""How long answers are waited for after the last request."""


class Asked(NamedTuple):
    """One request."""

    kind: str
    head_and_body: bytes


class Answered(NamedTuple):
    """What became of one request."""

    kind: str
    status: int  # 0: none came, or the connection broke
    seconds: float  # from the moment at which it was due


class Load(NamedTuple):
    """What became of all of them."""

    answered: list[Answered]
    seconds: float  # from the first request to the last answer
    late_ms: float  # the 99th percentile of how much after its time a request was sent: the loop's own fault

    def statuses(self, kind: str | None = None) -> Counter[int]:
        """How many answers had each status."""
        return Counter(one.status for one in self.answered if kind in (None, one.kind))

    def percentiles_ms(self, kind: str | None = None, status: int = 2) -> list[float]:
        """The 50th, 90th, 99th and 99.9th percentile and the largest, of answers of a class of statuses."""
        taken = [
            one.seconds for one in self.answered if kind in (None, one.kind) and one.status // 100 == status
        ]
        if not taken:
            return []
        return [round(float(one) * 1000, 2) for one in np.percentile(taken, [50, 90, 99, 99.9, 100])]


def request(method: str, path: str, body: bytes = b"", **headers: str) -> bytes:
    """The bytes of one request; underscores of header names become hyphens."""
    lines = [f"{method} {path} HTTP/1.1", "Host: shop"]
    lines += [f"{name.replace('_', '-')}: {value}" for name, value in headers.items()]
    if body:
        lines += ["Content-Type: application/json", f"Content-Length: {len(body)}"]
    return "\r\n".join([*lines, "", ""]).encode() + body


def run(port: int, asked: Iterable[Asked], rate: float) -> Load:
    """Send every request at its time to a port of this machine."""
    return asyncio.run(_Schedule(port, rate).run(asked))


class _Schedule:
    """The connections of one run, and what came of it."""

    def __init__(self, port: int, rate: float) -> None:
        self.idle: deque[_Connection] = deque()
        self.answered: list[Answered] = []
        self.open = 0
        self._port = port
        self._rate = rate
        self._late: list[float] = []
        self._tasks: set[asyncio.Task[None]] = set()

    async def run(self, asked: Iterable[Asked]) -> Load:
        loop = asyncio.get_running_loop()
        began = loop.time() + 0.1
        sent = 0
        for number, one in enumerate(asked):
            due = began + number / self._rate
            if (pause := due - loop.time()) > 0:
                await asyncio.sleep(pause)
            self._late.append(max(loop.time() - due, 0.0))
            self._send(one, due)
            sent += 1
        end = loop.time() + PATIENCE_S
        while len(self.answered) < sent and loop.time() < end:  # noqa: ASYNC110 (an event would be set for each)
            await asyncio.sleep(0.01)
        seconds = loop.time() - began
        for connection in self.idle:
            connection.transport.close()
        missing = [Answered("unanswered", 0, PATIENCE_S)] * (sent - len(self.answered))
        return Load(self.answered + missing, seconds, float(np.percentile(self._late, 99)) * 1000)

    def _send(self, one: Asked, due: float) -> None:
        while self.idle:
            connection = self.idle.pop()
            if not connection.transport.is_closing():
                connection.send(one, due)
                return
        if self.open >= MOST_CONNECTIONS:
            self.answered.append(Answered(one.kind, 0, 0.0))
            return
        self.open += 1
        task = asyncio.create_task(self._send_on_fresh(one, due))
        self._tasks.add(task)
        task.add_done_callback(self._tasks.discard)

    async def _send_on_fresh(self, one: Asked, due: float) -> None:
        loop = asyncio.get_running_loop()
        try:
            _, connection = await loop.create_connection(lambda: _Connection(self), "127.0.0.1", self._port)
        except OSError:
            self.open -= 1
            self.answered.append(Answered(one.kind, 0, loop.time() - due))
            return
        connection.send(one, due)


class _Connection(asyncio.BufferedProtocol):
    """One connection that is kept; it reads as much of HTTP as the service writes."""

    transport: asyncio.Transport

    def __init__(self, schedule: _Schedule) -> None:
        self._schedule = schedule
        self._asked: tuple[Asked, float] | None = None
        self._text = b""
        self._buffer = memoryview(bytearray(65_536))

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        assert isinstance(transport, asyncio.Transport)  # noqa: S101 (TCP has no other)
        self.transport = transport

    def send(self, one: Asked, due: float) -> None:
        self._asked = one, due
        self.transport.write(one.head_and_body)

    def get_buffer(self, _: int) -> memoryview:
        return self._buffer

    def buffer_updated(self, nbytes: int) -> None:
        self._text += self._buffer[:nbytes]
        head, found, body = self._text.partition(b"\r\n\r\n")
        if not found:
            return
        fields = dict(line.lower().split(b": ", 1) for line in head.split(b"\r\n")[1:])
        if len(body) < int(fields.get(b"content-length", b"0")):
            return
        self._text = b""
        self._finish(int(head[9:12]))
        if fields.get(b"connection") == b"close":
            self.transport.close()
        else:
            self._schedule.idle.append(self)

    def connection_lost(self, _: Exception | None) -> None:
        self._schedule.open -= 1
        self._finish(0)

    def _finish(self, status: int) -> None:
        if self._asked is not None:
            one, due = self._asked
            self._asked = None
            self._schedule.answered.append(Answered(one.kind, status, time.monotonic() - due))
