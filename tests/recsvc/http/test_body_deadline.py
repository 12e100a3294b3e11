"""A body that comes too slowly is given up, however it is cut into pieces."""

import asyncio
from collections.abc import Sequence
from typing import Any

import pytest

from recsvc.domain.limits import Limits
from tests.recsvc.http.conftest import api_of
from tests.shop import Shop

BODY = b'{"placements":[{"id":"home"}]}'


async def post(
    shop: Shop, pieces: Sequence[tuple[float, bytes]], body_s: float
) -> tuple[int, dict[bytes, bytes]]:
    """Send a body in pieces, each after a pause; status and headers of the answer."""
    app = api_of(shop, limits=Limits(body_s=body_s))
    waiting = list(pieces)
    sent: list[Any] = []

    async def receive() -> Any:
        if not waiting:
            await asyncio.sleep(3600)
        pause, piece = waiting.pop(0)
        await asyncio.sleep(pause)
        return {"type": "http.request", "body": piece, "more_body": bool(waiting)}

    async def send(message: Any) -> None:
        sent.append(message)

    scope = {
        "type": "http",
        "asgi": {"version": "3.0"},
        "http_version": "1.1",
        "method": "POST",
        "path": "/v1/slates",
        "raw_path": b"/v1/slates",
        "query_string": b"",
        "root_path": "",
        "scheme": "http",
        "headers": [(b"content-type", b"application/json")],
        "client": ("127.0.0.1", 1),
        "server": ("127.0.0.1", 80),
    }
    await app(scope, receive, send)  # type: ignore[arg-type]
    return sent[0]["status"], dict(sent[0]["headers"])


def test_body_in_pieces_is_read_whole(shop: Shop) -> None:
    pieces = [(0.0, BODY[:5]), (0.01, BODY[5:9]), (0.01, BODY[9:])]
    assert asyncio.run(post(shop, pieces, body_s=60))[0] == 200


@pytest.mark.parametrize("pause_s", [0.02, 3600])
def test_body_that_drips_is_given_up_and_its_connection_closed(shop: Shop, pause_s: float) -> None:
    drip = [(pause_s, b" ")] * 1_000
    status, headers = asyncio.run(post(shop, drip, body_s=0.1))
    assert (status, headers[b"connection"]) == (408, b"close")
    assert headers[b"content-type"] == b"application/problem+json"
