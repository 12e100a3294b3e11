"""Addresses: nothing follows from one before its owner has said yes, and then exactly what they said."""

import asyncio
import logging
from collections.abc import Coroutine
from typing import Any, TypeVar

import pytest

from recsvc.domain.contacts import Contact, email_identity
from recsvc.domain.errors import (
    AnswerRefusedError,
    ConfirmationExpiredError,
    ConfirmationUsedError,
    NoMailerError,
    TooManyMessagesError,
    UnknownConfirmationError,
)
from recsvc.domain.events import EventKind, QuizStep, Wording
from recsvc.domain.identity import Identity, IdentityKind
from recsvc.serving.confirmation_token import write_token
from recsvc.serving.contacts import Wish
from recsvc.serving.privacy import Privacy
from recsvc.serving.session_view import SessionView
from tests.recsvc.serving.test_quiz_journey import run, start
from tests.recsvc.serving.test_quiz_steps import EXTENDED, say
from tests.shop import SECRET, Shop

T = TypeVar("T")
ADA = "Ada@Example.com"
NAME = email_identity(ADA).visitor_id
WISH = Wish(ADA, "mail", "2", "en", keep_days=730)
BROWSER = "anon:browser"


def wait_for(work: Coroutine[Any, Any, T]) -> T:
    return asyncio.run(work)


def ask(shop: Shop, visitor_id: str = BROWSER, wish: Wish = WISH) -> Contact:
    return wait_for(shop.contacts.ask(visitor_id, wish))


def token_of(contact: Contact) -> str:
    return write_token(SECRET, contact.contact_id, contact.expires_at or 0.0)


def confirm(shop: Shop, contact: Contact) -> Contact:
    return wait_for(shop.contacts.confirm(token_of(contact)))


def consents(shop: Shop, visitor_id: str) -> dict[str, bool]:
    profile = shop.store.read_visitor(visitor_id).profile
    return {purpose: one.granted for purpose, one in profile.consents.items()}


def answered(shop: Shop, address: str = ADA, visitor: str = "v") -> SessionView:
    """A quiz to its end, with an address."""
    view = start(shop, visitor)
    while view.question:
        view = run(shop.journey.answer(view.session, visitor, view.question.id, {"skip": True}))
    return say(shop, view, "keep", {"via": "email", "address": address}, visitor)


def test_nothing_follows_from_an_address_that_waits(shop: Shop) -> None:
    contact = ask(shop)
    shop.contacts.look(token_of(contact))
    assert list(shop.store.read_events(set(EventKind))) == []
    assert shop.store.names(BROWSER) == {BROWSER}
    assert consents(shop, BROWSER) == {}


def test_a_confirmation_grants_with_its_proof_and_names_the_owner(shop: Shop) -> None:
    contact = ask(shop, wish=WISH._replace(step=QuizStep("tea", 1, "keep", "s1")))
    shop.clock.advance(hours=1)
    told = confirm(shop, contact)
    assert shop.store.names(BROWSER) == {BROWSER, NAME}
    assert consents(shop, BROWSER) == {"mail": True}
    joined, granted = shop.store.read_events(set(EventKind))
    assert (joined.kind, joined.visitor_id) == (EventKind.IDENTIFY, BROWSER)
    assert (joined.identities, joined.source) == ((email_identity(ADA),), "confirmation")
    assert granted.wording == Wording("2", "en", contact.contact_id)
    assert (granted.channel, granted.source, granted.occurred_at) == ("email", "confirmation", shop.clock())
    assert granted.step == QuizStep("tea", 1, "keep", "s1")
    assert ADA.lower() not in str([joined, granted]).lower()
    assert told.expires_at == shop.clock().timestamp() + 730 * 86_400


def test_a_link_confirms_once(shop: Shop) -> None:
    contact = ask(shop)
    confirm(shop, contact)
    with pytest.raises(ConfirmationUsedError):
        shop.contacts.look(token_of(contact))
    with pytest.raises(ConfirmationUsedError):
        confirm(shop, contact)
    assert len(list(shop.store.read_events(set(EventKind)))) == 2
    shop.clock.advance(days=9)
    with pytest.raises(ConfirmationUsedError):
        confirm(shop, contact)


def test_a_link_that_is_over_confirms_nothing_before_and_after_the_sweep(shop: Shop) -> None:
    contact = ask(shop)
    shop.clock.advance(hours=48)
    with pytest.raises(ConfirmationExpiredError):
        confirm(shop, contact)
    shop.store.forget_contacts(shop.clock().timestamp()).result()
    with pytest.raises(ConfirmationExpiredError):
        confirm(shop, contact)
    assert consents(shop, NAME) == {}


@pytest.mark.parametrize(
    "change",
    [
        lambda token: token[:-1],
        lambda token: token[:-1] + ("0" if token[-1] != "0" else "1"),
        lambda token: token.replace(".1", ".2", 1),
        lambda token: token + "\n",
        lambda _: "",
        lambda _: "a.1." + "0" * 32,
        lambda _: "\ud800.1.é",
    ],
)
def test_a_forged_link_is_told_from_one_that_is_over(shop: Shop, change: Any) -> None:
    with pytest.raises(UnknownConfirmationError):
        shop.contacts.look(change(token_of(ask(shop))))


def test_a_withdrawal_ends_the_link_too(shop: Shop) -> None:
    contact = ask(shop)
    shop.clock.advance(minutes=1)
    shop.happen(BROWSER, EventKind.CONSENT, consent={"mail": False})
    with pytest.raises(ConfirmationUsedError):
        confirm(shop, contact)
    assert consents(shop, BROWSER) == {"mail": False}


def test_the_owner_ends_a_link_that_somebody_else_asked_for(shop: Shop) -> None:
    contact = ask(shop)
    shop.clock.advance(minutes=1)
    wait_for(Privacy(shop.store, SECRET, shop.clock).agree(NAME, {"mail": False}, None))
    with pytest.raises(ConfirmationUsedError):
        confirm(shop, contact)
    assert consents(shop, NAME) == {"mail": False}


def test_an_erased_visitor_is_joined_with_nobody(shop: Shop) -> None:
    contact = ask(shop)
    wait_for(Privacy(shop.store, SECRET, shop.clock).erase(BROWSER))
    with pytest.raises(ConfirmationUsedError):
        confirm(shop, contact)


def test_erasing_an_address_forgets_it_wherever_it_waits(shop: Shop) -> None:
    ask(shop)
    privacy = Privacy(shop.store, SECRET, shop.clock)
    assert [one.address for one in privacy.export(BROWSER).contacts] == [ADA]
    wait_for(privacy.erase(NAME))
    assert privacy.export(BROWSER).contacts == []


def test_the_export_knows_a_confirmed_address_under_every_name(shop: Shop) -> None:
    confirm(shop, ask(shop))
    for name in (BROWSER, NAME):
        assert [one.address for one in Privacy(shop.store, SECRET, shop.clock).export(name).contacts] == [ADA]


def test_a_customer_is_not_joined_with_another_by_a_mistaken_click(shop: Shop) -> None:
    shop.happen("ada", EventKind.IDENTIFY, identities=(email_identity(ADA),))
    confirm(shop, ask(shop, "mallory"))
    assert shop.store.names("mallory") == {"mallory"}
    assert (consents(shop, "ada"), consents(shop, "mallory")) == ({"mail": True}, {})


def test_the_second_reader_of_a_tablet_consents_for_themselves(shop: Shop) -> None:
    confirm(shop, ask(shop))
    bob = email_identity("bob@example.com").visitor_id
    confirm(shop, ask(shop, wish=WISH._replace(address="bob@example.com", purpose="news")))
    assert shop.store.names(BROWSER) == {BROWSER, NAME}
    assert consents(shop, BROWSER) == {"mail": True}
    assert consents(shop, bob) == {"news": True}


CARD = Identity(IdentityKind.LOYALTY_CARD, "7")
LINE = Identity(IdentityKind.LINE_USER, "U7")


@pytest.mark.parametrize("whose", ["ada", CARD.visitor_id, LINE.visitor_id, "anon:other"])
def test_a_mistaken_press_shows_no_browser_who_owns_the_address(shop: Shop, whose: str) -> None:
    shop.happen(whose, EventKind.IDENTIFY, identities=(email_identity(ADA),))
    confirm(shop, ask(shop))
    assert shop.store.names(BROWSER) == {BROWSER}
    assert shop.store.names(whose) == {whose, NAME}
    assert (consents(shop, whose), consents(shop, BROWSER)) == ({"mail": True}, {})


@pytest.mark.parametrize("kind", [EventKind.PURCHASE, EventKind.CONSENT])
def test_an_address_with_a_history_is_joined_with_no_browser(shop: Shop, kind: EventKind) -> None:
    if kind is EventKind.CONSENT:
        shop.happen(NAME, kind, consent={"news": True})
    else:
        shop.happen(NAME, kind, "item-1")
    confirm(shop, ask(shop))
    assert shop.store.names(BROWSER) == {BROWSER}
    assert consents(shop, NAME)["mail"] is True


def test_a_browser_that_is_joined_stays_so_for_another_purpose(shop: Shop) -> None:
    confirm(shop, ask(shop))
    confirm(shop, ask(shop, wish=WISH._replace(purpose="news")))
    assert shop.store.names(BROWSER) == {BROWSER, NAME}
    assert consents(shop, BROWSER) == {"mail": True, "news": True}


def test_no_address_gets_a_fourth_message_in_a_day(shop: Shop) -> None:
    for number in range(3):
        ask(shop, f"anon:{number}")
    with pytest.raises(TooManyMessagesError):
        ask(shop, "anon:3", WISH._replace(address=ADA.upper()))
    shop.clock.advance(days=1)
    ask(shop, "anon:3")


def test_a_quiz_says_what_became_of_the_address_and_keeps_none(shop: Shop) -> None:
    shop.publish(EXTENDED)
    view = answered(shop)
    assert view.contact == "waiting"
    assert "example" not in str(shop.store.read_session(view.session)).lower()
    (contact,) = shop.store.contacts_of({"v"})
    assert (contact.purpose, contact.policy, contact.locale) == ("family", "2", "en")
    assert contact.keep_days == 10
    assert contact.step == QuizStep("tea", 2, "keep", view.session)
    confirm(shop, contact)
    assert shop.journey.view(view.session, "v").contact == "confirmed"


def test_the_same_answer_twice_asks_once(shop: Shop) -> None:
    shop.publish(EXTENDED)
    view = answered(shop)
    again = say(shop, view, "keep", {"via": "email", "address": ADA})
    assert again.contact == "waiting"
    assert len(shop.store.contacts_of({"v"})) == 1


@pytest.mark.parametrize("how", ["taken back", "skipped", "another", "line"])
def test_an_answer_that_is_changed_ends_the_link_that_it_asked_for(shop: Shop, how: str) -> None:
    line = b'confirm = "double" }, { via = "line", purpose = "family", confirm = "platform" }'
    shop.publish(EXTENDED.replace(b'confirm = "double" }', line))
    view = answered(shop)
    (contact,) = shop.store.contacts_of({"v"})
    if how == "taken back":
        run(shop.journey.take_back(view.session, "v", "keep"))
    elif how == "skipped":
        run(shop.journey.answer(view.session, "v", "keep", {"skip": True}))
    elif how == "another":
        say(shop, view, "keep", {"via": "email", "address": "bob@example.com"})
    else:
        assert say(shop, view, "keep", {"via": "line"}).contact == "platform"
    with pytest.raises(ConfirmationUsedError):
        confirm(shop, contact)
    assert len(shop.store.contacts_of({"v"})) == (how == "another")


def test_a_confirmed_address_outlives_the_answer(shop: Shop) -> None:
    shop.publish(EXTENDED)
    view = answered(shop)
    confirm(shop, shop.store.contacts_of({"v"})[0])
    run(shop.journey.take_back(view.session, "v", "keep"))
    assert len(shop.store.contacts_of(shop.store.names("v"))) == 1


def test_a_quiz_refuses_to_send_without_end(shop: Shop) -> None:
    shop.publish(EXTENDED)
    for number in range(3):
        answered(shop, visitor=f"anon:{number}")
    with pytest.raises(AnswerRefusedError) as refused:
        answered(shop)
    assert refused.value.reason == "too_many_messages"


def test_a_quiz_that_is_answered_again_and_again_sends_no_more_than_a_day_allows(shop: Shop) -> None:
    shop.publish(EXTENDED)
    view = answered(shop)
    for number in range(4):
        say(shop, view, "keep", {"via": "email", "address": f"{number}@example.com"})
    with pytest.raises(AnswerRefusedError):
        say(shop, view, "keep", {"via": "email", "address": "5@example.com"})


def test_without_a_mailer_a_quiz_says_that_nothing_is_sent_and_keeps_nothing(shop: Shop) -> None:
    silent = Shop(shop.directory / "silent", sends=False).open()
    silent.publish(EXTENDED)
    view = answered(silent)
    assert (view.contact, view.answers["keep"]) == ("not_sent", {"value": {"via": "email"}})
    assert silent.store.contacts_of({"v"}) == []
    assert "example" not in str(silent.store.read_session(view.session)).lower()
    with pytest.raises(NoMailerError, match="mailer"):
        ask(silent)


def test_a_start_without_a_mailer_warns_of_quizzes_that_ask(
    shop: Shop, caplog: pytest.LogCaptureFixture
) -> None:
    silent = Shop(shop.directory / "silent", sends=False).open()
    caplog.clear()
    with caplog.at_level(logging.WARNING):
        silent.contacts.warn()
        assert caplog.messages == []
        silent.publish(EXTENDED)
        silent.contacts.warn()
    assert caplog.messages == ["contacts_not_sent"]
    assert caplog.records[0].__dict__["quizzes"] == ["tea"]
