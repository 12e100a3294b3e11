"""Access log: one line of JSON a request, written by a thread, for a slow disk must slow nobody."""

import threading
from collections import deque
from datetime import UTC, datetime
from typing import BinaryIO

import msgspec
from msgspec import UNSET, UnsetType

from recsvc.http.telemetry import Exchange

WRITE_S = 0.25
"""Between two writes; what a process that is killed did not write yet is lost."""

MOST_LINES = 50_000
"""That may wait for whoever reads; beyond, they are left out and counted: some 10 MB."""


class AccessLine(msgspec.Struct, frozen=True, tag_field="event", tag="request"):
    """What is told of one request: nothing of who asked, from where, for what, and what was answered."""

    at: datetime
    route: str
    method: str
    status: int
    ms: float
    bytes: int
    request_id: str
    key_id: str | UnsetType = UNSET


class LeftOut(msgspec.Struct, frozen=True, tag_field="event", tag="access_log_left_out"):
    """How many lines nobody took in time."""

    at: datetime
    lines: int


class AccessLog:
    """Keeps lines until its thread writes them.

    Handing each line to a thread costs more than the line: the thread wakes for it and takes the interpreter.
    Written together they cost 5 µs each, with Python's QueueHandler 45.

    Args:
        stream: takes whole lines of UTF-8.
    """

    def __init__(self, stream: BinaryIO) -> None:
        self._stream = stream
        self._encode = msgspec.json.Encoder().encode
        self._lines: deque[bytes] = deque()
        self._left_out = 0
        self._closing = threading.Event()
        self._thread = threading.Thread(target=self._run, name="recsvc-access-log", daemon=True)
        self._thread.start()

    def __call__(self, exchange: Exchange) -> None:
        """Keep the line of one exchange."""
        if len(self._lines) >= MOST_LINES:
            self._left_out += 1
            return
        line = AccessLine(
            at=datetime.fromtimestamp(exchange.ended_at, UTC),
            route=exchange.route,
            method=exchange.method,
            status=exchange.status,
            ms=round(exchange.seconds * 1000, 3),
            bytes=exchange.n_bytes,
            request_id=exchange.request_id,
            key_id=exchange.key_id or UNSET,
        )
        self._lines.append(self._encode(line))

    def close(self) -> None:
        """Write what is left, then stop."""
        self._closing.set()
        self._thread.join()

    def _run(self) -> None:
        while not self._closing.wait(WRITE_S):
            self._write()
        self._write()

    def _write(self) -> None:
        lines = [self._lines.popleft() for _ in range(len(self._lines))]
        if self._left_out:
            lines.append(self._encode(LeftOut(datetime.now(UTC), self._left_out)))
            self._left_out = 0
        if lines:
            self._stream.write(b"\n".join((*lines, b"")))
            self._stream.flush()
