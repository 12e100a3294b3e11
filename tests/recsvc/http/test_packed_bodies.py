"""Bodies that come as gzip are unpacked within bounds, on every route."""

import asyncio
import gzip
import zlib
from typing import Any

import httpx
import msgspec
import pytest

from tests.calls import calls_of
from tests.recsvc.http.conftest import Client, api_of
from tests.shop import Shop

EVENT = {"event_id": "packed", "kind": "search", "visitor": {"id": "v"}}


def send(client: Client | httpx.AsyncClient, body: bytes, coding: str = "gzip") -> Any:
    headers = {"Content-Type": "application/json", "Content-Encoding": coding}
    return client.post("/v1/events", content=body, headers=headers)


def packed(value: object) -> bytes:
    return gzip.compress(msgspec.json.encode(value))


@pytest.mark.parametrize("coding", ["gzip", "GZIP"])
def test_packed_body_is_read(steady: Client, coding: str) -> None:
    answer = send(steady, packed({"events": [EVENT]}), coding)
    assert answer.json()["results"][0]["verdict"] in {"accepted", "duplicate"}


def test_packed_body_is_unpacked_once(shop: Shop) -> None:
    async def post() -> None:
        transport = httpx.ASGITransport(api_of(shop))
        async with httpx.AsyncClient(transport=transport, base_url="http://shop") as client:
            assert (await send(client, packed({"events": [EVENT]}))).status_code == 200

    assert calls_of(lambda: asyncio.run(post()))["unpacked"] == 1


def test_many_like_events_are_no_bomb(steady: Client) -> None:
    events = [EVENT | {"event_id": f"packed-{number}"} for number in range(2500)]
    assert send(steady, packed({"events": events})).status_code == 200


@pytest.mark.parametrize("megabytes", [1, 64])
def test_bomb_is_too_large(steady: Client, megabytes: int) -> None:
    packer = zlib.compressobj(9, wbits=31)
    body = b"".join([*(packer.compress(b" " * 2**20) for _ in range(megabytes)), packer.flush()])
    answer = send(steady, body[: 512 * 1024])
    assert (answer.status_code, answer.json()["type"]) == (413, "/problems/too-large")


def test_what_is_packed_too_tightly_is_too_large(steady: Client) -> None:
    assert send(steady, gzip.compress(b" " * 400_000)).status_code == 413


@pytest.mark.parametrize(
    "body",
    [
        b"",
        b"{}",
        packed({"events": []})[:-4],
        packed({"events": []}) + packed({"events": []}),
        packed({"events": []}) + b"more",
        packed({"events": []}).replace(b"\x08", b"\x07", 1),
    ],
    ids=["nothing", "not packed", "cut", "two members", "more behind it", "broken head"],
)
def test_body_that_is_not_one_member_is_refused(steady: Client, body: bytes) -> None:
    answer = send(steady, body)
    assert (answer.status_code, answer.json()["errors"][0]["code"]) == (400, "malformed_gzip")


@pytest.mark.parametrize("coding", ["br", "gzip, gzip", "deflate", "x" * 500])
def test_other_codings_are_refused(steady: Client, coding: str) -> None:
    answer = send(steady, packed({"events": []}), coding)
    assert (answer.status_code, answer.json()["type"]) == (415, "/problems/unsupported-media-type")
