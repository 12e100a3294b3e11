"""Access log: one line of JSON a request, written by a thread, for a slow disk must slow nobody."""

import threading
from collections import deque
from collections.abc import Iterable, Iterator
from datetime import UTC, datetime
from typing import BinaryIO

import msgspec
from msgspec import UNSET, UnsetType

from recsvc.http.telemetry import Exchange

WRITE_S = 0.25
"""Between two writes; what a process that is killed did not write yet is lost."""

MOST_LINES = 50_000
"""That may wait for whoever reads; beyond, they are left out and counted: some 10 MB."""

PIECE_BYTES = 4096
"""Of whole lines in one write: a pipe takes so many in one piece, whoever else writes to it."""


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
    """How many lines nobody took, or not in time."""

    at: datetime
    lines: int


class AccessLog:
    """Keeps lines until its thread writes them.

    Handing each line to a thread costs more than the line: the thread wakes for it and takes the interpreter.
    Written together they cost 3 µs each, with Python's StreamHandler 36, with its QueueHandler 54.

    Args:
        stream: takes lines of UTF-8, unbuffered: what a buffer could not pass on would come again.
    """

    def __init__(self, stream: BinaryIO) -> None:
        self._stream = stream
        self._encode = msgspec.json.Encoder().encode
        self._lines: deque[bytes] = deque()
        self._left_out = 0  # beyond MOST_LINES; counted by whoever calls, the next two by the thread
        self._lost = 0  # not taken by the stream
        self._told = 0  # of both
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
        self._lines.append(self._encode(line) + b"\n")

    def close(self) -> None:
        """Write what is left, then stop."""
        self._closing.set()
        self._thread.join()

    def _run(self) -> None:
        while not self._closing.wait(WRITE_S):
            self._write()
        self._write()

    def _write(self) -> None:
        for lines in _pieces([self._lines.popleft() for _ in range(len(self._lines))]):
            if not self._is_taken(b"".join(lines)):
                self._lost += len(lines)
        missing = self._left_out + self._lost - self._told
        if missing and self._is_taken(self._encode(LeftOut(datetime.now(UTC), missing)) + b"\n"):
            self._told += missing

    def _is_taken(self, piece: bytes) -> bool:
        """Whether the stream took all of it; one that is gone may be mended, and must not end the thread."""
        try:
            return self._stream.write(piece) == len(piece)
        except OSError:
            return False


def _pieces(lines: Iterable[bytes]) -> Iterator[list[bytes]]:
    """Lines that are written at once."""
    piece: list[bytes] = []
    size = 0
    for line in lines:
        if piece and size + len(line) > PIECE_BYTES:
            yield piece
            piece, size = [], 0
        piece.append(line)
        size += len(line)
    if piece:
        yield piece
