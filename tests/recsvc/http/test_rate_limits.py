"""Requests a minute: per key, visitor and address, each by itself; a refusal says when to come back."""

from collections.abc import Callable, Iterator
from contextlib import ExitStack
from typing import Any

import pytest
from limits.aio.storage import Storage

from recsvc.domain.limits import Limits
from recsvc.http.signing import issue_anonymous_id
from recsvc.stores.request_counts import LocalCounts
from tests.recsvc.http.conftest import Client, api_of
from tests.recsvc.http.keys import ORIGIN, KeyChain, bearer
from tests.recsvc.serving.test_quiz_steps import EXTENDED
from tests.shop import SECRET, Shop

HOME = "/v1/slates/home"
Open = Callable[..., Client]


@pytest.fixture
def chain(shop: Shop) -> KeyChain:
    return KeyChain(shop)


@pytest.fixture
def service(shop: Shop) -> Iterator[Open]:
    """A service with limits of one's own; several may share their counts."""
    with ExitStack() as opened:

        def open_service(counts: Storage | None = None, **limits: Any) -> Client:
            app = api_of(shop, limits=Limits(**limits), counts=counts or LocalCounts())
            return opened.enter_context(Client(app))

        yield open_service


def stranger() -> dict[str, str]:
    return {"Recsvc-Visitor": f"anonymous_id={issue_anonymous_id(SECRET)}"}


def statuses(client: Client, *headers: dict[str, str]) -> list[int]:
    return [client.get(HOME, headers=one).status_code for one in headers]


def test_key_that_asks_too_often_is_told_when_to_come_back(service: Open, chain: KeyChain) -> None:
    client, by_server = service(secret_per_minute=3), bearer(chain.server)
    assert statuses(client, *[by_server] * 3) == [200] * 3
    answer = client.get(HOME, headers=by_server)
    assert (answer.status_code, answer.json()["type"]) == (429, "/problems/too-many-requests")
    seconds = int(answer.headers["retry-after"])
    assert 1 <= seconds <= 60
    assert answer.headers["ratelimit-policy"] == '"key";q=3;w=60'
    assert answer.headers["ratelimit"] == f'"key";r=0;t={seconds}'


def test_every_key_has_its_own_limit(service: Open, chain: KeyChain) -> None:
    client = service(secret_per_minute=2)
    other = chain.keys.create_secret("other", [])
    assert statuses(client, *[bearer(chain.server)] * 3) == [200, 200, 429]
    assert statuses(client, bearer(other), bearer(chain.browser, ORIGIN)) == [200, 200]


def test_visitor_of_a_browser_is_limited_alone(service: Open, chain: KeyChain) -> None:
    client, by_page = service(visitor_per_minute=2), bearer(chain.browser, ORIGIN)
    ada = by_page | stranger()
    assert statuses(client, ada, ada, ada) == [200, 200, 429]
    assert statuses(client, by_page | stranger(), by_page) == [200, 200]
    by_server = bearer(chain.server) | {"Recsvc-Visitor": "id=ada"}
    assert statuses(client, *[by_server] * 5) == [200] * 5


def test_visitor_is_counted_wherever_it_is_named(service: Open, chain: KeyChain) -> None:
    client, by_page = service(visitor_per_minute=4), bearer(chain.browser, ORIGIN)
    visitor = {"anonymous_id": issue_anonymous_id(SECRET)}
    event = {"event_id": "1", "kind": "search", "visitor": visitor}
    calls = [
        ("/v1/slates", {"visitor": visitor, "placements": [{"id": "home"}]}),
        ("/v1/quizzes/tea/sessions", {"visitor": visitor}),
        ("/v1/events", {"events": [event, event | {"event_id": "2"}]}),
    ]
    assert [client.post(path, json=body, headers=by_page).status_code for path, body in calls] == [
        200,
        201,
        200,
    ]
    named = by_page | {"Recsvc-Visitor": f"anonymous_id={visitor['anonymous_id']}"}
    assert statuses(client, named, named) == [200, 429]
    assert [client.post(path, json=body, headers=by_page).status_code for path, body in calls] == [429] * 3


def test_address_is_limited_over_all_its_visitors_and_guesses(service: Open, chain: KeyChain) -> None:
    client, by_page = service(address_per_minute=3), bearer(chain.browser, ORIGIN)
    found = statuses(client, by_page | stranger(), bearer("sk_guessed"), {}, {}, by_page | stranger())
    assert found == [200, 401, 401, 429, 429]
    assert statuses(client, *[bearer(chain.server)] * 5) == [200] * 5


def test_pages_are_limited_by_address_and_health_is_not(service: Open, chain: KeyChain) -> None:
    assert chain.server.key.scopes
    client = service(address_per_minute=2)
    assert [client.get("/problems").status_code for _ in range(3)] == [200, 200, 429]
    assert {client.get("/livez").status_code for _ in range(5)} == {200}


def test_service_without_keys_counts_nothing(service: Open) -> None:
    client = service(address_per_minute=1, visitor_per_minute=1)
    assert statuses(client, *[{"Recsvc-Visitor": "id=ada"}] * 5) == [200] * 5


def test_owners_of_addresses_are_asked_from_one_place_so_often(
    service: Open, chain: KeyChain, shop: Shop
) -> None:
    shop.publish(EXTENDED)
    client, by_page = service(contacts_per_minute=2), bearer(chain.browser, ORIGIN)
    wish = {"visitor": {"id": "ada"}, "address": "ada@example.com", "purpose": "family", "policy": "2"}

    def wished(number: int) -> Any:
        visitor = {"anonymous_id": issue_anonymous_id(SECRET)}
        body = wish | {"visitor": visitor, "address": f"{number}@example.com"}
        return client.post("/v1/contacts", json=body, headers=by_page)

    def answered() -> Any:
        visitor = {"anonymous_id": issue_anonymous_id(SECRET)}
        body = {"visitor": visitor, "locale": "en"}
        session = client.post("/v1/quizzes/tea/sessions", json=body, headers=by_page).json()["session"]
        path = f"/v1/quiz-sessions/{session}/answers"
        for question in ("drink", "strength", "kids"):
            client.put(f"{path}/{question}", json={"skip": True}, headers=by_page)
        value = {"via": "email", "address": "quiz@example.com"}
        return client.put(f"{path}/keep", json={"value": value}, headers=by_page)

    assert [wished(0).status_code, answered().status_code] == [202, 200]
    for refused in (wished(1), answered()):
        assert (refused.status_code, refused.json()["type"]) == (429, "/problems/too-many-requests")
        assert 1 <= int(refused.headers["retry-after"]) <= 60
        assert refused.headers["ratelimit-policy"] == '"contact";q=2;w=60'
    assert shop.store.notice_depth().waiting == 2
    assert client.post("/v1/contacts", json=wish, headers=bearer(chain.server)).status_code == 202
    assert statuses(client, by_page) == [200]


def test_refusal_is_counted_in_the_metrics(service: Open, chain: KeyChain) -> None:
    client = service(visitor_per_minute=1)
    ada = bearer(chain.browser, ORIGIN) | stranger()
    statuses(client, ada, ada, ada)
    text = client.get("/metrics", headers=bearer(chain.server)).text
    assert 'recsvc_http_limited_total{limit="visitor"} 2.0' in text


class BrokenCounts(LocalCounts):
    """Counts that do not answer."""

    asked = 0

    async def acquire_sliding_window_entry(self, key: str, limit: int, expiry: int, amount: int = 1) -> bool:
        self.asked += 1
        raise ConnectionError((key, limit, expiry, amount))


def test_without_the_counts_requests_go_on_and_are_not_slowed(
    service: Open, chain: KeyChain, caplog: pytest.LogCaptureFixture
) -> None:
    counts = BrokenCounts()
    client, by_server = service(counts, secret_per_minute=1), bearer(chain.server)
    assert statuses(client, *[by_server] * 4) == [200] * 4
    assert counts.asked == 1
    warnings = [record for record in caplog.records if record.getMessage() == "limits_unavailable"]
    assert len(warnings) == 1
    chain.shop.clock.advance(seconds=6)
    assert "recsvc_limits_unavailable_total 2.0" in client.get("/metrics", headers=by_server).text
