"""The store in SQL: one writer thread with group commit, reads on the calling thread; on either engine."""

from collections.abc import Callable, Collection, Iterator, Mapping, Sequence
from concurrent.futures import Future
from contextlib import AbstractContextManager, nullcontext
from datetime import date, datetime
from typing import TypeVar

import sqlalchemy as sa

from recsvc.domain.catalogue import Item
from recsvc.domain.contacts import Contact
from recsvc.domain.destinations import Outgoing
from recsvc.domain.events import Event, EventKind
from recsvc.domain.keys import Key, KeyUse
from recsvc.serving.contact_rows import Bounds, Digests, Notice
from recsvc.serving.deliveries import Delivery, Noted, OutboxDepth, Settlement
from recsvc.serving.ports import ItemPortion, LapsedFact, QuizSession, VisitorRead
from recsvc.stores import appending, catalogue, contacts, keys, outbox, people, personal, rebuild, schema
from recsvc.stores.parts import Part
from recsvc.stores.reads import Reads, Rows
from recsvc.stores.refusals import refusal
from recsvc.stores.writer import Writer

Result = TypeVar("Result")

Turn = Callable[[], AbstractContextManager[bool]]
"""A turn that is held for as long as a block lasts; False: another process has it."""

READING = "recsvc_reading"
"""Execution option of a connection whose transactions are snapshots that only read, without the lock."""


def _nobody_else() -> AbstractContextManager[bool]:
    return nullcontext(enter_result=True)


class SqlStore:
    """All ports on one database; other processes may open the same one.

    Args:
        engine: of the writer: its transactions begin with the lock that makes them one after the other.
        rows: of the reads.
        parts: what else works for the store until it is closed.
        sweep_turn: the turn to sweep among the processes that serve.
    """

    def __init__(self, engine: sa.Engine, rows: Rows, *parts: Part, sweep_turn: Turn = _nobody_else) -> None:
        self._engine = engine
        self._parts = parts
        self._sweep_turn = sweep_turn
        self._reads = Reads(rows, engine.dialect)
        self._writer = Writer(engine, [part.pause for part in parts])

    def read_visitor(self, visitor_id: str) -> VisitorRead:
        """Read a profile and the catalogue's number: on SQLite 10 µs, and 0.2 µs an interaction."""
        return self._reads.visitor(visitor_id)

    def append(self, events: Sequence[Event], session: QuizSession | None = None) -> Future[list[bool]]:
        """Append events with their effects; bulk loads go fastest with a visitor's events side by side."""
        batch = tuple(events)
        return self._writer.submit_joint(appending.append_all, (batch, session), len(batch) + 1)

    def logged(self, event_ids: Collection[str]) -> list[Event]:
        """The events of some ids that are there."""
        return self._look(lambda connection: appending.logged(connection, event_ids))

    def read_events(self, kinds: Collection[EventKind], visitor_id: str | None = None) -> Iterator[Event]:
        """Events of some kinds in the order of their arrival; all visitors' cost a pass over the log."""
        return self._reads.events(kinds, visitor_id)

    def read_log(self, kinds: Collection[EventKind], after: int, limit: int) -> list[tuple[int, Event]]:
        """The next events of some kinds after a number of the log, each with its number."""
        return self._reads.log(kinds, after, limit)

    def put_items(self, items: Sequence[Item]) -> Future[int]:
        """Replace the named items; the number stays where nothing differs."""
        named = tuple(items)
        return self._writer.submit(lambda connection: catalogue.put_items(connection, named), len(named))

    def delete_item(self, item_id: str) -> Future[bool]:
        """Remove one item."""
        return self._writer.submit(lambda connection: catalogue.delete_item(connection, item_id))

    def read_items(self, after: int = 0) -> tuple[list[Item], list[str], int]:
        """Items changed and ids deleted after a number, and the newest number."""
        return self._reads.items(after)

    def item_portions(self) -> Iterator[ItemPortion]:
        """The catalogue as it is kept, some at a time, the oldest change first."""
        return self._reads.item_portions()

    def item_changes(self, after: int, most: int) -> ItemPortion:
        """The oldest changes after a number, each whole."""
        return self._reads.item_changes(after, most)

    def read_session(self, session_id: str) -> QuizSession | None:
        """One quiz session."""
        return self._reads.session(session_id)

    def keys_number(self) -> int:
        """The number that every change of the keys raises: on SQLite 5 µs."""
        return self._reads.keys_number()

    def read_keys(self) -> list[KeyUse]:
        """All keys, those that are over, too."""
        return self._reads.keys()

    def put_key(self, key: Key) -> Future[None]:
        """Keep a key, in place of the one of its id."""
        return self._writer.submit(lambda connection: keys.put_key(connection, key))

    def note_key_use(self, key_id: str, day: date) -> Future[None]:
        """Keep the last day on which a key was used."""
        return self._writer.submit(lambda connection: keys.note_use(connection, key_id, day))

    def check(self) -> None:
        """Answer a trivial read."""
        self._reads.check()

    def visitors(self, after: str, limit: int) -> list[str]:
        """Ids of visitors with a profile, in order, beyond one."""
        return self._reads.visitors(after, limit)

    def names(self, *visitor_ids: str) -> frozenset[str]:
        """All names of visitors, the given ones among them."""

        def read(connection: sa.Connection) -> frozenset[str]:
            visitors = set(people.visitors_of(connection, visitor_ids).values())
            return frozenset().union(*people.names_of(connection, visitors).values())

        return self._look(read)

    def events_of(self, names: Collection[str]) -> list[Event]:
        """All events of some names, in the order in which they arrived."""
        return self._look(lambda connection: personal.events_of(connection, names))

    def histories(self, names: Collection[str]) -> dict[str, list[Event]]:
        """Visitor → all events under all their names, in the order in which they arrived."""
        return self._look(lambda connection: personal.histories(connection, names))

    def sessions_of(self, names: Collection[str]) -> list[QuizSession]:
        """All quiz sessions of some names, the newest first."""
        return self._look(lambda connection: personal.sessions_of(connection, names))

    def erase(self, digests: Mapping[str, str]) -> Future[int]:
        """Erase every row of some names, and the names in the rows of others."""
        return self._writer.submit(lambda connection: personal.erase(connection, digests))

    def erasures(self) -> dict[str, int]:
        """Digest → the number of the log up to which its name was erased."""
        return self._look(lambda connection: dict(connection.execute(sa.select(schema.erasures)).all()))

    def compact(self, *, anew: bool = False) -> None:
        """Leave no byte of what was erased in files of ours."""
        for part in self._parts:
            part.compact(anew=anew)

    def sweep_turn(self) -> AbstractContextManager[bool]:
        """The turn to sweep; on SQLite one process serves, and it is always its turn."""
        return self._sweep_turn()

    def lapsed_facts(self, now: float, keep_s: Mapping[str, float], limit: int) -> list[LapsedFact]:
        """Facts that have expired, or are kept longer than their purpose allows."""
        return self._look(lambda connection: personal.lapsed_facts(connection, now, keep_s, limit))

    def forget_events(self, before: datetime, limit: int) -> Future[int]:
        """Delete events that happened before a time, and project their visitors anew.

        They are looked for here, beside the writer: everybody's writes would wait for the look.
        """
        old = self._look(lambda connection: personal.old_events(connection, before, limit))
        return self._writer.submit(
            lambda connection: personal.forget_events(connection, before, old), len(old) + 1
        )

    def forget_sessions(self, before: float) -> Future[int]:
        """Delete quiz sessions whose last step is older than a time."""
        return self._writer.submit(lambda connection: personal.forget_sessions(connection, before))

    def outbox_cursor(self, destination: str) -> int:
        """The number of the log up to which a destination's events were noted."""
        return self._look(lambda connection: outbox.cursor(connection, destination))

    def note(self, destination: str, noted: Noted, at: float) -> Future[None]:
        """Note whose state is due, and move the cursor."""
        size = len(noted.names) + len(noted.known)
        return self._writer.submit(lambda connection: outbox.note(connection, destination, noted, at), size)

    def is_due(self, destination: str, now: float) -> bool:
        """Whether there is anything to claim."""
        return self._look(lambda connection: outbox.is_due(connection, destination, now))

    def claim(self, destination: str, now: float, until: float, limit: int) -> Future[list[Delivery]]:
        """Take what is due."""
        return self._writer.submit(
            lambda connection: outbox.claim(connection, destination, now, until, limit), limit
        )

    def settle(self, delivery: Delivery, settlement: Settlement) -> Future[None]:
        """Say what came of a delivery."""
        return self._writer.submit(lambda connection: outbox.settle(connection, delivery, settlement))

    def revive(self, destination: str, at: float) -> Future[int]:
        """Make what was given up due again."""
        return self._writer.submit(lambda connection: outbox.revive(connection, destination, at))

    def known_of(self, names: Collection[str]) -> dict[str, Outgoing]:
        """Destination → what it knows."""
        return self._look(lambda connection: outbox.known_of(connection, names))

    def recipients(self, destination: str) -> list[Outgoing]:
        """Everything that a destination knows."""
        return self._look(lambda connection: outbox.recipients(connection, destination))

    def outbox_depths(self) -> list[OutboxDepth]:
        """How much waits for each destination."""
        return self._look(outbox.depths)

    def ask_contact(self, contact: Contact, digests: Digests, bounds: Bounds) -> Future[Contact | None]:
        """Keep an address and make its message due; None where that is one too many."""
        return self._writer.submit(lambda connection: contacts.ask(connection, contact, digests, bounds))

    def read_contact(self, contact_id: str) -> Contact | None:
        """One contact."""
        return self._look(lambda connection: contacts.read(connection, contact_id))

    def contacts_of(self, names: Collection[str]) -> list[Contact]:
        """All contacts of some names, the oldest first."""
        return self._look(lambda connection: contacts.of_names(connection, names))

    def holds_address(self, name: str) -> bool:
        """Whether an address of that name is kept."""
        return self._look(lambda connection: contacts.is_held(connection, name))

    def confirm_contact(self, contact: Contact, events: Sequence[Event]) -> Future[bool]:
        """Append events and confirm a contact; False where it does not wait any more."""

        def confirm(connection: sa.Connection) -> bool:
            if not contacts.is_waiting(connection, contact.contact_id):
                return False
            appending.append_all(connection, [(events, None)])
            contacts.confirm(connection, contact)
            return True

        return self._writer.submit(confirm, len(events) + 1)

    def cancel_contact(self, contact_id: str) -> Future[None]:
        """Forget a contact that waits."""
        return self._writer.submit(lambda connection: contacts.cancel(connection, contact_id))

    def claim_notices(self, now: float, until: float, limit: int) -> Future[list[Notice]]:
        """Take messages that are due."""
        return self._writer.submit(lambda connection: contacts.claim(connection, now, until, limit), limit)

    def settle_notice(
        self, notice: Notice, due_at: float | None, attempts: int, failure: str | None
    ) -> Future[None]:
        """Say what came of a message."""
        return self._writer.submit(lambda on: contacts.settle(on, notice, due_at, attempts, failure))

    def revive_notices(self, now: float) -> Future[int]:
        """Make messages due again that were given up."""
        return self._writer.submit(lambda connection: contacts.revive(connection, now))

    def forget_contacts(self, now: float) -> Future[int]:
        """Forget addresses whose time is over."""
        return self._writer.submit(lambda connection: contacts.forget(connection, now))

    def notice_depth(self) -> OutboxDepth:
        """How many messages wait, or were given up."""
        return self._look(contacts.depth)

    def logged_names(self, after: str, limit: int) -> list[str]:
        """The visitor ids of the log, in order, beyond one."""
        return self._reads.logged_names(after, limit)

    def regroup(self) -> Future[int]:
        """Say anew from the log who is one visitor; how many names were of another one."""
        return self._writer.submit(rebuild.regroup)

    def reproject(self, names: Sequence[str]) -> Future[int]:
        """Project the log of visitors anew; how many profiles differed and were replaced."""
        return self._writer.submit(lambda connection: rebuild.reproject(connection, names), len(names))

    def close(self) -> None:
        """Finish the writes that were taken and let go of the connections."""
        self._writer.close()
        for part in self._parts:
            part.close()
        self._reads.close()
        self._engine.dispose()

    def _look(self, read: Callable[[sa.Connection], Result]) -> Result:
        """Read on a connection of its own, in a snapshot; for what no storefront waits for."""
        try:
            with self._engine.execution_options(**{READING: True}).begin() as connection:
                return read(connection)
        except sa.exc.DBAPIError as error:
            raise refusal(error) from None
