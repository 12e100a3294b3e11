"""Keys at the door: revoked at once, named in logs by id only, bound to origins, carried by beacons."""

import json
import logging
from collections.abc import Iterator
from datetime import timedelta
from io import BytesIO
from typing import Any

import pytest

from recsvc.access_log import AccessLog
from recsvc.domain.errors import NotAllowedError
from recsvc.domain.limits import Limits
from recsvc.http.access import Caller
from recsvc.http.faults import FaultyRequestError
from recsvc.http.guards import visitor_of
from recsvc.http.metrics import Metrics
from recsvc.http.payloads import VisitorPayload
from recsvc.http.rate_limits import RateLimits
from recsvc.http.signing import issue_anonymous_id
from recsvc.json_logs import JsonFormatter
from recsvc.serving.keys import Keys
from recsvc.serving.live_keys import LiveKeys
from recsvc.serving.visitor_tokens import VisitorTokens
from recsvc.stores.memory import MemoryStore
from recsvc.stores.request_counts import LocalCounts
from tests.recsvc.http.conftest import Client, api_of
from tests.recsvc.http.failing import DOWN
from tests.recsvc.http.keys import ORIGIN, KeyChain, bearer, keys_of
from tests.shop import SECRET, Shop

HOME = "/v1/slates/home"
EVENT = {"event_id": "1", "kind": "search", "query": "tea"}


@pytest.fixture
def chain(shop: Shop) -> KeyChain:
    return KeyChain(shop)


def fault(answer: Any) -> tuple[int, str]:
    return answer.status_code, answer.json()["type"].removeprefix("/problems/")


def test_first_key_closes_a_running_service(client: Client, shop: Shop) -> None:
    assert client.get(HOME).status_code == 200
    chain = KeyChain(shop)
    assert fault(client.get(HOME)) == (401, "unauthenticated")
    assert client.get(HOME, headers=bearer(chain.server)).status_code == 200
    for use in chain.keys.every():
        chain.keys.revoke(use.key.key_id)
    assert fault(client.get(HOME)) == (401, "unauthenticated")


def test_revoked_key_is_refused_on_the_next_request(client: Client, chain: KeyChain) -> None:
    token = {"Recsvc-Visitor": f"token={chain.token('ada')}"} | bearer(chain.browser, ORIGIN)
    assert client.get(HOME, headers=token).status_code == 200
    chain.keys.revoke(chain.server.key.key_id)
    answer = client.get(HOME, headers=bearer(chain.server))
    assert fault(answer) == (401, "unauthenticated")
    assert f"{chain.server.key.key_id} was revoked" in answer.json()["detail"]
    assert fault(client.get(HOME, headers=token)) == (401, "token-refused")


def test_both_texts_open_a_key_that_is_rotated_until_the_overlap_ends(
    client: Client, chain: KeyChain
) -> None:
    former_token = chain.token("ada", minutes=14)
    new = chain.keys.rotate(chain.server.key.key_id, timedelta(minutes=10))
    chain.shop.clock.advance(minutes=9)
    for key in (chain.server, new):
        assert client.get(HOME, headers=bearer(key)).status_code == 200
    visitor = bearer(chain.browser, ORIGIN) | {"Recsvc-Visitor": f"token={former_token}"}
    assert client.get(HOME, headers=visitor).status_code == 200
    chain.shop.clock.advance(minutes=1)
    assert "past its end" in client.get(HOME, headers=bearer(chain.server)).json()["detail"]
    assert client.get(HOME, headers=bearer(new)).status_code == 200
    assert fault(client.get(HOME, headers=visitor)) == (401, "token-refused")
    visitor["Recsvc-Visitor"] = f"token={chain.token('ada', by=new)}"
    assert client.get(HOME, headers=visitor).status_code == 200


def test_trail_of_a_slate_takes_a_secret_key(client: Client, chain: KeyChain) -> None:
    asked = f"{HOME}?explain=1"
    assert "trail" in client.get(asked, headers=bearer(chain.server)).json()
    assert fault(client.get(asked, headers=bearer(chain.browser, ORIGIN))) == (403, "not-allowed")


def test_slate_made_once_more_takes_a_secret_key(client: Client, chain: KeyChain) -> None:
    slate_id = client.get(HOME, headers=bearer(chain.server)).json()["slate_id"]
    asked = {"slate_id": slate_id}
    assert client.post("/v1/slates", json=asked, headers=bearer(chain.server)).status_code == 200
    refused = client.post("/v1/slates", json=asked, headers=bearer(chain.browser, ORIGIN))
    assert fault(refused) == (403, "not-allowed")


def test_head_asks_for_a_key_like_get(client: Client, chain: KeyChain) -> None:
    assert client.head(HOME).status_code == 401
    assert client.head(HOME, headers=bearer(chain.server)).status_code == 200


def test_mistyped_key_is_told_so(client: Client, chain: KeyChain) -> None:
    text = chain.server.text
    mistyped = text[:-1] + ("a" if text[-1] != "a" else "b")
    assert "mistyped" in client.get(HOME, headers=bearer(mistyped)).json()["detail"]


def test_page_of_the_service_itself_needs_no_origin(client: Client, chain: KeyChain) -> None:
    same = bearer(chain.browser) | {"Sec-Fetch-Site": "same-origin"}
    assert client.get(HOME, headers=same).status_code == 200
    assert fault(client.get(HOME, headers=same | {"Sec-Fetch-Site": "cross-site"})) == (403, "not-allowed")


@pytest.mark.parametrize(
    ("key", "origin", "status"),
    [
        ("browser", ORIGIN, 200),
        ("browser", "https://elsewhere.example", 403),
        ("server", None, 200),
        ("none", ORIGIN, 401),
        ("unknown", ORIGIN, 401),
    ],
)
def test_beacon_carries_its_key_in_its_body(
    client: Client, chain: KeyChain, key: str, origin: str | None, status: int
) -> None:
    text = {"browser": chain.browser.text, "server": chain.server.text, "none": None, "unknown": "pk_x"}[key]
    visitor = {"anonymous_id": issue_anonymous_id(SECRET)}
    body = {"events": [EVENT | {"visitor": visitor}], "key": text}
    headers = {"Content-Type": "text/plain;charset=UTF-8"} | ({"Origin": origin} if origin else {})
    answer = client.post("/v1/events", content=json.dumps(body), headers=headers)
    assert answer.status_code == status
    if status == 200:
        assert answer.json()["results"][0]["verdict"] == "accepted"
        assert answer.headers.get("access-control-allow-origin") == origin


def test_header_wins_over_the_key_of_a_body(client: Client, chain: KeyChain) -> None:
    body = {"events": [], "key": chain.server.text}
    assert client.post("/v1/events", json=body, headers=bearer("sk_x")).status_code == 401


def test_log_names_a_key_by_its_id_and_nothing_more(
    shop: Shop, chain: KeyChain, caplog: pytest.LogCaptureFixture
) -> None:
    token = chain.token("customer-7")
    stream = BytesIO()
    access_log = AccessLog(stream)
    with caplog.at_level(logging.DEBUG), Client(api_of(shop, access_log)) as client:
        client.get(HOME, headers=bearer(chain.browser, ORIGIN) | {"Recsvc-Visitor": f"token={token}"})
        client.get(HOME, headers=bearer(chain.server) | {"Recsvc-Visitor": "id=customer-7"})
        client.post("/v1/events", json={"events": [], "key": chain.browser.text})
    access_log.close()
    own = stream.getvalue().decode().splitlines()
    lines = own + [JsonFormatter().format(record) for record in caplog.records]
    logged = [json.loads(line) for line in own]
    ids = [chain.browser.key.key_id, chain.server.key.key_id, chain.browser.key.key_id]
    assert [line.get("key_id") for line in logged] == ids
    secrets = (
        chain.browser.text,
        chain.server.text,
        chain.server.token_secret,
        token,
        "customer-7",
        "testclient",
    )
    assert [secret for secret in secrets if secret and any(secret in line for line in lines)] == []


def test_last_day_of_use_is_kept(client: Client, chain: KeyChain) -> None:
    client.get(HOME, headers=bearer(chain.server))
    days = {use.key.name: use.used_on for use in chain.keys.every()}
    assert days == {"web": None, "server": chain.shop.clock().date()}


@pytest.fixture
def browser(shop: Shop, chain: KeyChain) -> Caller:
    live = LiveKeys(shop.store, shop.clock)
    limits = RateLimits(LocalCounts(), Limits(), Metrics(), shop.clock)
    return Caller(chain.browser.key, SECRET, VisitorTokens(live, SECRET, shop.clock), limits)


def test_foreign_anonymous_id_is_written_and_never_read(browser: Caller) -> None:
    foreign = VisitorPayload(anonymous_id="0b6a7a3e-7f4f-4c55-9d53-0f5dcb7a6f0a")
    assert visitor_of(browser, foreign, is_foreign=True) == f"anon:{foreign.anonymous_id}"
    with pytest.raises(NotAllowedError, match="POST /v1/visitors"):
        visitor_of(browser, foreign)


def test_foreign_id_of_a_customer_is_as_closed_as_ours(browser: Caller) -> None:
    with pytest.raises(NotAllowedError):
        visitor_of(browser, VisitorPayload(id="ada"), is_foreign=True)
    with pytest.raises(FaultyRequestError):
        visitor_of(browser, VisitorPayload(), is_foreign=True)


@pytest.fixture
def other_instance(shop: Shop) -> Iterator[Client]:
    """A worker that looks at the keys once a second."""
    with Client(api_of(shop, keys=LiveKeys(shop.store, shop.clock, max_age_s=1.0))) as client:
        yield client


def test_worker_that_looks_once_a_second_sees_a_change_within_one(other_instance: Client, shop: Shop) -> None:
    chain = KeyChain(shop)
    server = bearer(chain.server)
    assert other_instance.get(HOME, headers=server).status_code == 200
    keys_of(shop).revoke(chain.server.key.key_id)
    assert other_instance.get(HOME, headers=server).status_code == 200
    shop.clock.advance(seconds=1)
    assert other_instance.get(HOME, headers=server).status_code == 401


class ReturningStore(MemoryStore):
    """A store that was down when the worker started."""

    is_down = True

    def keys_number(self) -> int:
        if self.is_down:
            raise DOWN
        return super().keys_number()


def test_worker_that_never_read_the_keys_takes_none_for_a_bad_one(shop: Shop) -> None:
    store = ReturningStore()
    server = Keys(store, SECRET, shop.clock).create_secret("server", [])
    beacon = {"events": [EVENT | {"visitor": {"id": "v"}}], "key": server.text}
    with Client(api_of(shop, keys=LiveKeys(store, shop.clock))) as client:
        asked = [
            client.get(HOME, headers=bearer(server)),
            client.get(HOME, headers=bearer("sk_no-key")),
            client.get(HOME),
            client.post("/v1/events", content=json.dumps(beacon), headers={"Content-Type": "text/plain"}),
        ]
        assert [fault(answer) for answer in asked] == [(503, "store-unavailable")] * 4
        assert all(int(answer.headers["retry-after"]) > 0 for answer in asked)
        assert client.get("/livez").status_code == 200
        store.is_down = False
        assert client.get(HOME, headers=bearer(server)).status_code == 200
        assert client.get(HOME, headers=bearer("sk_no-key")).status_code == 401
