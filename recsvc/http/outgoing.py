"""Outgoing: what is added to every answer, whoever gives it."""

from litestar.types import HTTPScope, Message, Send

from recsvc.http.cors import Cors
from recsvc.http.telemetry import Telemetry


class Outgoing:
    """Completes the head of an answer, and tells of it when it is over.

    Litestar's `before_send` hooks would be awaited, each of them, for every message.
    """

    def __init__(self, telemetry: Telemetry, cors: Cors) -> None:
        self._telemetry = telemetry
        self._cors = cors

    def of(self, scope: HTTPScope, send: Send) -> Send:
        """A `send` for the answer to one request."""
        status = n_bytes = 0

        async def send_completed(message: Message) -> None:
            nonlocal status, n_bytes
            if message["type"] == "http.response.start":
                status = message["status"]
                added = self._telemetry.headers(scope) + self._cors.headers(scope)
                message["headers"] = [*message.get("headers", ()), *added]
            elif message["type"] == "http.response.body":
                n_bytes += len(message["body"])
                if not message["more_body"]:
                    self._telemetry.finish(scope, status, n_bytes)
            await send(message)

        return send_completed
