"""The access log: whole lines, all of them where they are taken, and a count of those that were not."""

import json
import threading
from io import BytesIO

from recsvc.access_log import MOST_LINES, AccessLog
from recsvc.http.telemetry import Exchange

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

    def flush(self) -> None:
        self.is_asked.set()
        self.free.wait(30)


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
    *kept, left_out = map(json.loads, stream.getvalue().decode().splitlines())
    assert len(kept) == 1 + MOST_LINES
    assert (left_out["event"], left_out["lines"]) == ("access_log_left_out", 3)
