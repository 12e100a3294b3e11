"""Keys in SQL: a body each, the day of its last use, and a number that tells workers of a change."""

from datetime import date
from typing import Any

import msgspec
import sqlalchemy as sa

from recsvc.domain.keys import Key, KeyUse
from recsvc.stores.schema import KEYS, counters, keys

number = sa.select(counters.c.value).where(counters.c.name == sa.literal_column(f"'{KEYS}'"))
every = sa.select(keys.c.used_on, keys.c.body)

_decoder = msgspec.json.Decoder(Key)


def read_use(row: tuple[Any, ...]) -> KeyUse:
    """A row of `every`."""
    used_on, body = row
    return KeyUse(_decoder.decode(body), date.fromisoformat(used_on) if used_on else None)


def put_key(connection: sa.Connection, key: Key) -> None:
    """Keep a key in place of the one of its id, and raise the number."""
    row = {"body": msgspec.json.encode(key)}
    kept = connection.execute(sa.update(keys).where(keys.c.key_id == key.key_id).values(row))
    if not kept.rowcount:
        connection.execute(sa.insert(keys).values(row | {"key_id": key.key_id}))
    raised = sa.update(counters).where(counters.c.name == KEYS)
    connection.execute(raised.values(value=counters.c.value + 1))


def note_use(connection: sa.Connection, key_id: str, day: date) -> None:
    """Keep the last day on which a key was used."""
    connection.execute(sa.update(keys).where(keys.c.key_id == key_id).values(used_on=day.isoformat()))
