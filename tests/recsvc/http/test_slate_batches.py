"""Many visitors in one call: a line each, in order, and each one's fault their own."""

import json
from collections.abc import Iterator
from concurrent.futures import Future
from typing import Any

import pytest

from recsvc.domain.errors import StoreUnavailableError
from recsvc.domain.events import EventKind
from recsvc.domain.limits import Limits
from tests.recsvc.http.conftest import Client, api_of
from tests.recsvc.http.keys import KeyChain, bearer
from tests.shop import Shop

ROUTE = "/v1/slate-batches"
HOME = {"placements": [{"id": "home", "limit": 3}]}


def lines(answer: Any) -> list[dict[str, Any]]:
    assert answer.status_code == 200, answer.text
    assert answer.headers["content-type"] == "application/x-ndjson"
    return [json.loads(line) for line in answer.text.splitlines()]


def items(slate: dict[str, Any]) -> list[tuple[str, str]]:
    return [(one["id"], one["reason"]["text"]) for one in slate["items"]]


def test_each_visitor_gets_what_they_would_get_alone(client: Client, shop: Shop) -> None:
    for number in range(20):
        shop.happen(f"c{number}", EventKind.PURCHASE, f"item-{number % 12:02}")
    visitors = [{"id": f"c{number}"} for number in range(20)]
    found = lines(client.post(ROUTE, json=HOME | {"visitors": visitors}))
    assert [line["index"] for line in found] == list(range(20))
    for visitor, line in zip(visitors, found, strict=True):
        (alone,) = client.post("/v1/slates", json=HOME | {"visitor": visitor}).json()["slates"]
        (slate,) = line["slates"]
        assert items(slate) == items(alone)
        assert slate["slate_id"] == alone["slate_id"]


def test_faulty_visitor_is_refused_alone(client: Client) -> None:
    visitors = [{"id": "a"}, {}, {"id": "b", "anonymous_id": "b"}, {"nme": "c"}, 7, {"id": "d"}]
    found = lines(client.post(ROUTE, json=HOME | {"visitors": visitors}))
    told = [line.get("error", {}).get("code") for line in found]
    assert told == [None, "missing_field", "ambiguous_visitor", "unknown_field", "wrong_type", None]
    assert found[2]["error"]["pointer"] == "/visitors/2"
    assert ["slates" in line for line in found] == [True, False, False, False, False, True]


def test_visitor_whose_profile_cannot_be_read_is_told_to_come_again(client: Client, shop: Shop) -> None:
    def down(visitor_id: str) -> Future[None]:
        raise StoreUnavailableError(f"gone, asked about {visitor_id}")

    shop.store.read_visitor = down  # type: ignore[method-assign,assignment]
    (line,) = lines(client.post(ROUTE, json=HOME | {"visitors": [{"id": "a"}]}))
    assert line["error"]["code"] == "store_unavailable"


def test_cards_and_language_are_those_of_the_call(client: Client) -> None:
    asked = HOME | {"visitors": [{"id": "a"}], "context": {"locale": "ja"}}
    (line,) = lines(client.post(f"{ROUTE}?cards=ja", json=asked))
    (first, *_) = line["slates"][0]["items"]
    assert (first["card"]["title"], first["reason"]["text"]) == ("商品0", "当店で人気の商品です")


@pytest.mark.parametrize(
    ("changes", "status", "pointer"),
    [
        ({"visitors": []}, 400, "/visitors"),
        ({"visitors": [{"id": "a"}] * 1001}, 400, "/visitors"),
        ({"placements": [{"id": "nowhere"}]}, 404, None),
        ({"placements": [{"id": "similar"}]}, 400, "/placements/0/item"),
        ({"placements": [{"id": "similar", "item": "nothing"}]}, 404, None),
        ({"visitor": {"id": "a"}}, 400, "/visitor"),
    ],
)
def test_call_that_cannot_be_is_refused_before_the_first_line(
    steady: Client, changes: dict[str, Any], status: int, pointer: str | None
) -> None:
    answer = steady.post(ROUTE, json=HOME | {"visitors": [{"id": "a"}]} | changes)
    assert answer.status_code == status
    if pointer is not None:
        assert answer.json()["errors"][0]["pointer"] == pointer


@pytest.fixture
def limited(shop: Shop) -> Iterator[Client]:
    with Client(api_of(shop, limits=Limits(secret_per_minute=10))) as client:
        yield client


def test_every_visitor_counts_as_a_request(limited: Client, shop: Shop) -> None:
    headers = bearer(KeyChain(shop).server)
    batch = HOME | {"visitors": [{"id": "a"}] * 6}
    assert limited.post(ROUTE, json=batch, headers=headers).status_code == 200
    refused = limited.post(ROUTE, json=batch, headers=headers)
    assert (refused.status_code, refused.json()["type"]) == (429, "/problems/too-many-requests")
    assert limited.get("/v1/slates/home", headers=headers).status_code == 200


def test_slates_of_a_batch_are_counted(client: Client) -> None:
    client.post(ROUTE, json=HOME | {"visitors": [{"id": "a"}, {"id": "b"}]})
    assert 'recsvc_slates_total{basis="popular",placement="home"} 2.0' in client.get("/metrics").text


def test_whoever_denies_personalisation_for_all_has_nobody_read(client: Client, shop: Shop) -> None:
    shop.happen("ada", EventKind.PURCHASE, "item-02")
    body = HOME | {"visitors": [{"id": "ada"}]}
    (known,) = lines(client.post(ROUTE, json=body))
    (denied,) = lines(client.post(ROUTE, json=body | {"context": {"consent": {"personalise": False}}}))
    assert (known["slates"][0]["basis"], denied["slates"][0]["basis"]) == ("history", "popular")


def test_more_than_a_key_may_ask_is_no_matter_of_waiting(shop: Shop) -> None:
    headers = bearer(KeyChain(shop).server)
    with Client(api_of(shop, limits=Limits(secret_per_minute=10))) as client:
        answer = client.post(ROUTE, json=HOME | {"visitors": [{"id": "ada"}] * 11}, headers=headers)
    assert (answer.status_code, answer.json()["errors"][0]["pointer"]) == (400, "/visitors")
