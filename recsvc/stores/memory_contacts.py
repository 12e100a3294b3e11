"""Contacts in memory."""

from collections.abc import Collection, Mapping
from concurrent.futures import Future

from recsvc.domain.contacts import Contact
from recsvc.domain.profile import Consent
from recsvc.model.confidence import DAY_S
from recsvc.serving.contact_rows import Bounds, Digests, Notice
from recsvc.serving.deliveries import OutboxDepth
from recsvc.stores import contact_rows
from recsvc.stores.contact_rows import ContactRow
from recsvc.stores.memory_outbox import MemoryOutbox


class MemoryContacts(MemoryOutbox):
    """The port of contacts on a dictionary, but for what concerns the log and the names of visitors."""

    def __init__(self) -> None:
        super().__init__()
        self._contacts: dict[str, ContactRow] = {}

    def read_contact(self, contact_id: str) -> Contact | None:
        """One contact."""
        row = self._contacts.get(contact_id)
        return row.contact if row else None

    def contacts_of(self, names: Collection[str]) -> list[Contact]:
        """All contacts of some names, the oldest first."""
        return contact_rows.by_age(self._contacts_of(names))

    def holds_address(self, name: str) -> bool:
        """Whether an address of that name is kept."""
        return any(row.name == name for row in self._contacts.values())

    def cancel_contact(self, contact_id: str) -> Future[None]:
        """Forget a contact that waits."""

        def write() -> None:
            row, contact = self._contacts.get(contact_id), self.read_contact(contact_id)
            if row is not None and contact is not None and contact.confirmed_at is None:
                self._put_contact(contact_rows.forgotten(row))

        return self._done(write)

    def claim_notices(self, now: float, until: float, limit: int) -> Future[list[Notice]]:
        """Take messages that are due."""

        def write() -> list[Notice]:
            due = [row for row in self._contacts.values() if row.due_at is not None and row.due_at <= now]
            live = [row for row in due if row.expires_at is not None and row.expires_at > now]
            claimed = sorted(live, key=lambda row: (row.due_at, row.contact_id))[:limit]
            for row in claimed:
                self._put_contact(row._replace(due_at=until))
            return [row.notice for row in claimed]

        return self._done(write)

    def settle_notice(
        self, notice: Notice, due_at: float | None, attempts: int, failure: str | None
    ) -> Future[None]:
        """Say what came of a message."""

        def write() -> None:
            row = self._contacts.get(notice.contact_id)
            if row is not None and row.due_at is not None:
                self._put_contact(row._replace(due_at=due_at, attempts=attempts, failure=failure))

        return self._done(write)

    def revive_notices(self, now: float) -> Future[int]:
        """Make messages due again that were given up."""

        def write() -> int:
            dead = [row for row in self._contacts.values() if contact_rows.is_given_up(row, now)]
            for row in dead:
                self._put_contact(contact_rows.revived(row, now))
            return len(dead)

        return self._done(write)

    def forget_contacts(self, now: float) -> Future[int]:
        """Forget addresses whose time is over."""

        def write() -> int:
            over = [
                row for row in self._contacts.values() if row.expires_at is not None and row.expires_at <= now
            ]
            for row in over:
                self._put_contact(contact_rows.forgotten(row))
            self._touch_deliveries({row.visitor_id for row in over if row.visitor_id})
            kept = [
                row for row in self._contacts.values() if row.body is not None or row.asked_at > now - DAY_S
            ]
            counted = [row if row.asked_at > now - DAY_S else row._replace(asked_by=None) for row in kept]
            self._contacts = {row.contact_id: row for row in counted}
            return len(over)

        return self._done(write)

    def notice_depth(self) -> OutboxDepth:
        """How many messages wait, or were given up."""
        rows = list(self._contacts.values())
        dead = sum(row.due_at is None and row.failure is not None for row in rows)
        return contact_rows.depth([row.due_at for row in rows if row.due_at is not None], dead)

    def _ask(
        self, contact: Contact, digests: Digests, bounds: Bounds, names: Collection[str]
    ) -> Contact | None:
        own = self._contacts_of(names)
        stands = contact_rows.standing(contact, own)
        if stands is not None:
            return stands
        own += [row for row in self._contacts.values() if row.asked_by == digests.visitor]
        same = [row for row in self._contacts.values() if row.digest == digests.address]
        if contact_rows.too_many(contact, own, same, bounds):
            return None
        self._put_contact(contact_rows.waiting(contact, digests))
        return contact

    def _confirm(self, contact: Contact) -> None:
        row = self._contacts[contact.contact_id]
        for other in [one for one in self._contacts.values() if one.digest == row.digest and one is not row]:
            found = other.contact
            if found is not None and contact_rows.is_same(contact, found):
                self._put_contact(contact_rows.forgotten(other))
        self._put_contact(contact_rows.confirmed(row, contact))

    def _withdraw_contacts(self, names: Collection[str], consents: dict[str, Consent]) -> None:
        for row in list(self._contacts.values()):
            concerned = row.visitor_id in names or row.name in names
            if concerned and contact_rows.is_withdrawn(row, consents):
                self._put_contact(contact_rows.forgotten(row))

    def _erase_contacts(self, digests: Mapping[str, str]) -> None:
        for row in list(self._contacts.values()):
            if row.visitor_id in digests or row.digest in digests.values():
                self._put_contact(contact_rows.forgotten(row))

    def _contacts_of(self, names: Collection[str]) -> list[ContactRow]:
        return [row for row in self._contacts.values() if row.visitor_id in names]

    def _put_contact(self, row: ContactRow) -> None:
        self._contacts[row.contact_id] = row
