"""What is told of a request: how long its parts took, to whom, and nothing of who asked what."""

import asyncio
from typing import Any

import httpx
import pytest

from recsvc.domain.limits import Limits
from recsvc.http.telemetry import Exchange
from recsvc.http.turnstile import A_ROUND
from tests.recsvc.http.conftest import Client, api_of
from tests.recsvc.http.keys import ORIGIN, KeyChain, bearer
from tests.shop import Shop


class Heard(list[Exchange]):
    """Whoever is told, and remembers."""

    def __call__(self, exchange: Exchange) -> None:
        self.append(exchange)

    def close(self) -> None:
        """There is nothing to pass on."""


def parts(answer: Any) -> list[str]:
    return [part.partition(";dur=")[0] for part in answer.headers["server-timing"].split(", ")]


@pytest.mark.parametrize(
    ("path", "named"),
    [
        ("/v1/slates/home", ["wait", "store", "score", "choose", "total"]),
        ("/v1/slates/nowhere", ["wait", "store", "total"]),
        ("/livez", ["total"]),
        ("/nowhere", ["total"]),
    ],
)
def test_every_answer_says_what_its_parts_took(client: Client, path: str, named: list[str]) -> None:
    answer = client.get(path)
    assert parts(answer) == named
    durations = [part.partition("=")[2] for part in answer.headers["server-timing"].split(", ")]
    assert all(duration.isdigit() for duration in durations)


def test_events_say_how_long_the_store_took(client: Client) -> None:
    event = {"event_id": "1", "kind": "view", "visitor": {"id": "ada"}, "item_id": "item-01"}
    assert parts(client.post("/v1/events", json={"events": [event]})) == ["wait", "store", "total"]


def test_only_pages_of_a_key_may_read_the_times(client: Client, shop: Shop) -> None:
    chain = KeyChain(shop)
    own = client.get("/v1/slates/home", headers=bearer(chain.browser, ORIGIN))
    assert own.headers["timing-allow-origin"] == ORIGIN
    other = client.get("/v1/slates/home", headers=bearer(chain.server) | {"Origin": "https://else.example"})
    assert "timing-allow-origin" not in other.headers


def test_watcher_hears_of_every_request_without_who_asked_what(shop: Shop) -> None:
    heard = Heard()
    headers = {"Recsvc-Visitor": "id=secret", "X-Request-Id": "r1", "traceparent": "00-1-2-01"}
    with Client(api_of(shop, heard)) as client:
        answer = client.get("/v1/slates/home?item=secret", headers=headers)
        client.get("/secret")
        client.post("/v1/slates", content=b"secret")
    first, second, third = heard
    assert (first.request_id, first.method, first.route) == ("r1", "GET", "/v1/slates/{placement}")
    assert (first.status, first.n_bytes, first.traceparent) == (200, len(answer.content), "00-1-2-01")
    assert 0 < sum(first.spent.values()) <= first.seconds
    assert (second.route, second.status, second.n_bytes > 0) == ("unmatched", 404, True)
    assert (third.route, third.status) == ("/v1/slates", 415)
    assert "secret" not in repr(heard)


def test_refusal_for_lack_of_time_is_told_too(shop: Shop) -> None:
    heard = Heard()

    async def ask() -> None:
        transport = httpx.ASGITransport(api_of(shop, heard, limits=Limits(waiting=1)))
        async with httpx.AsyncClient(transport=transport, base_url="http://shop") as client:
            await asyncio.gather(*(client.get("/v1/slates/home") for _ in range(A_ROUND + 4)))

    asyncio.run(ask())
    assert sorted(one.status for one in heard) == [200] * (A_ROUND + 1) + [503] * 3
    assert {one.route for one in heard} == {"/v1/slates/{placement}"}


def test_requests_in_flight_are_counted_while_they_last(client: Client) -> None:
    for _ in range(2):
        # The one that asks is the only one.
        assert "recsvc_http_in_flight 1.0" in client.get("/metrics").text
