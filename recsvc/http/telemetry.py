"""Telemetry: a request id, one log line and the metrics of every request, without a word of its body."""

import logging
import re
import time
import uuid
from typing import Any

from litestar.datastructures import MutableScopeHeaders
from litestar.enums import ScopeType
from litestar.middleware import ASGIMiddleware
from litestar.types import ASGIApp, Message, Receive, Scope, Send

from recsvc.http.metrics import Metrics

REQUEST_ID = re.compile(r"[\w.-]{1,100}", re.ASCII)
KEY_ID = "key_id"
"""Of a request's state: which key it carried; never the key itself."""

UNMATCHED = "unmatched"
"""The route of a request that no route took; its path stays out of labels and logs."""

log = logging.getLogger(__name__)


def request_id(scope: Scope) -> str:
    """The id of a request: the sender's X-Request-Id where it is sound, else a fresh one."""
    state = scope["state"]
    if "request_id" not in state:
        given = next((value for name, value in scope["headers"] if name == b"x-request-id"), b"")
        named = given.decode("latin-1")
        state["request_id"] = named if REQUEST_ID.fullmatch(named) else uuid.uuid4().hex
    return str(state["request_id"])


def log_failure(scope: Scope, error: Exception) -> None:
    """Log what nobody foresaw, with its traceback, under the request's id."""
    extra = {"request_id": request_id(scope), "route": _route(scope)}
    log.error("failure", exc_info=error, extra=extra)


class Stopwatch(ASGIMiddleware):
    """Notes when a request began; middleware runs for matched routes only, the hook below for all."""

    scopes = (ScopeType.HTTP,)

    async def handle(self, scope: Scope, receive: Receive, send: Send, next_app: ASGIApp) -> None:
        """Note the time and go on."""
        scope["state"]["began"] = time.perf_counter()
        await next_app(scope, receive, send)


class Telemetry:
    """The before-send hook that sees every answer, refusals included."""

    def __init__(self, metrics: Metrics) -> None:
        self._metrics = metrics

    async def __call__(self, message: Message, scope: Scope) -> None:
        """Name the request in the head of its answer; count and log it when the answer is complete."""
        if message["type"] == "http.response.start":
            scope["state"]["status"] = message["status"]
            headers = MutableScopeHeaders.from_message(message)
            headers["X-Request-Id"] = request_id(scope)
        elif message["type"] == "http.response.body" and not message["more_body"]:
            self._finish(scope)

    def _finish(self, scope: Any) -> None:
        state = scope["state"]
        seconds = time.perf_counter() - state["began"] if "began" in state else 0.0
        route, status = _route(scope), state.get("status", 0)
        self._metrics.request(route, scope["method"], status, seconds)
        extra = {
            "request_id": request_id(scope),
            "method": scope["method"],
            "route": route,
            "status": status,
            "milliseconds": round(seconds * 1000, 3),
        }
        if KEY_ID in state:
            extra["key_id"] = state[KEY_ID]
        log.info("request", extra=extra)


def _route(scope: Any) -> str:
    return str(scope.get("path_template") or UNMATCHED)
