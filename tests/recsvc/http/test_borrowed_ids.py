"""A browser's id that was joined with a customer, once nobody vouches for who sits there."""

import asyncio
from typing import Any

import pytest

from recsvc.domain.contacts import email_identity
from recsvc.domain.events import EventKind
from recsvc.domain.identity import Identity, IdentityKind
from recsvc.domain.profile import FactValue
from recsvc.http.signing import issue_anonymous_id
from recsvc.serving.confirmation_token import write_token
from recsvc.serving.contacts import Wish
from tests.artifacts import NOW
from tests.recsvc.http.conftest import Client, api_of
from tests.recsvc.http.keys import ORIGIN, KeyChain, bearer
from tests.shop import SECRET, TEA_QUIZ, Shop

OWN = issue_anonymous_id(SECRET)
BORROWED = {"anonymous_id": OWN}
CONSENTS = "/v1/visitors/me/consents"
TOUCHPOINT = b"""
[[touchpoints]]
id = "product"
page = "product"
ask = ["strength"]
"""


@pytest.fixture
def shop(shop: Shop) -> Shop:
    """A shop that knows this browser as Ada's."""
    shop.happen("ada", EventKind.IDENTIFY, identities=(Identity(IdentityKind.ANONYMOUS, OWN),))
    shop.happen("ada", EventKind.CONSENT, consent={"share": False, "news": True}, days_ago=1)
    return shop


@pytest.fixture
def chain(shop: Shop) -> KeyChain:
    """The keys of the shop."""
    return KeyChain(shop)


def granted(shop: Shop) -> dict[str, bool]:
    found = shop.store.read_visitor("ada").profile.consents
    return {purpose: one.granted for purpose, one in found.items()}


def report(client: Client, key: dict[str, str], **event: Any) -> tuple[str, str | None]:
    body = {"events": [{"event_id": "e", "visitor": BORROWED, **event}]}
    (verdict,) = client.post("/v1/events", json=body, headers=key).json()["results"]
    return verdict["verdict"], verdict["code"]


def say(client: Client, chain: KeyChain, whose: str, **consent: bool) -> Any:
    headers = bearer(chain.browser, ORIGIN) | {"Recsvc-Visitor": whose}
    return client.put(CONSENTS, json={"consent": consent}, headers=headers)


def test_event_grants_nothing_and_withdraws_all_the_same(shop: Shop, chain: KeyChain) -> None:
    with Client(api_of(shop)) as client:
        key = bearer(chain.browser, ORIGIN)
        told = report(client, key, kind="consent", consent={"share": True})
        assert told == ("ignored", "not_signed_in")
        assert granted(shop) == {"share": False, "news": True}
        told = report(client, key, kind="consent", consent={"share": True, "news": False})
        assert told == ("accepted", None)
        assert granted(shop) == {"share": False, "news": False}


def test_consent_that_comes_along_with_a_view_is_not_granted(shop: Shop, chain: KeyChain) -> None:
    with Client(api_of(shop)) as client:
        view = {"kind": "view", "item_id": "item-01", "consent": {"share": True}}
        assert report(client, bearer(chain.browser, ORIGIN), **view) == ("accepted", None)
        assert granted(shop)["share"] is False


def test_shops_server_vouches_for_a_grant(shop: Shop, chain: KeyChain) -> None:
    with Client(api_of(shop)) as client:
        told = report(client, bearer(chain.server), kind="consent", consent={"share": True})
        assert told == ("accepted", None)
        assert granted(shop)["share"] is True


def test_foreign_message_grants_nothing_either(shop: Shop, chain: KeyChain) -> None:
    call: dict[str, Any] = {"anonymousId": OWN, "event": "Product Viewed", "messageId": "1"}
    call["properties"] = {"product_id": "item-01"}
    call["context"] = {"consent": {"categoryPreferences": {"ad_user_data": True}}}
    with Client(api_of(shop)) as client:
        headers = bearer(chain.browser, ORIGIN)
        client.post("/ingest/segment/v1/track", json=call, headers=headers)
        assert granted(shop) == {"share": False, "news": True}


def test_page_withdraws_without_a_token_and_is_told_no_more(shop: Shop, chain: KeyChain) -> None:
    with Client(api_of(shop)) as client:
        assert say(client, chain, f"anonymous_id={OWN}", share=True).status_code == 403
        assert say(client, chain, f"anonymous_id={OWN}", news=False, share=True).status_code == 403
        assert granted(shop) == {"share": False, "news": True}
        told = say(client, chain, f"anonymous_id={OWN}", news=False)
        assert set(told.json()["consents"]) == {"news"}
        assert granted(shop)["news"] is False
        assert say(client, chain, f"token={chain.token('ada')}", share=True).status_code == 200
        assert granted(shop)["share"] is True


def take_quiz(client: Client, headers: dict[str, str]) -> Any:
    """Answer the tea quiz as far as its question under an opt-in purpose."""
    begun = client.post("/v1/quizzes/tea/sessions", json={"visitor": BORROWED}, headers=headers).json()
    view, said = begun, {"drink": "coffee", "kids": "yes"}
    while view["question"]:
        asked = view["question"]["id"]
        answer = {"value": said[asked]} if asked in said else {"skip": True}
        path = f"/v1/quiz-sessions/{begun['session']}/answers/{asked}"
        view = client.put(path, json=answer, headers=headers).json()
    return view


def test_answer_that_needs_a_grant_counts_for_the_session_alone(shop: Shop, chain: KeyChain) -> None:
    shop.happen("ada", EventKind.CONSENT, consent={"family": True})
    with Client(api_of(shop)) as client:
        view = take_quiz(client, bearer(chain.browser, ORIGIN))
        assert {"drink", "kids"} <= set(view["answers"])
        profile = shop.store.read_visitor("ada").profile
        assert set(profile.facts) == {"drink"}
        events = shop.store.read_events({EventKind.CONSENT})
        assert [event.source for event in events if event.step] == []


def test_answer_with_the_token_is_kept(shop: Shop, chain: KeyChain) -> None:
    with Client(api_of(shop)) as client:
        headers = bearer(chain.browser, ORIGIN) | {"Recsvc-Visitor": f"token={chain.token('ada')}"}
        take_quiz(client, headers)
        assert set(shop.store.read_visitor("ada").profile.facts) == {"drink", "kids"}
        assert granted(shop)["family"] is True


def test_answer_that_the_shops_server_passes_on_is_kept(shop: Shop, chain: KeyChain) -> None:
    with Client(api_of(shop)) as client:
        take_quiz(client, bearer(chain.server))
        assert set(shop.store.read_visitor("ada").profile.facts) == {"drink", "kids"}


def test_whom_the_shop_knows_by_a_card_alone_has_nothing_else_to_say_yes_with(
    shop: Shop, chain: KeyChain
) -> None:
    browser = issue_anonymous_id(SECRET)
    shop.happen("card:7", EventKind.IDENTIFY, identities=(Identity(IdentityKind.ANONYMOUS, browser),))
    with Client(api_of(shop)) as client:
        told = say(client, chain, f"anonymous_id={browser}", news=True)
        assert (told.status_code, set(told.json()["consents"])) == (200, {"news"})
        headers = bearer(chain.browser, ORIGIN) | {"Recsvc-Visitor": f"anonymous_id={browser}"}
        assert client.get("/v1/visitors/me/facts", headers=headers).status_code == 403
    assert shop.store.read_visitor("card:7").profile.consents["news"].granted


def test_slate_names_no_answer_that_might_be_sensitive(shop: Shop, chain: KeyChain) -> None:
    said = FactValue(
        ("dry",), NOW.timestamp(), "personalise", quiz="unpublished", revision=1, question="skin"
    )
    shop.happen("ada", EventKind.QUESTION_ANSWERED, fact="skin", value=said)
    with Client(api_of(shop)) as client:

        def basis(whose: str) -> str:
            headers = bearer(chain.browser, ORIGIN) | {"Recsvc-Visitor": whose}
            return str(client.get("/v1/slates/home", headers=headers).json()["basis"])

        assert basis(f"token={chain.token('ada')}") == "quiz"
        assert basis(f"anonymous_id={OWN}") == "popular"


def test_address_that_is_given_there_is_never_the_customers(shop: Shop) -> None:
    async def give_and_confirm() -> None:
        contact = await shop.contacts.ask(f"anon:{OWN}", Wish("eve@example.com", "mail", "2", "en"))
        await shop.contacts.confirm(write_token(SECRET, contact.contact_id, contact.expires_at or 0.0))

    asyncio.run(give_and_confirm())
    name = email_identity("eve@example.com").visitor_id
    assert shop.store.names(name) == {name}
    assert "mail" not in granted(shop)
    assert shop.store.read_visitor(name).profile.consents["mail"].granted


def answer_as_ada(client: Client, chain: KeyChain, **said: str) -> str:
    """Begin the tea quiz with Ada's token and answer in it; the session."""
    token = chain.token("ada")
    headers = bearer(chain.browser, ORIGIN) | {"Recsvc-Visitor": f"token={token}"}
    begin = {"visitor": {"token": token}}
    session = client.post("/v1/quizzes/tea/sessions", json=begin, headers=headers).json()["session"]
    for question, value in said.items():
        path = f"/v1/quiz-sessions/{session}/answers/{question}"
        assert client.put(path, json={"value": value}, headers=headers).status_code == 200
    return str(session)


def test_touchpoint_asks_as_if_nothing_had_been_answered(shop: Shop, chain: KeyChain) -> None:
    spoken = TEA_QUIZ.replace(b"revision = 1", b"revision = 2").replace(
        b"How strong?", b"{drink}. How strong?"
    )
    shop.publish(spoken + TOUCHPOINT)
    with Client(api_of(shop)) as client:

        def title(whose: str) -> str | None:
            headers = bearer(chain.browser, ORIGIN) | {"Recsvc-Visitor": whose}
            question = client.get("/v1/touchpoints/product", headers=headers).json()["question"]
            return question["title"] if question else None

        answer_as_ada(client, chain, drink="coffee")
        hers = f"token={chain.token('ada')}"
        assert title(hers) == "Coffee. How strong?"
        assert title(f"anonymous_id={OWN}") is None


def test_session_that_was_begun_with_the_token_is_not_opened_without(shop: Shop, chain: KeyChain) -> None:
    with Client(api_of(shop)) as client:
        session = f"/v1/quiz-sessions/{answer_as_ada(client, chain, drink='tea', kids='yes')}"
        stranger = bearer(chain.browser, ORIGIN) | {"Recsvc-Visitor": f"anonymous_id={OWN}"}
        answer = f"{session}/answers/kids"
        tried = [
            client.get(session, headers=stranger),
            client.put(answer, json={"value": "no"}, headers=stranger),
            client.put(answer, json={"value": "no", "visitor": BORROWED}, headers=stranger),
            client.delete(answer, headers=stranger),
            client.post(f"{session}/finish", headers=stranger),
        ]
        assert [one.status_code for one in tried] == [404] * 5
        server = bearer(chain.server) | {"Recsvc-Visitor": f"anonymous_id={OWN}"}
        assert client.get(session, headers=server).json()["answers"]["kids"]["value"] == "yes"
        assert client.post(f"{session}/finish", headers=server).status_code == 200
        begun_here = take_quiz(client, stranger)["session"]
        assert client.get(f"/v1/quiz-sessions/{begun_here}", headers=stranger).status_code == 200


def test_taking_an_answer_back_takes_none_that_was_given_with_the_token(shop: Shop, chain: KeyChain) -> None:
    with Client(api_of(shop)) as client:
        answer_as_ada(client, chain, drink="tea", kids="yes")
        stranger = bearer(chain.browser, ORIGIN) | {"Recsvc-Visitor": f"anonymous_id={OWN}"}
        answer = f"/v1/quiz-sessions/{take_quiz(client, stranger)['session']}/answers/kids"
        assert client.delete(answer, headers=stranger).status_code == 200
        assert shop.store.read_visitor("ada").profile.facts["kids"].values == ("yes",)
