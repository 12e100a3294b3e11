"""What handlers answer leaves as Litestar's own way would send it."""

from datetime import UTC, datetime
from pathlib import PurePosixPath
from typing import Any

import msgspec
import pytest
from litestar import Litestar, Response, Router, get
from litestar.datastructures import CacheControlHeader, Cookie
from litestar.testing import TestClient

from recsvc.http.encoded import Encoded


class Answer(msgspec.Struct):
    """Something with what JSON has no word for."""

    text: str = "日本"
    at: datetime = datetime(2026, 4, 1, tzinfo=UTC)
    path: PurePosixPath = PurePosixPath("/a")


@get("/struct", sync_to_thread=False)
def get_struct() -> Answer:
    return Answer()


@get("/created", status_code=201, sync_to_thread=False)
def get_created() -> list[int]:
    return [1, 2]


@get("/nothing", status_code=204, sync_to_thread=False)
def get_nothing() -> None:
    return None


@get("/null", sync_to_thread=False)
def get_null() -> Answer | None:
    return None


@get("/text", sync_to_thread=False)
def get_text() -> str:
    return "日本"


@get("/baked", response_cookies=[Cookie("a", value="b")], sync_to_thread=False)
def get_baked() -> Answer:
    return Answer()


@get("/own", sync_to_thread=False)
def get_own() -> Response[Answer]:
    return Response(Answer(), headers={"Location": "/there"})


ROUTES = (get_struct, get_created, get_nothing, get_null, get_text, get_baked, get_own)


def sent(path: str, response_class: type[Response[Any]]) -> tuple[int, set[tuple[str, str]], bytes]:
    private = CacheControlHeader(private=True, no_store=True)
    router = Router("/", route_handlers=ROUTES, response_class=response_class, cache_control=private)
    with TestClient(Litestar([router], openapi_config=None, logging_config=None)) as client:
        answer = client.get(path)
    return answer.status_code, set(answer.headers.items()), answer.content


@pytest.mark.parametrize("path", [path for route in ROUTES for path in route.paths])
def test_answer_leaves_as_litestar_would_send_it(path: str) -> None:
    own = sent(path, Encoded)
    assert own == sent(path, Response)
    assert "no-store" in dict(own[1])["cache-control"]
