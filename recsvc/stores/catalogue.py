"""Catalogue writes: items under a change number, inside the caller's transaction."""

from collections.abc import Sequence

import sqlalchemy as sa

from recsvc.domain.catalogue import Item
from recsvc.stores import bodies
from recsvc.stores.schema import CATALOGUE, counters, items
from recsvc.stores.statements import Insertion, Lookup

_put = Insertion(items, replace=True)
_stored = Lookup(items.c.item_id, sa.select(items.c.item_id, items.c.deleted, items.c.body))


def put_items(connection: sa.Connection, named: Sequence[Item]) -> int:
    """Replace items; the number rises by one unless all of them were the same already."""
    number = _number(connection) + 1
    wanted = {item.item_id: bodies.item_row(item, number) for item in named}
    stored = _stored.rows(connection, list(wanted))
    same = {item_id for item_id, gone, body in stored if not gone and body == wanted[item_id][-1]}
    changed = [row for item_id, row in wanted.items() if item_id not in same]
    if not changed:
        return number - 1
    _put.run(connection, changed)
    return _raise_number(connection, number)


def delete_item(connection: sa.Connection, item_id: str) -> bool:
    """Mark an item as deleted, so that every worker hears of it; False where it was not there."""
    number = _number(connection) + 1
    marked = connection.execute(
        sa.update(items)
        .where(items.c.item_id == item_id, ~items.c.deleted)
        .values(changed=number, deleted=True, body=b"")
    )
    if marked.rowcount:
        _raise_number(connection, number)
    return bool(marked.rowcount)


def _number(connection: sa.Connection) -> int:
    return connection.execute(sa.select(counters.c.value).where(counters.c.name == CATALOGUE)).scalar_one()


def _raise_number(connection: sa.Connection, number: int) -> int:
    connection.execute(sa.update(counters).where(counters.c.name == CATALOGUE).values(value=number))
    return number
