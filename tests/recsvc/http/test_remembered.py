"""Answers given again are those that would be given anew, to those who may have them, and are counted."""

import re
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest

from recsvc.domain.catalogue import Availability
from recsvc.domain.events import EventKind
from recsvc.domain.limits import Limits
from tests.recsvc.http.conftest import Client, api_of
from tests.recsvc.http.keys import ORIGIN, KeyChain, bearer
from tests.shop import Shop, item

PAGE = {"visitor": {"id": "v"}, "placements": [{"id": "home"}]}
HEADER = {"Recsvc-Visitor": "id=v"}


@pytest.fixture
def client(shop: Shop) -> Iterator[Client]:
    with Client(api_of(shop)) as client:
        yield client


def slate_ids(answer: Any) -> list[str]:
    return re.findall(r'"slate_id":"([\w-]+)"', answer.text)


def ask(client: Client) -> Any:
    return client.get("/v1/slates/home", headers=HEADER)


def post(client: Client) -> Any:
    return client.post("/v1/slates", json=PAGE)


@pytest.mark.parametrize("asks", [ask, post])
def test_same_question_gets_the_same_bytes_under_an_id_of_its_own(
    client: Client, asks: Callable[[Client], Any]
) -> None:
    first, second, third = (asks(client) for _ in range(3))
    assert first.content == second.content == third.content
    heads = [{**answer.headers} for answer in (first, second, third)]
    assert len({head.pop("x-request-id") for head in heads}) == 3
    assert all("total;dur=" in head.pop("server-timing") for head in heads)
    assert heads[0] == heads[1] == heads[2]


@pytest.mark.parametrize("asks", [ask, post])
def test_what_happens_is_in_the_next_answer(
    shop: Shop, client: Client, asks: Callable[[Client], Any]
) -> None:
    asks(client), asks(client)
    before = asks(client).json()
    shop.happen("v", EventKind.PURCHASE, "item-04")
    bought = asks(client).json()
    shop.store.put_items([item(5, availability=Availability.OUT_OF_STOCK)]).result()
    sold_out = asks(client)
    assert before != bought != sold_out.json()
    assert '"id":"item-05"' not in sold_out.text


def test_whoever_asks_otherwise_is_answered_otherwise(client: Client) -> None:
    ask(client), ask(client)
    assert slate_ids(ask(client)) != slate_ids(
        client.get("/v1/slates/home", headers={"Recsvc-Visitor": "id=w"})
    )
    assert len(client.get("/v1/slates/home?limit=1", headers=HEADER).json()["items"]) == 1
    opted_out = client.get("/v1/slates/home", headers=HEADER | {"Sec-GPC": "1"})
    assert slate_ids(opted_out) != slate_ids(ask(client))


def test_withdrawal_holds_from_the_next_request_on(shop: Shop, client: Client) -> None:
    shop.happen("v", EventKind.PURCHASE, "item-04")
    ask(client), ask(client)
    assert ask(client).json()["basis"] == "history"
    client.put("/v1/visitors/v/consents", json={"consent": {"personalise": False}})
    assert ask(client).json()["basis"] == "popular"


def test_key_that_is_revoked_is_answered_nothing(shop: Shop, client: Client) -> None:
    chain = KeyChain(shop)
    headers = bearer(chain.server) | HEADER
    assert [client.get("/v1/slates/home", headers=headers).status_code for _ in range(3)] == [200] * 3
    assert ask(client).status_code == 401
    chain.keys.revoke(chain.server.key.key_id)
    assert client.get("/v1/slates/home", headers=headers).status_code == 401


def test_token_that_is_over_is_answered_nothing(shop: Shop, client: Client) -> None:
    chain = KeyChain(shop)
    token = {"Recsvc-Visitor": f"token={chain.token('4711', minutes=10)}"}
    headers = bearer(chain.browser, ORIGIN) | token
    assert [client.get("/v1/slates/home", headers=headers).status_code for _ in range(3)] == [200] * 3
    shop.clock.advance(minutes=12)
    assert client.get("/v1/slates/home", headers=headers).status_code == 401


def test_requests_are_counted_all_the_same(tmp_path: Path) -> None:
    shop = Shop(tmp_path).open()
    chain = KeyChain(shop)
    browser = bearer(chain.browser, ORIGIN)
    with Client(api_of(shop, limits=Limits(visitor_per_minute=3))) as client:
        visitor = client.post("/v1/visitors", headers=browser).json()["anonymous_id"]
        headers = browser | {"Recsvc-Visitor": f"anonymous_id={visitor}"}
        found = [client.get("/v1/slates/home", headers=headers).status_code for _ in range(5)]
        slates = client.get("/metrics", headers=bearer(chain.server)).text
        counted = re.search(r'recsvc_http_limited_total\{limit="visitor"\} (\S+)', slates)
    assert found == [200, 200, 200, 429, 429]
    assert counted is not None
    assert float(counted[1]) == 2
    assert 'recsvc_slates_total{basis="popular",placement="home"} 3.0' in slates


def test_host_that_is_none_is_refused_also_where_the_answer_is_known(client: Client) -> None:
    ask(client), ask(client)
    assert client.get("/v1/slates/home", headers=HEADER | {"host": "no host"}).status_code == 400


def test_who_asks_again_waits_behind_nobody(shop: Shop) -> None:
    with Client(api_of(shop, limits=Limits(waiting=1))) as client:
        ask(client)
        found = [ask(client) for _ in range(3)]
        head = client.head("/v1/slates/home", headers=HEADER)
    assert [answer.status_code for answer in found] == [200] * 3
    assert all("wait;dur=" not in answer.headers["server-timing"] for answer in found)
    assert head.content == b""


def test_long_heads_are_not_kept(client: Client) -> None:
    headers = HEADER | {"Sec-Fetch-Site": "x" * 5_000}
    found = [client.get("/v1/slates/home", headers=headers) for _ in range(2)]
    assert all("wait;dur=" in answer.headers["server-timing"] for answer in found)


def test_refusals_are_not_kept(client: Client) -> None:
    found = [client.get("/v1/slates/nowhere", headers=HEADER) for _ in range(2)]
    assert [answer.status_code for answer in found] == [404, 404]
    assert len({answer.headers["x-request-id"] for answer in found}) == 2
