"""The outbox in SQL: who is due at which destination, inside the caller's transaction."""

from collections.abc import Collection, Iterable
from typing import Any

import sqlalchemy as sa

from recsvc.domain.destinations import Outgoing
from recsvc.serving.deliveries import Delivery, Noted, OutboxDepth, Settlement
from recsvc.stores import outbox_rows
from recsvc.stores.outbox_rows import AT_ONCE, NEVER, OutboxRow, decode
from recsvc.stores.schema import outbox, outbox_cursors
from recsvc.stores.statements import Insertion, Lookup, execute_many

_put = Insertion(outbox, replace=True)
_put_cursor = Insertion(outbox_cursors, replace=True)
_of = Lookup(outbox.c.visitor_id, sa.select(outbox))
_delete = sa.delete(outbox).where(
    outbox.c.destination == sa.bindparam("at"), outbox.c.visitor_id == sa.bindparam("of")
)


def cursor(connection: sa.Connection, destination: str) -> int:
    """The number of the log up to which a destination's events were noted."""
    chosen = sa.select(outbox_cursors.c.seq).where(outbox_cursors.c.destination == destination)
    return connection.execute(chosen).scalar_one_or_none() or 0


def note(connection: sa.Connection, destination: str, told: Noted, at: float) -> None:
    """Note whose state is due, and move the cursor."""
    there = _rows_of(connection, told.names | told.known)
    found = {row.visitor_id: row for row in there if row.destination == destination}
    rows = [found.get(name) or OutboxRow(destination, name) for name in sorted(told.names | found.keys())]
    _put.run(connection, [outbox_rows.noted(row, at) for row in rows])
    _put_cursor.run(connection, [(destination, max(told.cursor, cursor(connection, destination)))])


def touch(connection: sa.Connection, names: Collection[str]) -> None:
    """Names are of nobody any more: whoever knows them has to look."""
    _put.run(connection, [outbox_rows.noted(row, AT_ONCE) for row in _rows_of(connection, names)])


def is_due(connection: sa.Connection, destination: str, now: float) -> bool:
    """Whether there is anything to claim."""
    return connection.execute(_due(destination, now).limit(1)).first() is not None


def claim(
    connection: sa.Connection, destination: str, now: float, until: float, limit: int
) -> list[Delivery]:
    """Take what is due until then."""
    rows = [OutboxRow(*row) for row in connection.execute(_due(destination, now).limit(limit))]
    _put.run(connection, [row._replace(due_at=until) for row in rows])
    return [row.delivery for row in rows]


def settle(connection: sa.Connection, delivery: Delivery, settlement: Settlement) -> None:
    """Say what came of a delivery."""
    own = (row for row in _rows_of(connection, [delivery.visitor_id]))
    row = next((one for one in own if one.destination == delivery.destination), None)
    left = outbox_rows.settled(row, delivery, settlement)
    if left is not None:
        _put.run(connection, [left])
    elif row is not None:
        _forget(connection, [row])


def erase(connection: sa.Connection, names: Collection[str]) -> None:
    """Take back what destinations know of erased names; what had not left yet never will."""
    pairs = [(row, outbox_rows.erased(row)) for row in _rows_of(connection, names)]
    _put.run(connection, [left for _, left in pairs if left is not None])
    _forget(connection, [row for row, left in pairs if left is None])


def revive(connection: sa.Connection, destination: str, at: float) -> int:
    """Make what was given up due again."""
    chosen = sa.select(outbox).where(outbox.c.destination == destination, outbox.c.due_at >= NEVER)
    rows = [outbox_rows.revived(OutboxRow(*row), at) for row in connection.execute(chosen)]
    _put.run(connection, rows)
    return len(rows)


def known_of(connection: sa.Connection, names: Collection[str]) -> dict[str, Outgoing]:
    """Destination → what it knows."""
    found = ((row.destination, decode(row.body)) for row in sorted(_rows_of(connection, names)))
    return {destination: known for destination, known in found if known is not None}


def recipients(connection: sa.Connection, destination: str) -> list[Outgoing]:
    """Everything that a destination knows, of visitors who were not erased."""
    chosen = sa.select(outbox.c.body).where(
        outbox.c.destination == destination, outbox.c.body.is_not(None), ~outbox.c.erased
    )
    found = (decode(body) for (body,) in connection.execute(chosen.order_by(outbox.c.visitor_id)))
    return [known for known in found if known is not None]


def depths(connection: sa.Connection) -> list[OutboxDepth]:
    """How much waits for each destination."""
    dead = sa.func.count().filter(outbox.c.due_at >= NEVER)
    waiting = sa.func.count().filter(outbox.c.due_at < NEVER)
    oldest = sa.func.min(outbox.c.due_at).filter(outbox.c.due_at < NEVER)
    chosen = sa.select(outbox.c.destination, waiting, dead, oldest).where(outbox.c.due_at.is_not(None))
    grouped = chosen.group_by(outbox.c.destination).order_by(outbox.c.destination)
    return [OutboxDepth(*row) for row in connection.execute(grouped)]


def _due(destination: str, now: float) -> sa.Select[*tuple[Any, ...]]:
    return (
        sa.select(outbox)
        .where(outbox.c.destination == destination, outbox.c.due_at <= now)
        .order_by(outbox.c.due_at, outbox.c.visitor_id)
    )


def _rows_of(connection: sa.Connection, names: Collection[str]) -> list[OutboxRow]:
    return [OutboxRow(*row) for row in _of.rows(connection, list(names))]


def _forget(connection: sa.Connection, rows: Iterable[OutboxRow]) -> None:
    execute_many(connection, _delete, [{"at": row.destination, "of": row.visitor_id} for row in rows])
