"""Telemetry: a request id, what every request took, and who is told of it, without a word of its body."""

import logging
import re
import secrets
import time
from collections.abc import Iterable, Mapping
from typing import Any, NamedTuple, Protocol

from litestar.types import Scope

from recsvc.http.headers import header
from recsvc.http.metrics import Metrics
from recsvc.serving.timing import Spent, measure

REQUEST_ID = re.compile(r"[\w.-]{1,100}", re.ASCII)
KEY_ID = "key_id"
"""Of a request's state: which key it carried; never the key itself."""

UNMATCHED = "unmatched"
"""The route of a request that no route took; its path stays out of labels and logs."""

log = logging.getLogger(__name__)


class Exchange(NamedTuple):
    """One request and its answer, without a word of either."""

    request_id: str
    method: str
    route: str  # the template
    status: int
    n_bytes: int  # of the answer's body
    seconds: float  # from routing to the last byte
    ended_at: float  # Unix seconds
    spent: Mapping[str, float]  # part of the work → seconds
    key_id: str | None
    traceparent: str | None  # W3C: the caller's own trace


class Watcher(Protocol):
    """Is told of every exchange."""

    def __call__(self, exchange: Exchange) -> None:
        """Hear of one, on the event loop: nothing may be waited for."""

    def close(self) -> None:
        """Pass on what was heard, at the end of the service."""


def request_id(scope: Scope) -> str:
    """The id of a request: the sender's X-Request-Id where it is sound, else a fresh one."""
    state = scope["state"]
    if "request_id" not in state:
        named = header(scope, b"x-request-id") or ""
        state["request_id"] = named if REQUEST_ID.fullmatch(named) else secrets.token_hex(16)
    return str(state["request_id"])


def log_failure(scope: Scope, error: Exception) -> None:
    """Log what nobody foresaw, with its traceback, under the request's id."""
    extra = {"request_id": request_id(scope), "route": _route(scope)}
    log.error("failure", exc_info=error, extra=extra)


def begin(scope: Any) -> None:
    """Note that a request begins now; those that no route takes never do."""
    scope["state"]["began"] = time.perf_counter()
    scope["state"]["spent"] = measure()


class Telemetry:
    """Knows of every answer, refusals included, which it is and what it took."""

    def __init__(self, metrics: Metrics, watchers: Iterable[Watcher] = ()) -> None:
        self._metrics = metrics
        self._watchers = tuple(watchers)

    def headers(self, scope: Scope) -> list[tuple[bytes, bytes]]:
        """What the head of an answer says of it."""
        state: dict[str, Any] = scope["state"]
        timing = _server_timing(state.get("spent", {}), _since(state))
        return [(b"x-request-id", request_id(scope).encode()), (b"server-timing", timing.encode())]

    def finish(self, scope: Any, status: int, n_bytes: int) -> None:
        """Tell of an answer that is complete."""
        state = scope["state"]
        exchange = Exchange(
            request_id=request_id(scope),
            method=scope["method"],
            route=_route(scope),
            status=status,
            n_bytes=n_bytes,
            seconds=_since(state),
            ended_at=time.time(),
            spent=state.get("spent", {}),
            key_id=state.get(KEY_ID),
            traceparent=header(scope, b"traceparent"),
        )
        self._metrics.request(exchange.route, exchange.method, exchange.status, exchange.seconds)
        for watcher in self._watchers:
            watcher(exchange)


def _since(state: Mapping[str, Any]) -> float:
    """Seconds since a request began; none where no route took it."""
    return time.perf_counter() - state["began"] if "began" in state else 0.0


def _server_timing(spent: Spent, total_s: float) -> str:
    """In whole milliseconds: finer ones would tell a page, without noise, what others make us do."""
    parts = [*spent.items(), ("total", total_s)]
    return ", ".join(f"{name};dur={seconds * 1000:.0f}" for name, seconds in parts)


def _route(scope: Any) -> str:
    return str(scope.get("path_template") or UNMATCHED)
