"""Catalogue writes: items under a change number, inside the caller's transaction."""

from collections.abc import Sequence

import sqlalchemy as sa

from recsvc.domain.catalogue import Item
from recsvc.stores import bodies
from recsvc.stores.schema import CATALOGUE, counters, items
from recsvc.stores.statements import execute_many, portions

_update = (
    sa.update(items)
    .where(items.c.item_id == sa.bindparam("of"))
    .values(changed=sa.bindparam("changed"), deleted=False, body=sa.bindparam("body"))
)


def put_items(connection: sa.Connection, named: Sequence[Item]) -> int:
    """Replace items; the number rises by one unless all of them were the same already."""
    number = _number(connection) + 1
    wanted = {item.item_id: bodies.item_row(item, number) for item in named}
    known = _known(connection, list(wanted))
    new = [row for item_id, row in wanted.items() if item_id not in known]
    old = [
        {"of": item_id, "changed": number, "body": row["body"]}
        for item_id, row in wanted.items()
        if item_id in known and known[item_id] != row["body"]
    ]
    if not new and not old:
        return number - 1
    execute_many(connection, sa.insert(items), new)
    execute_many(connection, _update, old)
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


def _known(connection: sa.Connection, item_ids: Sequence[str]) -> dict[str, bytes | None]:
    """The stored bodies of items, None for a deleted one."""
    found: dict[str, bytes | None] = {}
    for named in portions(item_ids):
        stored = sa.select(items.c.item_id, items.c.deleted, items.c.body).where(items.c.item_id.in_(named))
        found |= {item_id: None if gone else body for item_id, gone, body in connection.execute(stored)}
    return found


def _number(connection: sa.Connection) -> int:
    return connection.execute(sa.select(counters.c.value).where(counters.c.name == CATALOGUE)).scalar_one()


def _raise_number(connection: sa.Connection, number: int) -> int:
    connection.execute(sa.update(counters).where(counters.c.name == CATALOGUE).values(value=number))
    return number
