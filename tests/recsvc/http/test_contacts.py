"""`POST /v1/contacts`: an address is asked about, and the answer tells nothing of it."""

import asyncio
from collections.abc import Iterator
from typing import Any

import pytest
from litestar.testing import TestClient

from recsvc.domain.purposes import CONSENT_MODE
from recsvc.http.signing import issue_anonymous_id
from recsvc.serving.confirmation_token import write_token
from tests.recsvc.http.conftest import Client, api_of
from tests.recsvc.http.keys import ORIGIN, KeyChain, bearer
from tests.shop import SECRET, Shop

ADA = {"visitor": {"id": "ada"}, "address": "ada@example.com", "purpose": "newsletter", "policy": "2026-04"}


def ask(client: Client, **changes: Any) -> Any:
    return client.post("/v1/contacts", json=ADA | changes)


def test_an_address_is_asked_about_and_nothing_else_happens(client: Client, shop: Shop) -> None:
    answer = ask(client)
    assert (answer.status_code, answer.json()) == (
        202,
        {"state": "waiting", "expires_at": "2026-04-03T12:00:00Z"},
    )
    (contact,) = shop.store.contacts_of({"ada"})
    assert (contact.address, contact.locale, contact.keep_days) == ("ada@example.com", "en", None)
    whose = {"Recsvc-Visitor": "id=ada"}
    assert client.get("/v1/visitors/me/consents", headers=whose).json() == {"consents": {}}
    (kept,) = client.get("/v1/visitors/me/export", headers=whose).json()["contacts"]
    assert kept["address"] == "ada@example.com"


def test_the_answer_does_not_say_whether_an_address_is_known(client: Client, shop: Shop) -> None:
    first = ask(client)
    assert ask(client).json() == ask(client, visitor={"id": "bob"}).json() == first.json()
    assert len(shop.store.contacts_of({"ada", "bob"})) == 2


def test_who_has_confirmed_is_told_so_without_an_end(client: Client, shop: Shop) -> None:
    ask(client)
    (contact,) = shop.store.contacts_of({"ada"})
    asyncio.run(shop.contacts.confirm(write_token(SECRET, contact.contact_id, contact.expires_at or 0.0)))
    shop.clock.advance(days=9)
    assert ask(client).json() == {"state": "confirmed"}
    assert ask(client, policy="2026-05").json() == {"state": "waiting", "expires_at": "2026-04-12T12:00:00Z"}
    assert ask(client, visitor={"id": "bob"}).json()["state"] == "waiting"


@pytest.mark.parametrize(
    ("changes", "pointer"),
    [
        ({"address": "ada"}, "/address"),
        ({"address": "a@example.com,b@example.com"}, "/address"),
        ({"address": "a@example.com\nBcc: b@example.com"}, "/address"),
        ({"purpose": "share"}, "/purpose"),
        ({"purpose": "personalise"}, "/purpose"),
        ({"purpose": "Win a car at http://evil.example"}, "/purpose"),
        ({"purpose": "family", "policy": "1"}, "/policy"),
        ({"policy": "see evil.example/now"}, "/policy"),
        ({"visitor": {}}, "/visitor"),
    ],
)
def test_what_cannot_be_asked_is_pointed_at(client: Client, changes: dict[str, Any], pointer: str) -> None:
    answer = ask(client, **changes)
    assert answer.status_code == 400
    assert [fault["pointer"] for fault in answer.json()["errors"]] == [pointer]


@pytest.mark.parametrize("word", [*CONSENT_MODE, "ad_storage", "analytics_storage", "security_storage"])
def test_no_address_is_given_for_a_word_of_consent_mode(client: Client, shop: Shop, word: str) -> None:
    answer = ask(client, purpose=word)
    assert (answer.status_code, answer.json()["errors"][0]["pointer"]) == (400, "/purpose")
    assert shop.store.contacts_of({"ada"}) == []


def test_a_purpose_of_a_quiz_keeps_the_address_as_long_as_the_quiz_says(client: Client, shop: Shop) -> None:
    assert ask(client, purpose="family", policy="2", locale="ja").status_code == 202
    (contact,) = shop.store.contacts_of({"ada"})
    assert (contact.keep_days, contact.locale) == (10, "ja")
    assert shop.contacts.wording(contact, "ja") == "十日"


def test_a_browser_asks_for_purposes_that_a_quiz_words_and_a_server_for_any(
    client: Client, shop: Shop
) -> None:
    chain = KeyChain(shop)
    by_page, by_server = bearer(chain.browser, ORIGIN), bearer(chain.server)
    browser = {"visitor": {"anonymous_id": issue_anonymous_id(SECRET)}}
    refused = client.post("/v1/contacts", json=ADA | browser, headers=by_page)
    assert (refused.status_code, refused.json()["errors"][0]["pointer"]) == (400, "/purpose")
    family = ADA | browser | {"purpose": "family"}
    assert client.post("/v1/contacts", json=family | {"policy": "1"}, headers=by_page).status_code == 400
    assert client.post("/v1/contacts", json=family | {"policy": "2"}, headers=by_page).status_code == 202
    assert client.post("/v1/contacts", json=ADA, headers=by_server).status_code == 202
    unworded = {name: value for name, value in ADA.items() if name != "policy"}
    assert client.post("/v1/contacts", json=unworded, headers=by_server).status_code == 400


def test_too_many_messages_to_one_address_are_refused(client: Client) -> None:
    for number in range(3):
        assert ask(client, visitor={"id": f"v{number}"}).status_code == 202
    answer = ask(client, visitor={"id": "v3"})
    assert (answer.status_code, answer.json()["type"]) == (429, "/problems/too-many-messages")
    assert answer.headers["retry-after"] == "86400"


@pytest.fixture
def silent(shop: Shop) -> Iterator[Client]:
    """A service without a mailer."""
    with TestClient(api_of(Shop(shop.directory / "silent", sends=False).open())) as client:
        yield client


def test_without_a_mailer_no_address_is_taken(silent: Client) -> None:
    answer = ask(silent)
    assert (answer.status_code, answer.json()["type"]) == (503, "/problems/no-mailer")


def test_messages_that_wait_are_among_the_metrics(client: Client) -> None:
    ask(client)
    assert 'recsvc_outbox_waiting{destination="contacts"} 1.0' in client.get("/metrics").text
