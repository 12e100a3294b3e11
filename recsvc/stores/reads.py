"""Reads: statements compiled once, run on a connection that each thread holds."""

import threading
from collections.abc import Collection, Iterator
from types import SimpleNamespace
from typing import Any

import sqlalchemy as sa

from recsvc.domain.catalogue import Item
from recsvc.domain.events import Event, EventKind
from recsvc.domain.keys import KeyUse
from recsvc.domain.profile import Profile
from recsvc.serving.ports import QuizSession, VisitorRead
from recsvc.stores import keys
from recsvc.stores.bodies import item_decoder, profile_decoder, read_event, session_decoder
from recsvc.stores.schema import CATALOGUE, counters, items, profiles, quiz_sessions
from recsvc.stores.schema import events as log
from recsvc.stores.writer import unavailable

PORTION = 10_000
"""Events that are fetched at a time."""


class Reads:
    """Point reads without SQLAlchemy's execution: a profile of a few interactions takes 10 µs."""

    def __init__(self, engine: sa.Engine) -> None:
        self._engine = engine
        self._held = threading.local()
        self._connections: list[Any] = []
        number = sa.select(counters.c.value).where(counters.c.name == sa.literal_column(f"'{CATALOGUE}'"))
        body = sa.select(profiles.c.body).where(profiles.c.visitor_id == sa.bindparam("visitor_id"))
        changes = sa.select(items.c.item_id, items.c.deleted, items.c.body).where(
            items.c.changed > sa.bindparam("after")
        )
        session = sa.select(quiz_sessions.c.body).where(
            quiz_sessions.c.session_id == sa.bindparam("session_id")
        )
        visitors = sa.select(log.c.visitor_id).where(log.c.visitor_id > sa.bindparam("after")).distinct()
        portion = visitors.order_by(log.c.visitor_id).limit(sa.bindparam("limit"))
        self._visitors = self._compiled(portion.offset(sa.bindparam("offset")))
        self._visitor = self._compiled(sa.select(number.scalar_subquery(), body.scalar_subquery()))
        self._number = self._compiled(number)
        self._changes = self._compiled(changes.order_by(items.c.changed, items.c.item_id))
        self._session = self._compiled(session)
        self._keys_number = self._compiled(keys.number)
        self._keys = self._compiled(keys.every)

    def visitor(self, visitor_id: str) -> VisitorRead:
        """The profile and the catalogue's number, in one statement."""
        ((number, body),) = self._rows(self._visitor, visitor_id)
        profile = Profile(visitor_id) if body is None else profile_decoder.decode(body)
        return VisitorRead(profile, number)

    def session(self, session_id: str) -> QuizSession | None:
        """One quiz session."""
        rows = self._rows(self._session, session_id)
        return session_decoder.decode(rows[0][0]) if rows else None

    def items(self, after: int) -> tuple[list[Item], list[str], int]:
        """What changed after a number, and the newest number, of one moment."""
        self._rows("BEGIN")
        ((number,),) = self._rows(self._number)
        rows = self._rows(self._changes, after)
        self._rows("COMMIT")
        changed = [item_decoder.decode(body) for _, deleted, body in rows if not deleted]
        return changed, [item_id for item_id, deleted, _ in rows if deleted], number

    def events(self, kinds: Collection[EventKind], visitor_id: str | None) -> Iterator[Event]:
        """Events of some kinds in the order of their arrival, read as they are asked for."""
        chosen = sa.select(log).where(log.c.kind.in_([kind.value for kind in kinds])).order_by(log.c.seq)
        if visitor_id is not None:
            chosen = chosen.where(log.c.visitor_id == visitor_id)
        try:
            with self._engine.connect().execution_options(yield_per=PORTION) as connection:
                yield from map(read_event, connection.execute(chosen))
        except sa.exc.DBAPIError as error:
            raise unavailable(error) from error

    def log(self, kinds: Collection[EventKind], after: int, limit: int) -> list[tuple[int, Event]]:
        """The next events of some kinds after a number; the lock of writers is never taken."""
        named: list[Any] = [sa.literal_column(f"'{kind.value}'") for kind in sorted(kinds)]
        chosen = sa.select(log).where(log.c.seq > sa.bindparam("after"), log.c.kind.in_(named))
        portion = chosen.order_by(log.c.seq).limit(sa.bindparam("limit")).offset(sa.bindparam("offset"))
        rows = self._rows(self._compiled(portion), after, limit, 0)
        named_rows = (SimpleNamespace(**dict(zip(log.c.keys(), row, strict=True))) for row in rows)
        return [(row.seq, read_event(row)) for row in named_rows]

    def visitors(self, after: str, limit: int) -> list[str]:
        """Ids of visitors with events, in order, beyond one."""
        return [visitor_id for (visitor_id,) in self._rows(self._visitors, after, limit, 0)]

    def keys_number(self) -> int:
        """The number that every change of the keys raises."""
        ((number,),) = self._rows(self._keys_number)
        return int(number)

    def keys(self) -> list[KeyUse]:
        """All keys."""
        return [keys.read_use(row) for row in self._rows(self._keys)]

    def check(self) -> None:
        """Answer a trivial read."""
        self._rows(self._number)

    def close(self) -> None:
        """Let go of every thread's connection."""
        while self._connections:
            self._connections.pop().close()

    def _compiled(self, statement: sa.Select[Any]) -> str:
        return str(statement.compile(dialect=self._engine.dialect))

    def _rows(self, statement: str, *parameters: object) -> list[Any]:
        try:
            return self._connection().execute(statement, parameters).fetchall()
        except (self._engine.dialect.loaded_dbapi.Error, sa.exc.DBAPIError) as error:
            self._drop()
            raise unavailable(error) from error

    def _connection(self) -> Any:
        held = getattr(self._held, "pooled", None)
        if held is None:
            held = self._held.pooled = self._engine.raw_connection()
            self._connections.append(held)
        return held.driver_connection

    def _drop(self) -> None:
        """Let go of this thread's connection and of whatever it had begun; the next read opens another."""
        held, self._held.pooled = getattr(self._held, "pooled", None), None
        if held is not None:
            self._connections.remove(held)
            held.close()
