"""The access log: whole lines, all of them where they are taken, and a count of those that were not."""

import json
import os
import threading
from collections import Counter
from io import BytesIO
from typing import TYPE_CHECKING

from recsvc.access_log import MOST_LINES, AccessLog
from recsvc.http.telemetry import Exchange

if TYPE_CHECKING:
    from _typeshed import ReadableBuffer

EXCHANGE = Exchange(
    request_id="r1",
    method="GET",
    route="/v1/slates/{placement}",
    status=200,
    n_bytes=2048,
    seconds=0.0042,
    ended_at=1_790_000_000.5,
    spent={"store": 0.001},
    key_id=None,
    traceparent=None,
)


class Stuck(BytesIO):
    """A reader that takes nothing until it is freed."""

    def __init__(self) -> None:
        super().__init__()
        self.free = threading.Event()
        self.is_asked = threading.Event()

    def write(self, piece: "ReadableBuffer", /) -> int:
        self.is_asked.set()
        self.free.wait(30)
        return super().write(piece)


class Broken(BytesIO):
    """A pipe whose reader has gone, until another comes."""

    def __init__(self) -> None:
        super().__init__()
        self.is_mended = False
        self.is_asked = threading.Event()

    def write(self, piece: "ReadableBuffer", /) -> int:
        is_mended = self.is_mended
        self.is_asked.set()
        if not is_mended:
            raise BrokenPipeError
        return super().write(piece)


def test_one_line_of_json_says_what_happened() -> None:
    stream = BytesIO()
    log = AccessLog(stream)
    log(EXCHANGE)
    log(EXCHANGE._replace(key_id="pk_1"))
    log.close()
    first, second = map(json.loads, stream.getvalue().decode().splitlines())
    assert first == {
        "at": "2026-09-21T14:13:20.500000Z",
        "event": "request",
        "route": "/v1/slates/{placement}",
        "method": "GET",
        "status": 200,
        "ms": 4.2,
        "bytes": 2048,
        "request_id": "r1",
    }
    assert second == first | {"key_id": "pk_1"}


def test_reader_that_takes_nothing_holds_up_nobody_and_is_told_what_it_missed() -> None:
    stream = Stuck()
    log = AccessLog(stream)
    log(EXCHANGE)
    assert stream.is_asked.wait(30)
    for _ in range(MOST_LINES + 3):
        log(EXCHANGE)
    stream.free.set()
    log.close()
    said = [*map(json.loads, stream.getvalue().decode().splitlines())]
    assert Counter(one["event"] for one in said) == {"request": 1 + MOST_LINES, "access_log_left_out": 1}
    assert sum(one.get("lines", 0) for one in said) == 3


def test_pipe_that_breaks_ends_no_log_and_what_it_lost_is_told_when_it_is_mended() -> None:
    stream = Broken()
    log = AccessLog(stream)
    log(EXCHANGE)
    assert stream.is_asked.wait(30)
    stream.is_mended = True
    log(EXCHANGE)
    log.close()
    said = [*map(json.loads, stream.getvalue().decode().splitlines())]
    assert sorted(one["event"] for one in said) == ["access_log_left_out", "request"]
    assert sum(one.get("lines", 0) for one in said) == 1


def test_workers_that_share_a_pipe_do_not_mix_their_lines() -> None:
    read_end, write_end = os.pipe()
    with os.fdopen(write_end, "wb", buffering=0) as stream, os.fdopen(read_end, "rb") as reader:
        logs = [AccessLog(stream) for _ in range(2)]
        lines = [EXCHANGE._replace(request_id="r" * (number % 300)) for number in range(4000)]
        for exchange in lines:
            for log in logs:
                log(exchange)
        taken = [json.loads(next(reader)) for _ in range(2 * len(lines))]
        for log in logs:
            log.close()
    expected = Counter(exchange.request_id for exchange in lines)
    assert Counter(one["request_id"] for one in taken) == expected + expected
