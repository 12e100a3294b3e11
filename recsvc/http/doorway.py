"""Doorway: what every request goes through between its route and its handler."""

from typing import cast

from litestar.types import ASGIApp, HTTPScope, Receive, Scope, Send

from recsvc.http.access import Admission
from recsvc.http.body_deadline import BodyDeadline
from recsvc.http.metrics import Metrics
from recsvc.http.remembered import Remembered
from recsvc.http.telemetry import begin
from recsvc.http.turnstile import Turnstile


class Doorway:
    """The one middleware: a turn, a deadline for the body, whoever may come in, and what is remembered."""

    def __init__(
        self,
        metrics: Metrics,
        turnstile: Turnstile,
        deadline: BodyDeadline,
        admission: Admission,
        remembered: Remembered,
    ) -> None:
        self._metrics = metrics
        self._turnstile = turnstile
        self._deadline = deadline
        self._admission = admission
        self._remembered = remembered

    def __call__(self, app: ASGIApp) -> ASGIApp:
        """The way to one route."""

        async def go_through(scope: Scope, receive: Receive, send: Send) -> None:
            begin(scope)
            self._metrics.in_flight += 1
            try:
                if await self._turnstile.lets_in(scope, send):
                    in_time = self._deadline.over(receive)
                    await self._admission.enter(cast("HTTPScope", scope))  # no route speaks WebSocket
                    await self._remembered.answer(scope, in_time, send, app)
            finally:
                self._metrics.in_flight -= 1

        return go_through
