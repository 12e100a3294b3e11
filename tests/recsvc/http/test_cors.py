"""Pages of other origins: only those of publishable keys may read, and caches are told."""

from typing import Any

import pytest

from tests.recsvc.http.conftest import Client
from tests.recsvc.http.keys import ORIGIN, KeyChain, bearer
from tests.shop import Shop

ELSEWHERE = "https://elsewhere.example"
ALLOW = "access-control-allow-origin"


@pytest.fixture
def chain(shop: Shop) -> KeyChain:
    return KeyChain(shop)


def preflight(client: Client, path: str, origin: str, method: str = "POST") -> Any:
    asked = {"Access-Control-Request-Method": method, "Access-Control-Request-Headers": "authorization"}
    return client.options(path, headers={"Origin": origin} | asked)


@pytest.mark.parametrize(
    ("path", "method"),
    [
        ("/v1/slates", "POST"),
        ("/v1/slates/home", "GET"),
        ("/v1/events", "POST"),
        ("/v1/quiz-sessions/x/answers/y", "PUT"),
        ("/v1/visitors/me/facts", "PATCH"),
    ],
)
def test_preflight_of_a_page_with_a_key_is_answered(
    client: Client, chain: KeyChain, path: str, method: str
) -> None:
    answer = preflight(client, path, ORIGIN, method)
    assert (answer.status_code, answer.headers[ALLOW]) == (204, ORIGIN)
    assert method in answer.headers["access-control-allow-methods"]
    allowed = answer.headers["access-control-allow-headers"].lower()
    assert all(name in allowed for name in ("authorization", "content-type", "recsvc-visitor"))
    assert answer.headers["access-control-max-age"] == "86400"
    assert answer.headers["vary"] == "Origin"
    assert "access-control-allow-credentials" not in answer.headers
    assert chain.browser.key.origins == (ORIGIN,)


@pytest.mark.parametrize("origin", [ELSEWHERE, "null", ORIGIN + ".evil.example", "http://shop.example"])
def test_preflight_of_another_page_is_not(client: Client, chain: KeyChain, origin: str) -> None:
    assert origin not in chain.browser.key.origins
    answer = preflight(client, "/v1/slates", origin)
    assert [name for name in answer.headers if name.startswith("access-control")] == []
    assert answer.headers["vary"] == "Origin"


@pytest.mark.parametrize("origin", [ORIGIN, ELSEWHERE, None])
def test_every_answer_varies_by_origin(client: Client, chain: KeyChain, origin: str | None) -> None:
    answer = client.get("/v1/slates/home", headers=bearer(chain.browser, origin))
    assert answer.headers["vary"] == "Origin"
    assert answer.headers.get(ALLOW) == (ORIGIN if origin == ORIGIN else None)


def test_refusal_can_be_read_by_the_page(client: Client, chain: KeyChain) -> None:
    assert chain.browser.key.origins == (ORIGIN,)
    answer = client.get("/v1/slates/nowhere", headers={"Origin": ORIGIN})
    assert (answer.status_code, answer.headers[ALLOW]) == (401, ORIGIN)
    exposed = answer.headers["access-control-expose-headers"].lower()
    assert all(name in exposed for name in ("retry-after", "www-authenticate", "x-request-id"))


def test_revoked_key_takes_its_origins_along(client: Client, chain: KeyChain) -> None:
    chain.keys.revoke(chain.browser.key.key_id)
    assert ALLOW not in preflight(client, "/v1/slates", ORIGIN).headers


def test_pages_of_the_service_are_for_its_own_origin(client: Client, chain: KeyChain) -> None:
    assert chain.browser.key.origins == (ORIGIN,)
    for path in ("/docs", "/livez", "/problems"):
        assert ALLOW not in client.get(path, headers={"Origin": ORIGIN}).headers
