"""Contact rows: the port of what is kept of addresses, beside those in `ports`."""

from collections.abc import Collection, Sequence
from concurrent.futures import Future
from typing import NamedTuple, Protocol

from recsvc.domain.contacts import Contact
from recsvc.domain.events import Event
from recsvc.serving.deliveries import OutboxDepth


class Bounds(NamedTuple):
    """How many messages may be asked for in a day."""

    per_address: int
    per_visitor: int


class Digests(NamedTuple):
    """Salted (`serving/privacy.digest`), so that messages are counted when the names are gone."""

    address: str  # of its name
    visitor: str  # who gives it


class Notice(NamedTuple):
    """A message to an address is due."""

    contact_id: str
    attempts: int  # that failed


class ContactRows(Protocol):
    """Addresses that wait for their owner, and those that were confirmed.

    Withdrawing a purpose forgets its addresses, and so do an erasure and the end of a link. What is left for
    a day are salted digests, so that nobody gets one message after the other by taking each back.
    """

    def ask_contact(self, contact: Contact, digests: Digests, bounds: Bounds) -> Future[Contact | None]:
        """Keep an address, and make its message due.

        Args:
            contact: not confirmed.
            digests: what is left of it for a day.
            bounds: messages a day.

        Returns:
            The contact that waits now: the one that was asked for minutes ago, or is confirmed already, in
            place of the same once more, under the same wording. None where there would be too many messages.
        """
        ...

    def read_contact(self, contact_id: str) -> Contact | None:
        """One contact; None where it never was, or is forgotten."""
        ...

    def contacts_of(self, names: Collection[str]) -> list[Contact]:
        """All contacts of some names, the oldest first."""
        ...

    def holds_address(self, name: str) -> bool:
        """Whether an address of that name is kept, waiting or confirmed, whoever gave it."""
        ...

    def confirm_contact(self, contact: Contact, events: Sequence[Event]) -> Future[bool]:
        """Append events and put a confirmed contact in the place of the one that waits, in one transaction.

        Other links to the same address for the same purpose end. False, and nothing is done, where it does
        not wait any more.
        """
        ...

    def cancel_contact(self, contact_id: str) -> Future[None]:
        """Forget a contact that waits; a confirmed one stays."""
        ...

    def claim_notices(self, now: float, until: float, limit: int) -> Future[list[Notice]]:
        """Take messages that are due; nobody else gets them before `until`, Unix seconds."""
        ...

    def settle_notice(
        self, notice: Notice, due_at: float | None, attempts: int, failure: str | None
    ) -> Future[None]:
        """Say what came of a message: it is sent (no failure), due again, or given up (a failure alone)."""
        ...

    def revive_notices(self, now: float) -> Future[int]:
        """Make messages due again that were given up and whose link is not over; how many there were."""
        ...

    def forget_contacts(self, now: float) -> Future[int]:
        """Forget addresses whose time is over, Unix seconds; how many there were."""
        ...

    def notice_depth(self) -> OutboxDepth:
        """How many messages wait, or were given up; `destination` is "contacts"."""
        ...
