"""SQLite: how a database file is opened and every connection to it is set up."""

import os
import time
from pathlib import Path
from sqlite3 import Connection, OperationalError, register_adapter
from typing import Any

import sqlalchemy as sa

from recsvc.domain.errors import InputOutputError
from recsvc.stores import migrations
from recsvc.stores.checkpoints import START_BYTES, Checkpoints
from recsvc.stores.held import HeldRows
from recsvc.stores.sql import READING, SqlStore
from recsvc.stores.statements import driver

BUSY_TIMEOUT_S = 5.0
"""How long a write waits for another process, an import say, before it is refused."""

SETTINGS = (
    "PRAGMA synchronous = FULL",
    "PRAGMA foreign_keys = ON",
    "PRAGMA secure_delete = ON",  # what is erased is overwritten, not only let go of
    "PRAGMA wal_autocheckpoint = 0",  # `Checkpoints` does it, in nobody's commit
    f"PRAGMA journal_size_limit = {START_BYTES}",
    "PRAGMA cache_size = -16000",  # KiB; the indexes of a million events do not fit into the usual 2,000
)

# sqlite3 asks whatever is no number or text for an adapter, in vain and with an error inside: 0.4 µs a value,
# a third of what an event's row takes
register_adapter(type(None), lambda none: none)
register_adapter(bool, int)


def open_sqlite(path: Path) -> SqlStore:
    """Open the store in a file, made and brought up to date where needed.

    Raises:
        InputOutputError: the file cannot be made, read or brought up to date.
    """
    engine = open_engine(path)
    return SqlStore(engine, HeldRows(engine), Checkpoints(engine))


def open_engine(path: Path) -> sa.Engine:
    """Open a database file, made with mode 0600 where there is none, with its tables up to date.

    Raises:
        InputOutputError: it cannot be made, is no SQLite database, or is newer than this code.
    """
    engine = sa.create_engine(
        sa.URL.create("sqlite", database=str(path)),
        poolclass=sa.NullPool,
        connect_args={"check_same_thread": False, "timeout": BUSY_TIMEOUT_S},
        hide_parameters=True,  # an error must never carry an answer into a log
    )
    sa.event.listen(engine, "connect", _set_up)
    sa.event.listen(engine, "begin", _begin)
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        os.close(os.open(path, os.O_RDWR | os.O_CREAT, 0o600))
        with engine.begin() as connection:
            migrations.upgrade(connection)
    except (OSError, sa.exc.DBAPIError) as error:
        reason = error.orig if isinstance(error, sa.exc.DBAPIError) else error.strerror
        raise InputOutputError(
            f"The database {path} cannot be opened ({reason}); check the path, its rights and the free space."
        ) from error
    return engine


def _set_up(connection: Connection, _record: Any) -> None:
    connection.isolation_level = None  # sqlite3 would begin late and deferred: `_begin` does it
    _use_wal(connection)
    for setting in SETTINGS:
        connection.execute(setting)


def _use_wal(connection: Connection) -> None:
    """Change to the write-ahead log; SQLite does not wait by itself when two openers change to it at once."""
    end = time.monotonic() + BUSY_TIMEOUT_S
    while True:
        try:
            connection.execute("PRAGMA journal_mode = WAL")
        except OperationalError as error:
            if "locked" not in str(error) or time.monotonic() > end:
                raise
            time.sleep(0.005)
        else:
            return


def _begin(connection: sa.Connection) -> None:
    """Take the write lock at the start: a transaction that upgrades its lock half-way cannot wait for it."""
    reading = connection.get_execution_options().get(READING)
    with driver(connection) as own:
        own.execute("BEGIN" if reading else "BEGIN IMMEDIATE")
