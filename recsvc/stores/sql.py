"""The store in SQL: one writer thread with group commit, reads on the calling thread; on either engine."""

from collections.abc import Collection, Iterator, Sequence
from concurrent.futures import Future
from typing import Protocol

import sqlalchemy as sa

from recsvc.domain.catalogue import Item
from recsvc.domain.events import Event, EventKind
from recsvc.serving.ports import QuizSession, VisitorRead
from recsvc.stores import appending, catalogue, rebuild
from recsvc.stores.reads import Reads, Rows
from recsvc.stores.writer import Writer

READING = "recsvc_reading"
"""Execution option of a connection whose transactions are snapshots that only read, without the lock."""


class Part(Protocol):
    """Something with a thread of its own."""

    def close(self) -> None:
        """Stop."""
        ...


class SqlStore:
    """All ports on one database; other processes may open the same one.

    Args:
        engine: of the writer: its transactions begin with the lock that makes them one after the other.
        rows: of the reads.
        parts: what else works for the store until it is closed.
    """

    def __init__(self, engine: sa.Engine, rows: Rows, *parts: Part) -> None:
        self._engine = engine
        self._parts = parts
        self._reads = Reads(rows, engine.dialect)
        self._writer = Writer(engine)

    def read_visitor(self, visitor_id: str) -> VisitorRead:
        """Read a profile and the catalogue's number: on SQLite 10 µs, and 0.2 µs an interaction."""
        return self._reads.visitor(visitor_id)

    def append(self, events: Sequence[Event], session: QuizSession | None = None) -> Future[list[bool]]:
        """Append events with their effects; bulk loads go fastest with a visitor's events side by side."""
        batch = tuple(events)
        return self._writer.submit_joint(appending.append_all, (batch, session), len(batch) + 1)

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

    def read_session(self, session_id: str) -> QuizSession | None:
        """One quiz session."""
        return self._reads.session(session_id)

    def check(self) -> None:
        """Answer a trivial read."""
        self._reads.check()

    def visitors(self, after: str, limit: int) -> list[str]:
        """Ids of visitors with events, in order, beyond one."""
        return self._reads.visitors(after, limit)

    def reproject(self, visitor_ids: Sequence[str]) -> Future[int]:
        """Project the log of visitors anew; how many profiles differed and were replaced."""
        return self._writer.submit(
            lambda connection: rebuild.reproject(connection, visitor_ids), len(visitor_ids)
        )

    def close(self) -> None:
        """Finish the writes that were taken and let go of the connections."""
        self._writer.close()
        for part in self._parts:
            part.close()
        self._reads.close()
        self._engine.dispose()
