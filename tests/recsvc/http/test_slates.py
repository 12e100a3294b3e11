"""A page in one call, one placement by address, and what each refuses."""

from typing import Any

import pytest

from recsvc.domain.errors import InvalidRequestError
from recsvc.domain.events import EventKind
from recsvc.http.guards import read_header
from tests.recsvc.http.conftest import Client
from tests.shop import Shop

HOME = {"placements": [{"id": "home"}]}


def fault(answer: Any) -> tuple[int, str, str]:
    """(status, code, pointer) of a refusal."""
    problem = answer.json()
    return answer.status_code, problem["errors"][0]["code"], problem["errors"][0]["pointer"]


def test_page_answers_its_placements_in_order_without_repeats(steady: Client) -> None:
    page = {
        "visitor": {"anonymous_id": "a"},
        "placements": [{"id": "similar", "item": "item-01", "limit": 2}, {"id": "home", "limit": 3}],
    }
    answer = steady.post("/v1/slates", json=page)
    assert answer.status_code == 200
    similar, home = answer.json()["slates"]
    assert (similar["placement"], home["placement"]) == ("similar", "home")
    told = {"placement", "slate_id", "basis", "model", "items", "dropped", "revision", "title"}
    assert set(home) == told
    shown = [item["id"] for slate in (similar, home) for item in slate["items"]]
    assert len(shown) == len(set(shown)) == 5


def test_answer_is_private(steady: Client) -> None:
    assert steady.post("/v1/slates", json=HOME).headers["cache-control"] == "no-store, private"


def test_known_and_anonymous_visitors_are_different_people(client: Client, shop: Shop) -> None:
    shop.happen("anon:a", EventKind.PURCHASE, "item-03")
    basis = {
        name: client.post("/v1/slates", json=HOME | {"visitor": {name: "a"}}).json()["slates"][0]["basis"]
        for name in ("anonymous_id", "id")
    }
    assert basis == {"anonymous_id": "history", "id": "popular"}


def test_locale_of_the_context_sets_the_language(steady: Client) -> None:
    page = HOME | {"context": {"locale": "ja", "page": "/"}}
    reason = steady.post("/v1/slates", json=page).json()["slates"][0]["items"][0]["reason"]
    assert "商品" in reason["text"]


@pytest.mark.parametrize(
    ("page", "code", "pointer"),
    [
        ({}, "missing_field", "/placements"),
        ({"placements": []}, "out_of_range", "/placements"),
        ({"placements": [{"id": "home"}] * 21}, "out_of_range", "/placements"),
        ({"placements": [{"id": "home", "limit": "5"}]}, "wrong_type", "/placements/0/limit"),
        ({"placements": [{"id": "home", "limit": 0}]}, "out_of_range", "/placements/0/limit"),
        ({"placements": [{"id": "home"}, {"id": 7}]}, "wrong_type", "/placements/1/id"),
        ({"placements": [{"id": "home\n"}]}, "invalid_value", "/placements/0/id"),
        ({"placements": [{"id": "home", "itms": []}]}, "unknown_field", "/placements/0/itms"),
        (HOME | {"visitor": {}}, "missing_field", "/visitor"),
        (HOME | {"visitor": {"id": "a", "anonymous_id": "a"}}, "ambiguous_visitor", "/visitor"),
        (HOME | {"visitor": {"id": "anon:a"}}, "invalid_value", "/visitor/id"),
        (HOME | {"context": {"locale": "<b>"}}, "invalid_value", "/context/locale"),
        (HOME | {"a/b~": 1}, "unknown_field", "/a~1b~0"),
    ],
)
def test_bad_page_is_refused_with_a_pointer(steady: Client, page: Any, code: str, pointer: str) -> None:
    assert fault(steady.post("/v1/slates", json=page)) == (400, code, pointer)


def test_visitor_by_token_is_refused_until_keys_exist(steady: Client) -> None:
    answer = steady.post("/v1/slates", json=HOME | {"visitor": {"token": "x.y.z"}})
    assert answer.status_code == 403
    assert answer.json()["type"] == "/problems/not-allowed"


def test_placement_without_its_item_is_refused(steady: Client) -> None:
    answer = steady.post("/v1/slates", json={"placements": [{"id": "home"}, {"id": "similar"}]})
    assert fault(answer) == (400, "missing_item", "/placements/1/item")


@pytest.mark.parametrize(
    ("placement", "kind"),
    [({"id": "nowhere"}, "unknown-placement"), ({"id": "similar", "item": "nothing"}, "unknown-item")],
)
def test_unknown_name_is_not_found(steady: Client, placement: dict[str, str], kind: str) -> None:
    answer = steady.post("/v1/slates", json={"placements": [placement]})
    assert (answer.status_code, answer.json()["type"]) == (404, f"/problems/{kind}")


def test_one_placement_by_address_answers_for_the_visitor_of_the_header(client: Client, shop: Shop) -> None:
    shop.happen("x=1", EventKind.PURCHASE, "item-03")
    answer = client.get("/v1/slates/home?limit=2", headers={"Recsvc-Visitor": "id=x=1"})
    assert answer.status_code == 200
    assert answer.json()["basis"] == "history"
    assert len(answer.json()["items"]) == 2


def test_visitor_in_the_query_is_not_read(client: Client, shop: Shop) -> None:
    shop.happen("x", EventKind.PURCHASE, "item-03")
    assert client.get("/v1/slates/home?id=x&visitor=x").json()["basis"] == "popular"


def test_header_in_utf8_names_the_same_visitor_as_a_body(client: Client, shop: Shop) -> None:
    shop.happen("客", EventKind.PURCHASE, "item-03")
    answer = client.get("/v1/slates/home", headers={b"Recsvc-Visitor": "id=客".encode()})
    assert answer.json()["basis"] == "history"


def test_cart_leaves_its_own_items_out(steady: Client) -> None:
    items = steady.get("/v1/slates/cart?items=item-01,item-02").json()["items"]
    assert items
    assert {"item-01", "item-02"}.isdisjoint(item["id"] for item in items)


@pytest.mark.parametrize(
    ("query", "parameter"),
    [
        ("home?limit=x", "limit"),
        ("home?limit=101", "limit"),
        ("home?locale=%3C", "locale"),
        ("similar", "item"),
        ("home?filter=item.price%20%3D%205", "filter"),
        ("home?filter=item.margin%20%3E%205", "filter"),
        ("home?age=-1", "age"),
        ("home?explain=maybe", "explain"),
        ("till", "store_id"),
    ],
)
def test_bad_parameter_is_named(steady: Client, query: str, parameter: str) -> None:
    answer = steady.get(f"/v1/slates/{query}")
    assert answer.status_code == 400
    assert answer.json()["errors"][0]["parameter"] == parameter


@pytest.mark.parametrize(
    "header", ["", "id", "id=", "name=x", "id=" + "x" * 201, "id=a\tb", "anonymous_id= "]
)
def test_header_that_names_nobody_is_refused(steady: Client, header: str) -> None:
    answer = steady.get("/v1/slates/home", headers={"Recsvc-Visitor": header})
    assert answer.status_code == 400
    assert answer.json()["errors"][0]["parameter"] == "Recsvc-Visitor"


def test_header_that_is_no_utf8_names_nobody() -> None:
    with pytest.raises(InvalidRequestError):
        read_header("id=\xff")


def test_head_answers_like_get_without_a_body(steady: Client) -> None:
    answer = steady.head("/v1/slates/home")
    assert (answer.status_code, answer.content) == (200, b"")


def test_without_a_model_the_slate_is_empty_and_says_so(empty_client: Client) -> None:
    slate = empty_client.get("/v1/slates/home").json()
    assert (slate["items"], slate["basis"], slate["model"]) == ([], "popular", None)


def test_filter_of_a_page_holds_for_its_placement_alone(steady: Client) -> None:
    asked = [{"id": "home", "limit": 3, "filter": "item.category == 'toys'"}, {"id": "new", "limit": 3}]
    home, new = steady.post("/v1/slates", json={"placements": asked}).json()["slates"]
    assert [one["id"] for one in home["items"]] == ["item-02", "item-05", "item-08"]
    assert home["dropped"] == {"request_filter": 6}
    assert [one["id"] for one in new["items"]] == ["item-00", "item-01", "item-03"]


def test_filter_that_cannot_be_read_points_at_itself(steady: Client) -> None:
    page = {"placements": [{"id": "home"}, {"id": "home", "filter": "item.price <"}]}
    answer = steady.post("/v1/slates", json=page)
    assert fault(answer)[2] == "/placements/1/filter"
    assert "column 13" in answer.json()["detail"]


def test_slate_made_once_more_says_what_has_changed_since(client: Client, shop: Shop) -> None:
    page = {"visitor": {"id": "a"}, "placements": [{"id": "new", "limit": 2}, {"id": "home", "limit": 3}]}
    _, home = client.post("/v1/slates", json=page).json()["slates"]
    (again,) = client.post("/v1/slates", json=page | {"slate_id": home["slate_id"]}).json()["slates"]
    assert {**home, "changed": []} == {name: again[name] for name in again if name != "trail"}
    assert again["trail"]["considered"] > 0
    shop.happen("a", EventKind.PURCHASE, "item-03")
    (again,) = client.post("/v1/slates", json=page | {"slate_id": home["slate_id"]}).json()["slates"]
    assert again["changed"] == [{"what": "profile", "then": 0, "now": 1}]


def test_visitor_and_slate_id_are_enough_to_ask_why(client: Client) -> None:
    slate = client.get("/v1/slates/home", headers={"Recsvc-Visitor": "id=a"}).json()
    asked = {"visitor": {"id": "a"}, "slate_id": slate["slate_id"]}
    (again,) = client.post("/v1/slates", json=asked).json()["slates"]
    assert (again["items"], again["changed"]) == (slate["items"], [])


def test_slate_id_of_nobody_is_refused(steady: Client) -> None:
    answer = steady.post("/v1/slates", json=HOME | {"slate_id": "made-up"})
    assert fault(answer) == (400, "invalid_request", "/slate_id")


def test_trail_says_what_became_of_every_candidate(steady: Client) -> None:
    body = {"placements": [{"id": "home", "limit": 2, "filter": "item.category != 'tea'"}], "explain": True}
    (slate,) = steady.post("/v1/slates", json=body).json()["slates"]
    verdicts = [(one["id"], one["verdict"]) for one in slate["trail"]["candidates"]]
    assert verdicts == [("item-00", "request_filter"), ("item-01", "shown"), ("item-02", "shown")]
    assert slate["trail"]["considered"] == 3
    assert slate["trail"]["rules"] == ["unavailable", "request_filter"]
    assert "trail" in steady.get("/v1/slates/home?explain=1").json()
    assert "trail" not in steady.get("/v1/slates/home").json()
