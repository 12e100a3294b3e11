"""The catalogue comes in with a verdict an item, and goes out as it came."""

from typing import Any

import pytest

from recsvc.domain.known_stores import KnownStores
from tests.recsvc.http.conftest import Client, api_of
from tests.recsvc.http.failing import FailingStore
from tests.shop import Shop

FULL = {
    "item_id": "jasmine",
    "item_group_id": "jasmine-group",
    "title": "Jasmine",
    "title:ja": "ジャスミン",
    "category": "tea",
    "brand": "Hillside",
    "price": 8.5,
    "sale_price": 7.5,
    "currency": "EUR",
    "margin": 2.0,
    "availability": "out_of_stock",
    "available_from": "2026-05-01",
    "age_limit": 18,
    "image_link": "/pictures/jasmine.svg",
    "link": "https://shop.example/jasmine",
    "attr:taste": ["floral", "light"],
    "stock": {"berlin": 2.0},
}


def put(client: Client, *items: Any) -> list[dict[str, Any]]:
    answer = client.put("/v1/items", json={"items": items})
    assert answer.status_code == 200, answer.text
    found: list[dict[str, Any]] = answer.json()["results"]
    return found


def test_item_goes_out_as_it_came(client: Client) -> None:
    assert put(client, FULL)[0]["verdict"] == "accepted"
    assert client.get("/v1/items/jasmine").json() == FULL


def test_item_is_replaced_whole(client: Client) -> None:
    put(client, FULL)
    put(client, {"item_id": "jasmine"})
    assert client.get("/v1/items/jasmine").json() == {"item_id": "jasmine"}


def test_item_sold_out_leaves_the_next_slate(client: Client) -> None:
    first = client.get("/v1/slates/home").json()["items"][0]["id"]
    put(client, {"item_id": first, "availability": "out_of_stock"})
    assert first not in {item["id"] for item in client.get("/v1/slates/home").json()["items"]}


@pytest.mark.parametrize(
    ("changes", "code", "pointer"),
    [
        ({"item_id": ""}, "out_of_range", "item_id"),
        ({"price": "8.5"}, "wrong_type", "price"),
        ({"price": -1}, "out_of_range", "price"),
        ({"availability": "soon"}, "unknown_value", "availability"),
        ({"link": "javascript:alert(1)"}, "invalid_value", "link"),
        ({"available_from": "soon"}, "invalid_time", "available_from"),
        ({"stock": {"a": -1}}, "out_of_range", "stock"),
        ({"title:": "x"}, "unknown_field", "title:"),
        ({"title:ja": 3}, "wrong_type", "title:ja"),
        ({"attr:": "x"}, "unknown_field", "attr:"),
        ({"attr:a/b": 3}, "wrong_type", "attr:a~1b"),
        ({"attr:taste": ["a", 3]}, "wrong_type", "attr:taste/1"),
        ({"attr:taste": "a\x00"}, "invalid_value", "attr:taste"),
        ({"colour": "red"}, "unknown_field", "colour"),
    ],
)
def test_faulty_item_is_rejected_and_the_others_are_kept(
    battered: Client, changes: dict[str, Any], code: str, pointer: str
) -> None:
    good, bad = put(battered, {"item_id": "good"}, {"item_id": "bad"} | changes)
    assert good["verdict"] == "accepted"
    assert (bad["verdict"], bad["code"], bad["pointer"]) == ("rejected", code, f"/items/1/{pointer}")
    assert battered.get("/v1/items/good").status_code == 200
    assert battered.get("/v1/items/bad").status_code == 404


def test_element_that_is_no_object_is_rejected(client: Client) -> None:
    assert put(client, 7, {})[0] | {"verdict": None} == {
        "index": 0,
        "item_id": None,
        "verdict": None,
        "code": "wrong_type",
        "pointer": "/items/0",
    }


def test_too_many_attributes_are_rejected(client: Client) -> None:
    many = {f"attr:{number}": "x" for number in range(201)}
    assert put(client, {"item_id": "a"} | many)[0]["code"] == "out_of_range"


def test_of_several_of_one_id_the_last_counts(client: Client) -> None:
    results = put(client, {"item_id": "a", "price": 1}, {"item_id": "a", "price": 2})
    assert [(one["verdict"], one["code"]) for one in results] == [
        ("ignored", "named_again"),
        ("accepted", None),
    ]
    assert client.get("/v1/items/a").json()["price"] == 2


def test_removed_item_is_gone(client: Client) -> None:
    assert client.get("/v1/items/item-01").status_code in {200, 404}
    assert client.delete("/v1/items/item-01").status_code == 204
    for answer in (client.get("/v1/items/item-01"), client.delete("/v1/items/item-01")):
        assert (answer.status_code, answer.json()["type"]) == (404, "/problems/unknown-item")


def test_store_that_takes_nothing_says_try_again(shop: Shop) -> None:
    shop.store = FailingStore()
    with Client(api_of(shop)) as client:
        answers = [client.put("/v1/items", json={"items": [FULL]}), client.delete("/v1/items/a")]
    assert [answer.status_code for answer in answers] == [503, 503]


def test_stock_of_a_store_that_is_not_declared_is_rejected(shop: Shop) -> None:
    with Client(api_of(shop, known_stores=KnownStores(frozenset({"berlin"})))) as client:
        stocks = [{"berlin": 3}, {"berlin": 3, "Ber/lin": 1}, {}]
        body = {"items": [{"item_id": f"i{number}", "stock": stock} for number, stock in enumerate(stocks)]}
        results = client.put("/v1/items", json=body).json()["results"]
        assert [(one["verdict"], one["code"], one["pointer"]) for one in results] == [
            ("accepted", None, None),
            ("rejected", "unknown_store", "/items/1/stock/Ber~1lin"),
            ("accepted", None, None),
        ]
        assert client.get("/v1/items/i1").status_code == 404
