"""Encoded: what a handler answers becomes a head and bytes in one step."""

from typing import Any

import msgspec
from litestar import Response
from litestar.enums import MediaType
from litestar.serialization import default_serializer
from litestar.types import ASGIApp, Receive, Scope, Send

ENCODER = msgspec.json.Encoder(enc_hook=default_serializer)
JSON = (b"content-type", MediaType.JSON.encode())


class Encoded(Response[Any]):
    """The answer of a handler that makes no `Response` of its own.

    Litestar puts a head together from text, header by header, which takes longer than the JSON of a slate.
    """

    def to_asgi_response(self, app: Any, request: Any, **given: Any) -> Any:
        """JSON at once, with Litestar's `headers`; everything else goes Litestar's way."""
        if self.media_type != MediaType.JSON or self.content is None or given.get("cookies"):
            return super().to_asgi_response(app, request, **given)
        body = ENCODER.encode(self.content)
        named = [(name.lower().encode(), value.encode()) for name, value in given["headers"].items()]
        return _sent(self.status_code or 200, [*named, JSON, (b"content-length", b"%d" % len(body))], body)


def _sent(status: int, headers: list[tuple[bytes, bytes]], body: bytes) -> ASGIApp:
    async def send_all(_scope: Scope, _receive: Receive, send: Send) -> None:
        await send({"type": "http.response.start", "status": status, "headers": headers})
        await send({"type": "http.response.body", "body": body, "more_body": False})

    return send_all
