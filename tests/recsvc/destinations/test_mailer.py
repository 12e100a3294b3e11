"""The mailer: each address is asked once, by a signed event, however often that has to be tried."""

import asyncio
import logging
from collections.abc import Iterator
from urllib.parse import parse_qs, urlsplit

import pytest

from recsvc.destinations import open_mailer
from recsvc.destinations.signed_events import signature
from recsvc.domain.contacts import Contact, email_identity
from recsvc.domain.destinations import Destination, DestinationKind
from recsvc.domain.errors import UsageError
from recsvc.domain.events import EventKind
from recsvc.serving.confirmations import Confirmations, Links
from recsvc.serving.contacts import Wish
from recsvc.serving.privacy import Privacy
from recsvc.serving.rounds import Round
from tests.recsvc.destinations.conftest import Opens
from tests.recsvc.destinations.receiver import Answer, Receiver
from tests.shop import SECRET, Shop

ADA = "ada@example.com"
SENT = Round(looked=1, sent=1)
FAILED = Round(looked=1, failed=1)


def mailer(url: str, **terms: object) -> Destination:
    named = {"name": "mailer", "url": url, "secret_env": "MAIL", "per_minute": 100_000, **terms}
    return Destination(kind=DestinationKind.MAILER, **named)  # type: ignore[arg-type]


@pytest.fixture
def confirmations(shop: Shop, receiver: Receiver) -> Iterator[Confirmations]:
    terms = mailer(receiver.url, attempts=3)
    opened = open_mailer(terms, {"MAIL": "s3cret"}, shop.clock)
    links = Links(SECRET, "https://recommend.example/base/")
    rounds = Confirmations(shop.store, terms, opened, links, shop.clock, jitter=lambda: 0.5)
    yield rounds
    rounds.close()


def ask(shop: Shop, address: str = ADA, visitor_id: str = "anon:browser", locale: str = "ja") -> Contact:
    return asyncio.run(shop.contacts.ask(visitor_id, Wish(address, "mail", "2", locale, keep_days=730)))


def confirm(shop: Shop, link: str) -> None:
    (token,) = parse_qs(urlsplit(link).query)["token"]
    asyncio.run(shop.contacts.confirm(token))


def test_a_message_is_one_signed_event_that_tells_nothing_of_the_visitor(
    shop: Shop, receiver: Receiver, confirmations: Confirmations
) -> None:
    ask(shop)
    assert confirmations.work_through() == SENT
    (request,) = receiver.requests
    event = request.json
    assert event["type"] == "recsvc.contact.confirmation_requested"
    assert event["source"] == "/destinations/mailer"
    link, unsubscribe = event["data"].pop("link"), event["data"].pop("unsubscribe")
    assert event["data"].pop("headers") == {
        "List-Unsubscribe": f"<{unsubscribe}>",
        "List-Unsubscribe-Post": "List-Unsubscribe=One-Click",
    }
    assert unsubscribe.startswith("https://recommend.example/base/unsubscribe?token=")
    assert email_identity(ADA).value not in unsubscribe
    assert event["data"] == {
        "address": ADA,
        "locale": "ja",
        "purpose": "mail",
        "policy": "2",
        "expires_at": "2026-04-03T12:00:00Z",
    }
    assert link.startswith("https://recommend.example/base/confirm?token=")
    assert link.endswith("&locale=ja")
    assert b"browser" not in request.body
    signed = request.headers["webhook-id"], request.headers["webhook-timestamp"]
    assert request.headers["webhook-signature"] == signature(b"s3cret", *signed, request.body)
    assert confirmations.work_through() == Round()
    confirm(shop, link)
    assert "mail" in shop.store.read_visitor("anon:browser").profile.consents


def test_an_outage_is_waited_out_and_the_message_is_the_same(
    shop: Shop, receiver: Receiver, confirmations: Confirmations
) -> None:
    receiver.answers += [Answer(503, headers=(("retry-after", "600"),)), Answer(500)]
    ask(shop)
    ask(shop, "bob@example.com", "anon:bob")
    assert confirmations.work_through() == FAILED
    shop.clock.advance(seconds=599)
    assert confirmations.work_through() == Round()
    shop.clock.advance(seconds=1)
    assert confirmations.work_through().failed == 1
    shop.clock.advance(minutes=2)
    assert confirmations.work_through().sent == 2
    by_id: dict[str, set[str]] = {}
    for request in receiver.requests:
        by_id.setdefault(request.headers["webhook-id"], set()).add(request.json["data"]["link"])
    assert [len(links) for links in by_id.values()] == [1, 1]


def test_a_message_that_is_refused_is_given_up_and_the_others_go_on(
    shop: Shop, receiver: Receiver, confirmations: Confirmations, caplog: pytest.LogCaptureFixture
) -> None:
    receiver.answers += [Answer(422, {"error": f"{ADA} is unknown"})]
    ask(shop)
    shop.clock.advance(seconds=1)
    ask(shop, "bob@example.com", "anon:bob")
    with caplog.at_level(logging.WARNING):
        assert confirmations.work_through() == Round(looked=2, sent=1, dead=1)
    assert shop.store.notice_depth().dead == 1
    assert [record.message for record in caplog.records] == ["message_given_up"]
    assert ADA not in str([record.__dict__ for record in caplog.records])


def test_an_answer_that_no_database_keeps_is_kept_all_the_same(
    shop: Shop, receiver: Receiver, confirmations: Confirmations
) -> None:
    receiver.answers += [Answer(422, b"no\x00\xffthing")]
    contact = ask(shop)
    confirmations.work_through()
    assert shop.store._contacts[contact.contact_id].failure == "It answered 422. no\ufffd\ufffdthing"


def test_a_mailer_that_stays_away_is_given_up_after_its_attempts(
    shop: Shop, receiver: Receiver, confirmations: Confirmations
) -> None:
    receiver.answers += [Answer(500)] * 9
    ask(shop)
    for _ in range(5):
        confirmations.work_through()
        shop.clock.advance(minutes=10)
    assert len(receiver.requests) == 3
    assert shop.store.notice_depth().dead == 1


@pytest.mark.parametrize("how", ["withdrawn", "erased", "over"])
def test_nothing_leaves_for_an_address_that_is_forgotten_meanwhile(
    shop: Shop, receiver: Receiver, confirmations: Confirmations, how: str
) -> None:
    receiver.answers += [Answer(500)]
    ask(shop)
    confirmations.work_through()
    shop.clock.advance(days=2 if how == "over" else 1)
    if how == "withdrawn":
        shop.happen("anon:browser", EventKind.CONSENT, consent={"mail": False})
    if how == "erased":
        asyncio.run(Privacy(shop.store, SECRET, shop.clock).erase("anon:browser"))
    assert confirmations.work_through().sent == 0
    assert len(receiver.requests) == 1


def test_a_redirect_is_not_followed_with_an_address(
    shop: Shop, receiver: Receiver, confirmations: Confirmations
) -> None:
    receiver.answers += [Answer(302, headers=(("location", receiver.url),))]
    ask(shop)
    assert confirmations.work_through() == FAILED


def test_without_its_secret_there_is_no_mailer(shop: Shop) -> None:
    with pytest.raises(UsageError, match="the variable MAIL"):
        open_mailer(mailer("https://mail.example"), {}, shop.clock)


def test_an_address_leaves_once_it_is_confirmed_and_for_its_purpose_alone(
    shop: Shop, receiver: Receiver, confirmations: Confirmations, outbox_to: Opens
) -> None:
    crm, ads = outbox_to(purpose="mail"), outbox_to(name="ads")
    shop.happen("anon:browser", EventKind.CONSENT, consent={"share": True})
    contact = ask(shop)
    confirmations.work_through()
    assert (crm.work_through().sent, ads.work_through().sent) == (0, 1)
    assert ADA.encode() not in receiver.requests[-1].body
    shop.clock.advance(hours=1)
    confirm(shop, receiver.requests[0].json["data"]["link"])
    assert crm.work_through().sent == 1
    assert receiver.requests[-1].json["data"]["contacts"] == [
        {
            "address": ADA,
            "purpose": "mail",
            "policy": "2",
            "locale": "ja",
            "confirmed_at": "2026-04-01T13:00:00Z",
            "proof": contact.contact_id,
            "unsubscribe": receiver.requests[0].json["data"]["unsubscribe"],
        }
    ]
    ads.work_through()
    assert ADA.encode() not in receiver.requests[-1].body
    shop.clock.advance(hours=1)
    shop.happen("anon:browser", EventKind.CONSENT, consent={"mail": False})
    crm.work_through()
    assert receiver.requests[-1].json["type"] == "recsvc.visitor.withdrawn"
    assert shop.store.contacts_of(shop.store.names("anon:browser")) == []


def test_a_destination_learns_that_an_address_was_kept_long_enough(
    shop: Shop, receiver: Receiver, confirmations: Confirmations, outbox_to: Opens
) -> None:
    crm = outbox_to(purpose="mail")
    ask(shop)
    confirmations.work_through()
    confirm(shop, receiver.requests[0].json["data"]["link"])
    crm.work_through()
    shop.clock.advance(days=731)
    shop.store.forget_contacts(shop.clock().timestamp()).result()
    assert crm.work_through().sent == 1
    assert receiver.requests[-1].json["data"]["contacts"] == []
