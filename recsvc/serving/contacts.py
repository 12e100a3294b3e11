"""Contacts: an address is asked for, and counts for nothing until its owner has confirmed it."""

import asyncio
import logging
import secrets
from collections.abc import Iterator, Sequence
from datetime import datetime
from typing import Any, Final, NamedTuple, Protocol

import msgspec

from quizzes.definition import Channel, Purpose, Quiz
from quizzes.texts import in_locale
from recsvc.domain.contacts import CONFIRMATION, EMAIL, Contact, ContactTerms, email_identity
from recsvc.domain.errors import (
    ConfirmationExpiredError,
    ConfirmationUsedError,
    NoMailerError,
    TooManyMessagesError,
)
from recsvc.domain.events import Event, EventKind, QuizStep, Wording
from recsvc.domain.identity import IdentityKind, identity_of, is_borrowed, ranked
from recsvc.model.confidence import DAY_S
from recsvc.serving.confirmation_token import read_token
from recsvc.serving.contact_rows import Bounds, ContactRows, Digests
from recsvc.serving.live_quizzes import LiveQuizzes
from recsvc.serving.ports import Clock, PersonalRows
from recsvc.serving.privacy import digest

log = logging.getLogger(__name__)

NO_MAILER: Final = (
    "Nothing is sent and no address is kept, for there is no mailer: name a destination of the kind `mailer`."
)


class Wish(NamedTuple):
    """What a visitor asks for."""

    address: str
    purpose: str
    policy: str | None  # version of the wording that was shown
    locale: str  # of that wording
    step: QuizStep | None = None  # the question that asked for it
    keep_days: float | None = None  # how long the purpose keeps the address


class _Store(ContactRows, PersonalRows, Protocol):
    """What contacts need of the store."""


class Contacts:
    """The use cases behind addresses.

    Args:
        store: keeps them.
        quizzes: know the wordings of purposes.
        secret: signs the links, and salts what is left of an address.
        clock: the time.
        terms: how long a link holds, and how many messages may be asked for.
        locales: of the shop, the first one where a visitor names none.
        sends: whether there is a mailer; without one no address is taken.
    """

    def __init__(
        self,
        store: _Store,
        quizzes: LiveQuizzes,
        secret: bytes,
        clock: Clock,
        terms: ContactTerms,
        *,
        locales: Sequence[str],
        sends: bool,
    ) -> None:
        self._store = store
        self._quizzes = quizzes
        self._secret = secret
        self._clock = clock
        self._terms = terms
        self.locales = tuple(locales)
        self.sends = sends

    @property
    def link_s(self) -> float:
        """Seconds for which a link holds."""
        return self._terms.confirm_hours * 3600

    async def ask(self, visitor_id: str, wish: Wish) -> Contact:
        """Ask the owner of an address to confirm it; the same wish within minutes asks once.

        Raises:
            NoMailerError: nothing would be sent.
            TooManyMessagesError: too many were asked for today, of the visitor or for the address.
            StoreUnavailableError: the store does not answer; nothing was asked for.
        """
        if not self.sends:
            raise NoMailerError(NO_MAILER)
        at = self._clock().timestamp()
        contact = Contact(
            contact_id=secrets.token_urlsafe(18),
            visitor_id=visitor_id,
            address=wish.address.strip(),
            purpose=wish.purpose,
            policy=wish.policy,
            locale=wish.locale,
            step=wish.step,
            asked_at=at,
            expires_at=at + self.link_s,
            keep_days=wish.keep_days,
        )
        name = email_identity(wish.address).visitor_id
        digests = Digests(digest(self._secret, name), digest(self._secret, visitor_id))
        bounds = Bounds(self._terms.per_address, self._terms.per_visitor)
        standing = await asyncio.wrap_future(self._store.ask_contact(contact, digests, bounds))
        if standing is None:
            raise TooManyMessagesError(
                "Too many messages were asked for today, by this visitor or to this address; try tomorrow."
            )
        return standing

    async def cancel(self, contact_id: str) -> None:
        """Forget an address that waits; one that was confirmed is ended by withdrawing its purpose.

        Raises:
            StoreUnavailableError: the store does not answer.
        """
        await asyncio.wrap_future(self._store.cancel_contact(contact_id))

    def look(self, token: str) -> Contact:
        """The contact of a link, which still waits; looking changes nothing, for mail scanners look too.

        Raises:
            UnknownConfirmationError: this service did not make the link.
            ConfirmationExpiredError: it is over.
            ConfirmationUsedError: the address was confirmed already, or is forgotten.
            StoreUnavailableError: the store does not answer.
        """
        told = read_token(self._secret, token)
        contact = self._store.read_contact(told.contact_id)
        if contact is not None and contact.confirmed_at is None and self._clock() < told.ends_at:
            return contact
        if self._clock() >= told.ends_at and (contact is None or contact.confirmed_at is None):
            raise ConfirmationExpiredError("The link is over and the address forgotten; enter it again.")
        raise ConfirmationUsedError("The link was used already, or the wish was taken back.")

    async def confirm(self, token: str, locale: str | None = None) -> Contact:
        """The owner of the address says yes: to its purpose, and that it is a name of who gave it.

        Args:
            token: of the link.
            locale: in which they read the wording; None for that in which the address was asked for.

        Raises:
            UnknownConfirmationError: this service did not make the link.
            ConfirmationExpiredError: it is over.
            ConfirmationUsedError: the address was confirmed already, or is forgotten.
            StoreUnavailableError: the store does not answer; nothing was confirmed.
        """
        waiting = await asyncio.to_thread(self.look, token)
        if locale is not None:
            waiting = msgspec.structs.replace(waiting, locale=locale)
        is_joined = await asyncio.to_thread(self._may_join, waiting)
        at = self._clock()
        contact = _confirmed(waiting, at)
        events = [_agreement(contact, at)]
        if is_joined:
            events.insert(0, _statement(waiting, at))
        if not await asyncio.wrap_future(self._store.confirm_contact(contact, events)):
            raise ConfirmationUsedError("The link was used already, or the wish was taken back.")
        return contact

    def warn(self) -> None:
        """Say in the log that quizzes ask for addresses to which nothing is sent."""
        asking = asking_quizzes(self._quizzes)
        if asking and not self.sends:
            log.warning("contacts_not_sent", extra={"quizzes": asking, "advice": NO_MAILER})

    def find(self, contact_id: str) -> Contact | None:
        """One contact; None where it is forgotten.

        Raises:
            StoreUnavailableError: the store does not answer.
        """
        return self._store.read_contact(contact_id)

    def wording(self, contact: Contact, locale: str) -> str | None:
        """What agreeing to a contact's purpose means, in the reader's locale; None where no quiz says it."""
        told = self.purposes(contact.purpose)
        found = ((quiz, purpose) for quiz, purpose in told if purpose.policy == contact.policy)
        return next((in_locale(quiz, purpose.text, locale) for quiz, purpose in found), None)

    def purposes(self, name: str) -> list[tuple[Quiz, Purpose]]:
        """What the published quizzes say of a purpose."""
        quizzes = map(self._quizzes.get, self._quizzes.ids())
        return [(quiz, quiz.purposes[name]) for quiz in quizzes if name in quiz.purposes]

    def _may_join(self, contact: Contact) -> bool:
        """Whether who gave the address may be its owner: nobody knows the address yet, and they no other.

        Whoever joins sees and changes what is kept of the address. Anybody can type it, and its owner may
        press the button by mistake, so there must be nothing to see: no other name, and not one event. Nor
        does who sits at a customer's former browser bring the customer an address.
        """
        name = email_identity(contact.address).visitor_id
        theirs = self._store.names(name)
        if contact.visitor_id in theirs:
            return True
        own = self._store.names(contact.visitor_id)
        is_free = not is_borrowed(contact.visitor_id, ranked(own)[0])
        has_address = IdentityKind.EMAIL_SHA256 in map(_kind, own)
        return is_free and not has_address and theirs == {name} and not self._store.events_of(theirs)


def asking_quizzes(quizzes: LiveQuizzes) -> list[str]:
    """The published quizzes that ask for addresses."""
    published = map(quizzes.get, quizzes.ids())
    return [quiz.id for quiz in published if any(one.via == EMAIL for one in _channels(quiz))]


def _channels(quiz: Quiz) -> Iterator[Channel]:
    return (channel for question in quiz.questions for channel in question.channels)


def _kind(name: str) -> IdentityKind:
    return identity_of(name).kind


def _confirmed(contact: Contact, at: datetime) -> Contact:
    """A contact that is the address's own from now on, whoever gave it."""
    now = at.timestamp()
    return msgspec.structs.replace(
        contact,
        visitor_id=email_identity(contact.address).visitor_id,
        confirmed_at=now,
        expires_at=now + contact.keep_days * DAY_S if contact.keep_days else None,
    )


def _statement(contact: Contact, at: datetime) -> Event:
    """That who gave the address is its owner."""
    identities = (email_identity(contact.address),)
    return _event(contact, EventKind.IDENTIFY, contact.visitor_id, at, identities=identities)


def _agreement(contact: Contact, at: datetime) -> Event:
    """The consent, with what proves it: the link, its time, and the wording that was shown."""
    wording = Wording(contact.policy, contact.locale, contact.contact_id)
    granted = {contact.purpose: True}
    return _event(contact, EventKind.CONSENT, contact.visitor_id, at, consent=granted, wording=wording)


def _event(contact: Contact, kind: EventKind, visitor_id: str, at: datetime, **more: Any) -> Event:
    return Event(
        event_id=f"{contact.contact_id}-{kind.value}",
        kind=kind,
        visitor_id=visitor_id,
        occurred_at=at,
        received_at=at,
        channel=EMAIL,
        source=CONFIRMATION,
        step=contact.step,
        **more,
    )
