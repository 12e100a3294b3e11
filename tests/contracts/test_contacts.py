"""Addresses on every engine: one message at a time, confirmed once, forgotten whole."""

import asyncio
from datetime import UTC, datetime
from typing import Any

import msgspec
import pytest

from recsvc.domain.contacts import Contact, email_identity
from recsvc.domain.events import EventKind
from recsvc.serving.contact_rows import Bounds, Digests, Notice
from recsvc.serving.deliveries import OutboxDepth
from recsvc.serving.unsubscribe_token import Unsubscription, write_token
from recsvc.serving.unsubscribing import Unsubscribing
from tests.clock import FixedClock
from tests.contracts.engines import AnyStore, event, profile

SECRET = b"secret"
BOUNDS = Bounds(per_address=3, per_visitor=4)
AT = 1_000_000.0
HOUR, DAY = 3600.0, 86_400.0
ADA = "ada@example.com"


def contact(contact_id: str = "c1", visitor_id: str = "v", at: float = AT, **more: Any) -> Contact:
    told = {"address": ADA, "purpose": "mail", "policy": "2", "locale": "en", "expires_at": at + 2 * DAY}
    return Contact(contact_id=contact_id, visitor_id=visitor_id, asked_at=at, **(told | more))


def digest_of(address: str) -> str:
    return f"digest of {email_identity(address).visitor_id}"


def ask(store: AnyStore, one: Contact, bounds: Bounds = BOUNDS) -> Contact | None:
    digests = Digests(digest_of(one.address), f"digest of {one.visitor_id}")
    return store.ask_contact(one, digests, bounds).result()


def agreed(one: Contact) -> Contact:
    """The same once its owner has said yes, an hour later."""
    name = email_identity(one.address).visitor_id
    return msgspec.structs.replace(one, visitor_id=name, confirmed_at=AT + HOUR, expires_at=None)


def confirm(store: AnyStore, one: Contact) -> bool:
    name = email_identity(one.address)
    events = [
        event(f"{one.contact_id}-i", one.visitor_id, EventKind.IDENTIFY, identities=(name,)),
        event(f"{one.contact_id}-g", name.visitor_id, EventKind.CONSENT, consent={one.purpose: True}),
    ]
    return store.confirm_contact(agreed(one), events).result()


def claimed(store: AnyStore, now: float = AT, until: float = AT + 60) -> list[str]:
    return [notice.contact_id for notice in store.claim_notices(now, until, 9).result()]


def test_an_address_waits_under_every_name_of_its_visitor(store: AnyStore) -> None:
    assert ask(store, contact()) == contact()
    assert store.read_contact("c1") == contact()
    assert store.read_contact("c2") is None
    card = event("i1", "w", EventKind.IDENTIFY, identities=(email_identity("other"),))
    store.append([card]).result()
    ask(store, contact("c2", "w", AT + 1))
    assert store.contacts_of({"v", "w", "x"}) == [contact(), contact("c2", "w", AT + 1)]
    assert ask(store, contact("c3", email_identity("other").visitor_id, AT + 2)) == contact("c2", "w", AT + 1)


def test_the_same_wish_within_minutes_is_one_message(store: AnyStore) -> None:
    ask(store, contact())
    assert ask(store, contact("c2", at=AT + 599, address=" ADA@example.com")) == contact()
    assert claimed(store, AT + 599) == ["c1"]
    later = contact("c3", at=AT + 600)
    assert ask(store, later) == later
    news = contact("c4", purpose="news")
    assert ask(store, news) == news


def test_no_address_gets_more_messages_than_a_day_allows_whoever_asks(store: AnyStore) -> None:
    asked = [ask(store, contact(f"c{n}", f"visitor-{n}", AT + n)) for n in range(4)]
    assert [one is not None for one in asked] == [True, True, True, False]
    assert ask(store, contact("c5", at=AT + 4, address="bob@example.com")) is not None
    assert ask(store, contact("c6", at=AT + DAY)) is not None


def test_no_visitor_asks_for_more_messages_than_a_day_allows(store: AnyStore) -> None:
    asked = [ask(store, contact(f"c{n}", at=AT + n, address=f"{n}@example.com")) for n in range(5)]
    assert [one is not None for one in asked] == [True, True, True, True, False]


@pytest.mark.parametrize("how", ["cancelled", "withdrawn", "confirmed"])
def test_no_visitor_asks_for_more_by_forgetting_what_they_asked_for(store: AnyStore, how: str) -> None:
    for n in range(4):
        one = contact(f"c{n}", at=AT + n, address=f"{n}@example.com")
        assert ask(store, one) == one
        if how == "cancelled":
            store.cancel_contact(one.contact_id).result()
        elif how == "withdrawn":
            said = event(f"w{n}", kind=EventKind.CONSENT, minutes=1e8 + n, consent={"mail": False})
            store.append([said]).result()
        else:
            assert store.confirm_contact(agreed(one), []).result() is True
    assert ask(store, contact("c5", at=AT + 5, address="5@example.com")) is None
    store.forget_contacts(AT + DAY + 4).result()
    assert ask(store, contact("c6", at=AT + DAY + 4, address="6@example.com")) is not None


def test_taking_back_gives_nobody_another_message(store: AnyStore) -> None:
    for n in range(3):
        ask(store, contact(f"c{n}", f"visitor-{n}"))
        store.erase({f"visitor-{n}": f"digest-{n}"}).result()
        assert store.read_contact(f"c{n}") is None
    assert ask(store, contact("c9")) is None


def test_a_message_is_claimed_once_and_settled(store: AnyStore) -> None:
    ask(store, contact())
    assert claimed(store) == ["c1"]
    assert claimed(store, AT + 59) == []
    (notice,) = store.claim_notices(AT + 60, AT + 120, 9).result()
    store.settle_notice(notice, AT + 500, 1, "It answered 500.").result()
    assert store.notice_depth() == OutboxDepth("contacts", 1, 0, AT + 500)
    (again,) = store.claim_notices(AT + 500, AT + 560, 9).result()
    assert again == Notice("c1", 1)
    store.settle_notice(again, None, 2, "It answered 400.").result()
    assert store.notice_depth() == OutboxDepth("contacts", 0, 1, None)
    assert claimed(store, AT + 9999) == []


def test_a_message_that_was_sent_is_not_due(store: AnyStore) -> None:
    ask(store, contact())
    (notice,) = store.claim_notices(AT, AT + 60, 9).result()
    store.settle_notice(notice, None, 0, None).result()
    assert (claimed(store, AT + HOUR), store.notice_depth().dead) == ([], 0)


def test_no_message_leaves_whose_link_is_over(store: AnyStore) -> None:
    ask(store, contact())
    assert claimed(store, AT + 2 * DAY) == []


def test_a_contact_is_confirmed_once_with_all_that_follows(store: AnyStore) -> None:
    ask(store, contact())
    ask(store, contact("c2", at=AT + HOUR))
    assert confirm(store, contact()) is True
    assert confirm(store, contact()) is False
    assert confirm(store, contact("c2", at=AT + HOUR)) is False
    name = email_identity(ADA).visitor_id
    assert store.names("v") == {"v", name}
    assert profile(store).consents["mail"].granted is True
    assert store.contacts_of(store.names("v")) == [agreed(contact())]
    assert claimed(store, AT + HOUR) == []
    assert len(store.events_of({"v", name})) == 2


def test_who_has_confirmed_is_not_asked_again(store: AnyStore) -> None:
    ask(store, contact())
    confirm(store, contact())
    assert ask(store, contact("c2", at=AT + DAY)) == agreed(contact())


def test_a_new_wording_is_asked_about_and_its_yes_takes_the_place_of_the_former(store: AnyStore) -> None:
    ask(store, contact())
    newer = contact("c2", at=AT + 1, policy="3")
    assert ask(store, newer) == newer
    confirm(store, contact())
    assert claimed(store, AT + 1) == []
    newest = contact("c3", at=AT + DAY, policy="3")
    assert ask(store, newest) == newest
    assert confirm(store, newest) is True
    assert store.contacts_of(store.names("v")) == [agreed(newest)]


def test_what_is_cancelled_is_forgotten_unless_it_was_confirmed(store: AnyStore) -> None:
    ask(store, contact())
    ask(store, contact("c2", purpose="news"))
    confirm(store, contact("c2", purpose="news"))
    for contact_id in ("c1", "c2", "c3"):
        store.cancel_contact(contact_id).result()
    assert confirm(store, contact()) is False
    assert [one.contact_id for one in store.contacts_of(store.names("v"))] == ["c2"]


def test_a_withdrawal_forgets_what_was_asked_and_confirmed_before(store: AnyStore) -> None:
    ask(store, contact(address="bob@example.com"))
    ask(store, contact("c2"))
    ask(store, contact("c3", purpose="news"))
    confirm(store, contact("c2"))
    store.append([event("w1", kind=EventKind.CONSENT, minutes=1e8, consent={"mail": False})]).result()
    assert [one.contact_id for one in store.contacts_of(store.names("v"))] == ["c3"]
    assert confirm(store, contact(address="bob@example.com")) is False


def test_the_owner_of_an_address_ends_the_links_that_others_asked_for(store: AnyStore) -> None:
    ask(store, contact())
    ask(store, contact("c2", "w", purpose="news"))
    ask(store, contact("c3", "w", address="bob@example.com"))
    name = email_identity(ADA).visitor_id
    store.append([event("i1", "ada", EventKind.IDENTIFY, identities=(email_identity(ADA),))]).result()
    store.append([event("w1", name, EventKind.CONSENT, minutes=1e8, consent={"mail": False})]).result()
    assert [one.contact_id for one in store.contacts_of({"v", "w"})] == ["c2", "c3"]
    assert confirm(store, contact()) is False
    assert claimed(store, AT) == ["c2", "c3"]


def test_a_withdrawal_from_before_forgets_nothing(store: AnyStore) -> None:
    ask(store, contact(at=4e9))
    store.append([event("w1", kind=EventKind.CONSENT, consent={"mail": False})]).result()
    assert store.read_contact("c1") == contact(at=4e9)


@pytest.mark.parametrize("name", ["v", email_identity(ADA).visitor_id])
def test_erasure_forgets_addresses_by_whoever_gave_them_and_by_their_own_name(
    store: AnyStore, name: str
) -> None:
    ask(store, contact())
    store.erase({name: digest_of(ADA) if name != "v" else "digest"}).result()
    assert store.read_contact("c1") is None
    assert store.contacts_of({"v"}) == []
    assert claimed(store) == []


def test_a_message_on_its_way_does_not_bring_an_address_back(store: AnyStore) -> None:
    ask(store, contact())
    (notice,) = store.claim_notices(AT, AT + 60, 9).result()
    store.erase({"v": "digest"}).result()
    store.settle_notice(notice, AT + 99, 1, "It answered 500.").result()
    assert claimed(store, AT + HOUR) == []
    assert store.read_contact("c1") is None


def test_an_address_is_forgotten_when_its_link_is_over(store: AnyStore) -> None:
    ask(store, contact())
    ask(store, contact("c2", "w", address="bob@example.com"))
    confirm(store, contact("c2", "w", address="bob@example.com"))
    assert store.forget_contacts(AT + 2 * DAY - 1).result() == 0
    assert store.forget_contacts(AT + 2 * DAY).result() == 1
    assert store.read_contact("c1") is None
    assert store.read_contact("c2") is not None
    assert store.forget_contacts(AT + 2 * DAY).result() == 0


def test_unsubscribing_forgets_the_address_and_ends_what_waits(store: AnyStore) -> None:
    confirm(store, ask(store, contact()) or contact())
    ask(store, contact("c2", "other", AT + 2 * DAY, policy="3"))
    name = email_identity(ADA).visitor_id
    clock = FixedClock(datetime.fromtimestamp(AT + 3 * DAY, UTC))
    token = write_token(SECRET, Unsubscription(name, "mail"))
    asyncio.run(Unsubscribing(store, SECRET, clock).end(token, "en"))
    assert not profile(store, name).consents["mail"].granted
    assert store.read_contact("c1") is None
    assert store.read_contact("c2") is None


def test_who_never_confirmed_says_no_by_the_mail_that_asks(store: AnyStore) -> None:
    ask(store, contact())
    name = email_identity(ADA).visitor_id
    clock = FixedClock(datetime.fromtimestamp(AT + HOUR, UTC))
    for named in (name, email_identity("bob@example.com").visitor_id):
        token = write_token(SECRET, Unsubscription(named, "mail"))
        asyncio.run(Unsubscribing(store, SECRET, clock).end(token, "en"))
    assert store.read_contact("c1") is None
    assert store.visitors("", 9) == [name]


def test_message_that_was_given_up_comes_back_when_revived_while_its_link_holds(store: AnyStore) -> None:
    ask(store, contact())
    ask(store, contact("over", expires_at=AT + HOUR, purpose="news"))
    ask(store, contact("waits", purpose="line"))
    for notice in store.claim_notices(AT, AT, 2).result():
        store.settle_notice(notice, None, 9, "It answered 422.").result()
    assert store.notice_depth().dead == 2
    assert store.revive_notices(AT + HOUR).result() == 1
    assert store.notice_depth().dead == 1
    assert store.claim_notices(AT + HOUR, AT + DAY, 9).result() == [Notice("waits", 0), Notice("c1", 0)]
    assert store.revive_notices(AT + HOUR).result() == 0
