"""Reads: statements compiled once, run without a transaction of their own."""

from collections.abc import Collection, Iterator
from types import SimpleNamespace
from typing import Any, Protocol

import sqlalchemy as sa

from recsvc.domain.catalogue import Item
from recsvc.domain.events import Event, EventKind
from recsvc.domain.keys import KeyUse
from recsvc.domain.profile import Profile
from recsvc.serving.ports import ItemPortion, QuizSession, VisitorRead
from recsvc.stores import keys
from recsvc.stores.bodies import item_decoder, profile_decoder, read_event, session_decoder
from recsvc.stores.schema import CATALOGUE, counters, identities, items, profiles, quiz_sessions
from recsvc.stores.schema import events as log

PORTION = 10_000
"""Events, or items, that are fetched at a time."""


class Rows(Protocol):
    """Runs compiled statements on connections of its own, each a transaction by itself."""

    def __call__(self, statement: str, parameters: tuple[object, ...], *, long: bool = False) -> list[Any]:
        """The rows.

        Args:
            statement: in the engine's own SQL.
            parameters: in their order.
            long: it may take its time, because no request waits for it.

        Raises:
            StoreUnavailableError: the database does not answer.
        """
        ...

    def portions(self, statement: str, parameters: tuple[object, ...], size: int) -> Iterator[list[Any]]:
        """The same rows some at a time, all of one moment; no request waits for them.

        Raises:
            StoreUnavailableError: the database does not answer.
        """
        ...

    def close(self) -> None:
        """Let go of the connections."""
        ...


class Reads:
    """Reads without SQLAlchemy's execution: on SQLite a profile of a few interactions takes 10 µs."""

    def __init__(self, rows: Rows, dialect: sa.Dialect) -> None:
        self._rows = rows
        self._dialect = dialect
        number = sa.select(counters.c.value).where(counters.c.name == sa.literal_column(f"'{CATALOGUE}'"))
        named = sa.select(identities.c.visitor_id).where(identities.c.name == sa.bindparam("visitor_id"))
        of = named.scalar_subquery()
        own = sa.func.coalesce(of, sa.bindparam("visitor_id"))
        body = sa.select(profiles.c.body).where(profiles.c.visitor_id == own)
        newer = items.c.changed > sa.bindparam("after")
        changes = (
            sa.select(counters.c.value, items.c.item_id, items.c.deleted, items.c.body)
            .select_from(counters.outerjoin(items, newer))
            .where(counters.c.name == sa.literal_column(f"'{CATALOGUE}'"))
        )
        every = sa.select(items.c.changed, items.c.item_id, items.c.body)
        session = sa.select(quiz_sessions.c.body).where(
            quiz_sessions.c.session_id == sa.bindparam("session_id")
        )
        self._visitors = self._ids(profiles.c.visitor_id)
        self._logged_names = self._ids(log.c.visitor_id)
        self._visitor = self._compiled(sa.select(number.scalar_subquery(), body.scalar_subquery(), of))
        self._number = self._compiled(number)
        self._changes = self._compiled(changes.order_by(items.c.changed, items.c.item_id))
        # By the id as well, a million rows would be sorted: 1.8 s in place of 0.9.
        self._portions = self._compiled(every.order_by(items.c.changed))
        some = changes.add_columns(items.c.changed).order_by(items.c.changed)
        self._some = self._compiled(_portion(some))
        self._session = self._compiled(session)
        self._keys_number = self._compiled(keys.number)
        self._keys = self._compiled(keys.every)

    def visitor(self, visitor_id: str) -> VisitorRead:
        """The profile and the catalogue's number, in one statement."""
        ((number, body, of),) = self._rows(self._visitor, (visitor_id,) * 3)
        profile = Profile(of or visitor_id) if body is None else profile_decoder.decode(body)
        return VisitorRead(profile, number)

    def session(self, session_id: str) -> QuizSession | None:
        """One quiz session."""
        rows = self._rows(self._session, (session_id,))
        return session_decoder.decode(rows[0][0]) if rows else None

    def items(self, after: int) -> tuple[list[Item], list[str], int]:
        """What changed after a number, and the newest number, of one moment because in one statement."""
        found = self._rows(self._changes, (after,), long=True)
        rows = [row for row in found if row[1] is not None]
        changed = [item_decoder.decode(body) for _, _, deleted, body in rows if not deleted]
        return changed, [item_id for _, item_id, deleted, _ in rows if deleted], found[0][0]

    def item_portions(self) -> Iterator[ItemPortion]:
        """The catalogue as it is kept, some at a time."""
        found = False
        for rows in self._rows.portions(self._portions, (), PORTION):
            found = True
            numbers, item_ids, bodies = zip(*rows, strict=True)
            yield ItemPortion(numbers[-1], item_ids, bodies)
        if not found:
            yield ItemPortion(0, (), ())

    def item_changes(self, after: int, most: int) -> ItemPortion:
        """The oldest changes after a number, each whole."""
        rows, limit = self._rows(self._some, (after, most + 1, 0)), most  # requests wait for it
        while len(rows) > limit and rows[0][-1] == rows[-1][-1]:  # the first change may have more
            limit *= 2
            rows = self._rows(self._some, (after, limit + 1, 0), long=True)
        newest = rows[0][0] if len(rows) <= most else max(rows[0][-1], rows[most][-1] - 1)
        there = [(row[1], row[3]) for row in rows if row[1] is not None and row[-1] <= newest]
        return ItemPortion(newest, [item_id for item_id, _ in there], [body for _, body in there])

    def log(
        self, kinds: Collection[EventKind], after: int, limit: int, visitor_id: str | None = None
    ) -> list[tuple[int, Event]]:
        """The next events of some kinds after a number; the lock of writers is never taken."""
        named: list[Any] = [sa.literal_column(f"'{kind.value}'") for kind in sorted(kinds)]
        chosen = sa.select(log).where(log.c.seq > sa.bindparam("after"), log.c.kind.in_(named))
        whose: tuple[str, ...] = ()
        if visitor_id is not None:
            chosen, whose = chosen.where(log.c.visitor_id == sa.bindparam("visitor_id")), (visitor_id,)
        statement = self._compiled(_portion(chosen.order_by(log.c.seq)))
        rows = self._rows(statement, (after, *whose, limit, 0), long=True)
        named_rows = (SimpleNamespace(**dict(zip(log.c.keys(), row, strict=True))) for row in rows)
        return [(row.seq, read_event(row)) for row in named_rows]

    def events(self, kinds: Collection[EventKind], visitor_id: str | None) -> Iterator[Event]:
        """Events of some kinds in the order of their arrival, in portions as they are asked for."""
        after = 0
        while portion := self.log(kinds, after, PORTION, visitor_id):
            for after, event in portion:  # noqa: B007 - the next portion goes on from the last
                yield event

    def visitors(self, after: str, limit: int) -> list[str]:
        """Ids of visitors with a profile, in order, beyond one."""
        return [visitor_id for (visitor_id,) in self._rows(self._visitors, (after, limit, 0), long=True)]

    def logged_names(self, after: str, limit: int) -> list[str]:
        """The visitor ids of the log, in order, beyond one."""
        return [name for (name,) in self._rows(self._logged_names, (after, limit, 0), long=True)]

    def keys_number(self) -> int:
        """The number that every change of the keys raises."""
        ((number,),) = self._rows(self._keys_number, ())
        return int(number)

    def keys(self) -> list[KeyUse]:
        """All keys."""
        return [keys.read_use(row) for row in self._rows(self._keys, ())]

    def check(self) -> None:
        """Answer a trivial read."""
        self._rows(self._number, ())

    def close(self) -> None:
        """Let go of the connections."""
        self._rows.close()

    def _ids(self, column: sa.Column[Any]) -> str:
        distinct = sa.select(column).where(column > sa.bindparam("after")).distinct()
        return self._compiled(_portion(distinct.order_by(column)))

    def _compiled(self, statement: sa.Select[Any]) -> str:
        return str(statement.compile(dialect=self._dialect))


def _portion(statement: sa.Select[Any]) -> sa.Select[Any]:
    return statement.limit(sa.bindparam("limit")).offset(
        sa.bindparam("offset")
    )  # SQLite's dialect names both
