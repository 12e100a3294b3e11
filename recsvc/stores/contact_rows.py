"""Rows of contacts: what each step makes of one, the same on every engine."""

from collections.abc import Iterable, Sequence
from typing import Final, NamedTuple

import msgspec

from recsvc.domain.contacts import Contact, email_identity
from recsvc.domain.profile import Consent
from recsvc.model.confidence import DAY_S
from recsvc.serving.contact_rows import Bounds, Digests, Notice
from recsvc.serving.deliveries import OutboxDepth
from recsvc.serving.profile import withdrawn_at

AGAIN_S: Final = 600.0
"""For so long the same wish is the same message: whoever presses twice gets one."""

CONTACTS: Final = "contacts"
"""What the outbox's depths call the messages to addresses."""

_encoder = msgspec.json.Encoder()
_decoder = msgspec.json.Decoder(Contact)


class ContactRow(NamedTuple):
    """One contact in the order of the table's columns; without a body it only counts."""

    contact_id: str
    visitor_id: str | None
    digest: str  # salted, of the name of the address
    asked_at: float  # Unix seconds
    expires_at: float | None  # Unix seconds
    due_at: float | None  # Unix seconds; None: no message is due
    attempts: int = 0
    failure: str | None = None  # of the last attempt
    body: bytes | None = None
    name: str | None = None  # of the address, while it holds one
    asked_by: str | None = None  # salted digest of who gave the address, for a day

    @property
    def contact(self) -> Contact | None:
        """What it holds."""
        return None if self.body is None else _decoder.decode(self.body)

    @property
    def notice(self) -> Notice:
        """What whoever claims the row gets."""
        return Notice(self.contact_id, self.attempts)


def waiting(contact: Contact, digests: Digests) -> ContactRow:
    """The row of a contact whose message is due."""
    body = _encoder.encode(contact)
    return ContactRow(
        contact.contact_id,
        contact.visitor_id,
        digests.address,
        contact.asked_at,
        contact.expires_at,
        contact.asked_at,
        body=body,
        name=email_identity(contact.address).visitor_id,
        asked_by=digests.visitor,
    )


def standing(contact: Contact, rows: Iterable[ContactRow]) -> Contact | None:
    """The contact among those of its visitor that makes another message needless; a new wording needs one."""
    since = contact.asked_at - AGAIN_S
    for other in _found(rows):
        if (
            is_same(contact, other)
            and other.policy == contact.policy
            and (other.confirmed_at is not None or other.asked_at > since)
        ):
            return other
    return None


def too_many(contact: Contact, own: Iterable[ContactRow], same: Iterable[ContactRow], bounds: Bounds) -> bool:
    """Whether one more message is more than a day allows.

    Args:
        contact: for which it would be.
        own: rows of its visitor, also those that are forgotten; a row may come twice.
        same: rows of its address.
        bounds: messages a day.
    """
    since = contact.asked_at - DAY_S
    asked = [len({row.contact_id for row in rows if row.asked_at > since}) for rows in (own, same)]
    return asked[0] >= bounds.per_visitor or asked[1] >= bounds.per_address


def is_given_up(row: ContactRow, now: float) -> bool:
    """Whether nobody tries to send the message of a row any more, though its link would hold."""
    return row.due_at is None and row.failure is not None and (row.expires_at or 0.0) > now


def revived(row: ContactRow, at: float) -> ContactRow:
    """What was given up is due again."""
    return row._replace(due_at=at, attempts=0, failure=None)


def confirmed(row: ContactRow, contact: Contact) -> ContactRow:
    """The row once the owner of the address has said yes."""
    body = _encoder.encode(contact)
    return row._replace(
        visitor_id=contact.visitor_id, expires_at=contact.expires_at, due_at=None, failure=None, body=body
    )


def forgotten(row: ContactRow) -> ContactRow:
    """What is left of a contact that nobody may know any more."""
    return row._replace(visitor_id=None, expires_at=None, due_at=None, failure=None, body=None, name=None)


def is_withdrawn(row: ContactRow, consents: dict[str, Consent]) -> bool:
    """Whether the purpose of a row was withdrawn after it was asked for, or confirmed."""
    contact = row.contact
    cut = withdrawn_at(consents, contact.purpose) if contact else None
    return contact is not None and cut is not None and (contact.confirmed_at or contact.asked_at) <= cut


def is_same(one: Contact, other: Contact) -> bool:
    """Whether two contacts are one address for one purpose."""
    return one.purpose == other.purpose and email_identity(one.address) == email_identity(other.address)


def depth(dues: Sequence[float], dead: int) -> OutboxDepth:
    """How much waits."""
    return OutboxDepth(CONTACTS, len(dues), dead, min(dues, default=None))


def by_age(rows: Iterable[ContactRow]) -> list[Contact]:
    """The contacts of rows, the oldest first."""
    return sorted(_found(rows), key=lambda contact: (contact.asked_at, contact.contact_id))


def _found(rows: Iterable[ContactRow]) -> list[Contact]:
    return [contact for row in rows if (contact := row.contact) is not None]
