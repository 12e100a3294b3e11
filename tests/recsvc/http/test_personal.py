"""One's own data over HTTP: consents, everything that is kept, and its end; names that are one visitor's."""

from collections.abc import Iterator
from typing import Any

import pytest

from recsvc.domain.events import EventKind
from recsvc.http.signing import issue_anonymous_id
from tests.recsvc.http.conftest import Client, api_of
from tests.recsvc.http.keys import ORIGIN, KeyChain, bearer
from tests.shop import SECRET, Shop

ADA = {"Recsvc-Visitor": "id=ada"}


def post(client: Client, kind: str, visitor: dict[str, str], headers: Any = None, **more: Any) -> Any:
    number = getattr(client, "numbered", 0)
    client.numbered = number + 1  # type: ignore[attr-defined]
    event = {"event_id": f"h{number}", "kind": kind, "visitor": visitor, **more}
    answer = client.post("/v1/events", json={"events": [event]}, headers=headers)
    assert answer.status_code == 200, answer.text
    (result,) = answer.json()["results"]
    return result


def items(shop: Shop, name: str) -> list[str]:
    return [one.item_id for one in shop.store.read_visitor(name).profile.recent]


def test_consents_are_said_and_seen_with_their_proof(client: Client, shop: Shop) -> None:
    body = {
        "consent": {"mail": True, "personalization_storage": "denied"},
        "wording": {"policy": "7", "locale": "ja", "proof": "footer"},
    }
    said = client.put("/v1/visitors/me/consents", json=body, headers=ADA)
    assert said.status_code == 200, said.text
    assert {name: one["granted"] for name, one in said.json()["consents"].items()} == {
        "mail": True,
        "personalise": False,
    }
    assert client.get("/v1/visitors/ada/consents").json() == said.json()
    (event,) = shop.store.events_of({"ada"})
    assert event.wording is not None
    assert (event.wording.policy, event.wording.locale, event.wording.proof) == ("7", "ja", "footer")


def test_withdrawal_holds_from_the_next_request(client: Client) -> None:
    post(client, "purchase", {"id": "ada"}, item_id="item-01")
    assert client.get("/v1/slates/home", headers=ADA).json()["basis"] == "history"
    client.put("/v1/visitors/me/consents", json={"consent": {"personalise": False}}, headers=ADA)
    assert client.get("/v1/slates/home", headers=ADA).json()["basis"] == "popular"


def test_export_and_erasure(client: Client, shop: Shop) -> None:
    post(client, "view", {"anonymous_id": "browser"}, item_id="item-01")
    post(
        client, "identify", {"id": "ada"},
        identities=[{"kind": "anonymous", "value": "browser"}, {"kind": "loyalty_card", "value": "7"}],
    )  # fmt: skip
    told = client.get("/v1/visitors/me/export", headers={"Recsvc-Visitor": "loyalty_card=7"}).json()
    assert told["visitor_id"] == "ada"
    assert [event["kind"] for event in told["events"]] == ["view", "identify"]
    gone = client.delete("/v1/visitors/card:7")
    assert gone.json() == {"names": 3, "events": 2}
    assert list(shop.store._log) == []
    assert client.get("/v1/visitors/me/export", headers=ADA).json()["events"] == []


def test_card_used_at_the_till_moves_the_site_at_the_next_request(client: Client) -> None:
    post(client, "identify", {"id": "ada"}, identities=[{"kind": "loyalty_card", "value": "7"}])
    assert client.get("/v1/slates/home", headers=ADA).json()["basis"] == "popular"
    post(client, "purchase", {"loyalty_card": "7"}, item_id="item-01", channel="pos", store_id="s1")
    assert client.get("/v1/slates/home", headers=ADA).json()["basis"] == "history"


def test_names_part_again(client: Client, shop: Shop) -> None:
    card = [{"kind": "loyalty_card", "value": "7"}]
    post(client, "identify", {"id": "ada"}, identities=card)
    post(client, "purchase", {"loyalty_card": "7"}, item_id="item-01")
    post(client, "identify", {"id": "ada"}, identities=card, parted=True)
    assert items(shop, "ada") == []
    assert items(shop, "card:7") == ["item-01"]


@pytest.mark.parametrize(
    ("more", "code", "pointer"),
    [
        ({}, "missing_field", "identities"),
        ({"identities": []}, "out_of_range", "identities"),
        ({"identities": [{"kind": "phone", "value": "1"}]}, "unknown_value", "identities/0/kind"),
        ({"identities": [{"kind": "email_sha256", "value": "a@b.example"}]}, "invalid_value", "identities"),
        ({"identities": [{"kind": "customer", "value": "card:7"}]}, "invalid_value", "identities"),
    ],
)
def test_faulty_identify_is_rejected_with_code_and_pointer(
    client: Client, more: Any, code: str, pointer: str
) -> None:
    result = post(client, "identify", {"id": "ada"}, **more)
    assert (result["verdict"], result["code"]) == ("rejected", code)
    assert result["pointer"] == f"/events/0/{pointer}"


def test_identities_belong_to_identify_alone(client: Client) -> None:
    card = [{"kind": "loyalty_card", "value": "7"}]
    assert post(client, "view", {"id": "ada"}, item_id="i", identities=card)["code"] == "unexpected"


def test_customer_id_in_the_form_of_another_name_is_refused(client: Client) -> None:
    assert client.get("/v1/slates/home", headers={"Recsvc-Visitor": "id=card:7"}).status_code == 400


@pytest.mark.parametrize(
    ("headers", "context"),
    [
        ({"Sec-GPC": "1"}, {}),
        ({}, {"consent": {"personalization_storage": "denied"}}),
        ({}, {"consent": {"personalise": False}}),
    ],
)
def test_without_consent_nothing_is_read_or_kept(
    client: Client, shop: Shop, headers: dict[str, str], context: Any
) -> None:
    post(client, "purchase", {"id": "ada"}, item_id="item-01")
    before = list(shop.store._log)
    page = {"visitor": {"id": "ada"}, "placements": [{"id": "home"}], "context": context}
    answer = client.post("/v1/slates", json=page, headers=headers)
    assert answer.json()["slates"][0]["basis"] == "popular"
    assert "set-cookie" not in answer.headers
    event = {"event_id": "x", "kind": "view", "visitor": {"id": "ada"}, "item_id": "item-02"}
    batch = {"events": [event], "context": context}
    (result,) = client.post("/v1/events", json=batch, headers=headers).json()["results"]
    assert (result["verdict"], result["code"]) == ("ignored", "no_consent")
    assert list(shop.store._log) == before


def test_state_that_is_said_with_every_event_is_written_once(client: Client, shop: Shop) -> None:
    for item_id in ("item-01", "item-02"):
        post(client, "view", {"id": "ada"}, item_id=item_id, consent={"ad_user_data": "granted"})
    assert [event.consent for event in shop.store._log] == [{"share": True}, None]


class World:
    """A service with keys."""

    def __init__(self, shop: Shop, client: Client) -> None:
        self.shop, self.client, self.chain = shop, client, KeyChain(shop)
        self.browser = bearer(self.chain.browser, ORIGIN)

    def verdict(self, visitor: dict[str, str], *identities: tuple[str, str]) -> tuple[str, str | None]:
        told = [{"kind": kind, "value": value} for kind, value in identities]
        result = post(self.client, "identify", visitor, self.browser, identities=told)
        return result["verdict"], result["code"]


@pytest.fixture
def world(shop: Shop) -> Iterator[World]:
    with Client(api_of(shop)) as client:
        yield World(shop, client)


def test_browser_joins_only_what_is_proven(world: World) -> None:
    own = issue_anonymous_id(SECRET)
    token = {"token": world.chain.token("ada")}
    assert world.verdict({"anonymous_id": own}, ("customer", "ada")) == ("rejected", "not_allowed")
    assert world.verdict({"anonymous_id": own}, ("loyalty_card", "7")) == ("rejected", "not_allowed")
    assert world.verdict(token, ("anonymous", "made-up")) == ("rejected", "not_allowed")
    assert world.verdict(token, ("anonymous", own)) == ("accepted", None)
    assert world.shop.store.names("ada") == {"ada", f"anon:{own}"}


def test_browsers_id_reads_nothing_of_the_customer_it_was_joined_with(world: World) -> None:
    own = issue_anonymous_id(SECRET)
    browser = world.browser | {"Recsvc-Visitor": f"anonymous_id={own}"}
    address = "/v1/visitors/me/export"
    assert world.client.get(address, headers=browser).status_code == 200
    world.verdict({"token": world.chain.token("ada")}, ("anonymous", own))
    for method, path in (("get", address), ("get", "/v1/visitors/me/facts"), ("delete", "/v1/visitors/me")):
        assert world.client.request(method, path, headers=browser).status_code == 403
    customer = world.browser | {"Recsvc-Visitor": f"token={world.chain.token('ada')}"}
    assert world.client.get(address, headers=customer).json()["visitor_id"] == "ada"


def test_quiz_tells_a_browsers_id_nothing_of_the_customer_it_was_joined_with(world: World) -> None:
    own = issue_anonymous_id(SECRET)
    secret = bearer(world.chain.server)
    begun = world.client.post("/v1/quizzes/tea/sessions", json={"visitor": {"id": "ada"}}, headers=secret)
    answer = {"value": "coffee", "visitor": {"id": "ada"}}
    path = f"/v1/quiz-sessions/{begun.json()['session']}/answers/drink"
    assert world.client.put(path, json=answer, headers=secret).status_code == 200
    world.verdict({"token": world.chain.token("ada")}, ("anonymous", own))
    for name, known in ((f"token={world.chain.token('ada')}", {"drink"}), (f"anonymous_id={own}", set())):
        opening = world.client.get(
            "/v1/quizzes/tea/opening", headers=world.browser | {"Recsvc-Visitor": name}
        )
        assert set(opening.json()["answers"]) == known
    session = world.client.post(
        "/v1/quizzes/tea/sessions", json={"visitor": {"anonymous_id": own}}, headers=world.browser
    )
    assert session.json()["answers"] == {}


def test_browser_that_is_known_by_an_address_alone_keeps_its_own_data(world: World) -> None:
    own = issue_anonymous_id(SECRET)
    told = [{"kind": "email_sha256", "value": "a" * 64}]
    post(world.client, "identify", {"anonymous_id": own}, bearer(world.chain.server), identities=told)
    browser = world.browser | {"Recsvc-Visitor": f"anonymous_id={own}"}
    assert world.client.get("/v1/visitors/me/export", headers=browser).status_code == 200
    assert world.client.delete("/v1/visitors/me", headers=browser).status_code == 200


def test_browser_speaks_for_nobody_by_a_foreign_message(world: World) -> None:
    call = {"type": "identify", "anonymousId": "made-up", "userId": "ada", "messageId": "1"}
    viewed = call | {"type": "track", "event": "Product Viewed", "messageId": "2"}
    viewed["properties"] = {"product_id": "item-01"}  # type: ignore[assignment]
    batch = {"batch": [call, viewed, {**viewed, "anonymousId": None, "messageId": "3"}]}
    answer = world.client.post("/ingest/segment/v1/batch", json=batch, headers=world.browser)
    assert [(one["verdict"], one["code"]) for one in answer.json()["results"]] == [
        ("ignored", "not_vouched"),
        ("accepted", None),
        ("rejected", "not_allowed"),
    ]
    assert world.shop.store.names("ada") == {"ada"}
    assert items(world.shop, "anon:made-up") == ["item-01"]


def test_write_key_comes_in_every_form_of_segment(world: World) -> None:
    import base64  # noqa: PLC0415

    text = world.chain.server.text
    call = {"anonymousId": "a", "userId": "ada", "type": "identify"}
    basic = base64.b64encode(f"{text}:".encode()).decode()
    ways: list[Any] = [
        ({"Authorization": f"Basic {basic}"}, {}),
        ({"Authorization": f"Bearer {text}"}, {}),
        ({}, {"writeKey": text}),
    ]
    for number, (headers, extra) in enumerate(ways):
        body = call | extra | {"messageId": f"m{number}"}
        answer = world.client.post("/ingest/segment/v1/identify", json=body, headers=headers)
        assert answer.status_code == 200, answer.text
        assert answer.json()["results"][0]["verdict"] == "accepted"
    assert world.client.post("/ingest/segment/v1/identify", json=call).status_code == 401
    assert world.shop.store.names("ada") == {"ada", "anon:a"}
    assert {event.kind for event in world.shop.store._log} == {EventKind.IDENTIFY}


def test_secret_of_the_measurement_protocol_is_a_key(world: World) -> None:
    address = "/ingest/ga4/mp/collect?measurement_id=G-1&api_secret="
    assert world.client.post(address + world.chain.server.text, json={"events": []}).status_code == 204
    assert world.client.post(address + "wrong", json={"events": []}).status_code == 401
