"""Contacts in SQL, inside the caller's transaction."""

from collections.abc import Collection, Iterable, Mapping, Sequence

import sqlalchemy as sa

from recsvc.domain.contacts import Contact
from recsvc.domain.profile import Profile
from recsvc.model.confidence import DAY_S
from recsvc.serving.contact_rows import Bounds, Digests, Notice
from recsvc.serving.deliveries import OutboxDepth
from recsvc.stores import contact_rows, outbox, people
from recsvc.stores.contact_rows import ContactRow
from recsvc.stores.schema import contacts
from recsvc.stores.statements import Insertion, Lookup

_put = Insertion(contacts, replace=True)
_by_id = Lookup(contacts.c.contact_id, sa.select(contacts))
_by_visitor = Lookup(contacts.c.visitor_id, sa.select(contacts))
_by_name = Lookup(contacts.c.name, sa.select(contacts))
_by_asking = Lookup(contacts.c.asked_by, sa.select(contacts))
_by_digest = Lookup(contacts.c.digest, sa.select(contacts))


def ask(connection: sa.Connection, contact: Contact, digests: Digests, bounds: Bounds) -> Contact | None:
    """Keep an address and make its message due, or answer the one that stands; None for too many."""
    own = _rows_of(connection, _names(connection, contact.visitor_id))
    stands = contact_rows.standing(contact, own)
    if stands is not None:
        return stands
    own += [ContactRow(*row) for row in _by_asking.rows(connection, [digests.visitor])]
    same = [ContactRow(*row) for row in _by_digest.rows(connection, [digests.address])]
    if contact_rows.too_many(contact, own, same, bounds):
        return None
    _put.run(connection, [contact_rows.waiting(contact, digests)])
    return contact


def read(connection: sa.Connection, contact_id: str) -> Contact | None:
    """One contact."""
    row = _row(connection, contact_id)
    return row.contact if row else None


def of_names(connection: sa.Connection, names: Collection[str]) -> list[Contact]:
    """All contacts of some names, the oldest first."""
    return contact_rows.by_age(_rows_of(connection, names))


def is_held(connection: sa.Connection, name: str) -> bool:
    """Whether an address of that name is kept."""
    return bool(_by_name.rows(connection, [name]))


def is_waiting(connection: sa.Connection, contact_id: str) -> bool:
    """Whether a contact may be confirmed."""
    contact = read(connection, contact_id)
    return contact is not None and contact.confirmed_at is None


def confirm(connection: sa.Connection, contact: Contact) -> None:
    """Put a confirmed contact in the place of the one that waits, and end its other links."""
    rows = [ContactRow(*row) for row in _by_id.rows(connection, [contact.contact_id])]
    same = [ContactRow(*row) for row in _by_digest.rows(connection, [row.digest for row in rows])]
    others = [
        row for row in same if row not in rows and (one := row.contact) and contact_rows.is_same(contact, one)
    ]
    _put.run(connection, [contact_rows.confirmed(row, contact) for row in rows])
    _put.run(connection, [contact_rows.forgotten(row) for row in others])


def cancel(connection: sa.Connection, contact_id: str) -> None:
    """Forget a contact that waits."""
    row = _row(connection, contact_id)
    if row is not None and is_waiting(connection, contact_id):
        _put.run(connection, [contact_rows.forgotten(row)])


def claim(connection: sa.Connection, now: float, until: float, limit: int) -> list[Notice]:
    """Take messages that are due until then."""
    due = sa.select(contacts).where(contacts.c.due_at <= now, contacts.c.expires_at > now)
    ordered = due.order_by(contacts.c.due_at, contacts.c.contact_id).limit(limit)
    rows = [ContactRow(*row) for row in connection.execute(ordered)]
    _put.run(connection, [row._replace(due_at=until) for row in rows])
    return [row.notice for row in rows]


def settle(
    connection: sa.Connection, notice: Notice, due_at: float | None, attempts: int, failure: str | None
) -> None:
    """Say what came of a message; one that is forgotten meanwhile stays so."""
    row = _row(connection, notice.contact_id)
    if row is not None and row.due_at is not None:
        _put.run(connection, [row._replace(due_at=due_at, attempts=attempts, failure=failure)])


def revive(connection: sa.Connection, now: float) -> int:
    """Make messages due again that were given up."""
    failed = connection.execute(sa.select(contacts).where(contacts.c.failure.is_not(None)))
    dead = [row for row in (ContactRow(*one) for one in failed) if contact_rows.is_given_up(row, now)]
    _put.run(connection, [contact_rows.revived(row, now) for row in dead])
    return len(dead)


def withdraw(connection: sa.Connection, profiles: Iterable[Profile]) -> None:
    """Forget the addresses of purposes that these visitors have withdrawn: those they gave, and their own."""
    consents = {profile.visitor_id: profile.consents for profile in profiles}
    if not consents:
        return
    names = people.names_of(connection, consents)
    said = {name: consents[visitor_id] for visitor_id, own in names.items() for name in own}
    given = _rows_of(connection, said)
    own = [ContactRow(*row) for row in _by_name.rows(connection, sorted(said))]
    gone = {
        row.contact_id: row for row in given if contact_rows.is_withdrawn(row, said[row.visitor_id or ""])
    }
    gone |= {row.contact_id: row for row in own if contact_rows.is_withdrawn(row, said[row.name or ""])}
    _put.run(connection, [contact_rows.forgotten(row) for row in gone.values()])


def erase(connection: sa.Connection, digests: Mapping[str, str]) -> None:
    """Forget the addresses of erased names, and whoever gave an address that is one of them."""
    rows = {row.contact_id: row for row in _rows_of(connection, digests)}
    rows |= {row.contact_id: ContactRow(*row) for row in _by_digest.rows(connection, list(digests.values()))}
    _put.run(connection, [contact_rows.forgotten(row) for row in rows.values()])


def forget(connection: sa.Connection, now: float) -> int:
    """Forget addresses whose time is over, and after a day that there were any; how many there were."""
    over = [
        ContactRow(*row)
        for row in connection.execute(sa.select(contacts).where(contacts.c.expires_at <= now))
    ]
    _put.run(connection, [contact_rows.forgotten(row) for row in over])
    outbox.touch(connection, {row.visitor_id for row in over if row.visitor_id})
    connection.execute(
        sa.delete(contacts).where(contacts.c.body.is_(None), contacts.c.asked_at <= now - DAY_S)
    )
    counted = contacts.c.asked_by.is_not(None) & (contacts.c.asked_at <= now - DAY_S)
    connection.execute(sa.update(contacts).where(counted).values(asked_by=None))
    return len(over)


def depth(connection: sa.Connection) -> OutboxDepth:
    """How many messages wait, or were given up."""
    rows: Sequence[tuple[float | None]] = connection.execute(
        sa.select(contacts.c.due_at).where(contacts.c.due_at.is_not(None) | contacts.c.failure.is_not(None))
    ).all()
    dues = [due_at for (due_at,) in rows if due_at is not None]
    return contact_rows.depth(dues, len(rows) - len(dues))


def _names(connection: sa.Connection, visitor_id: str) -> set[str]:
    (of,) = people.visitors_of(connection, [visitor_id]).values()
    return people.names_of(connection, [of])[of]


def _row(connection: sa.Connection, contact_id: str) -> ContactRow | None:
    return next((ContactRow(*row) for row in _by_id.rows(connection, [contact_id])), None)


def _rows_of(connection: sa.Connection, names: Collection[str]) -> list[ContactRow]:
    return [ContactRow(*row) for row in _by_visitor.rows(connection, sorted(names))]
