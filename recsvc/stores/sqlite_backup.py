"""Backups of SQLite, by its online backup: a copy of the pages as of one moment, while writes go on."""

import os
import sqlite3
from collections.abc import Iterator
from contextlib import closing, contextmanager
from pathlib import Path

from recsvc.domain.errors import BadDataError, InputOutputError, LockedError
from recsvc.stores import migrations
from recsvc.stores.moving import Counts
from recsvc.stores.schema import counters

WAIT_S = 1.0
"""How long a restore waits for whoever holds the database."""


class SqliteBackup:
    """Writes and reads backups of one database file."""

    def __init__(self, database: Path) -> None:
        self._database = database

    def write(self, path: Path) -> Counts:
        """Copy the pages, and check the copy."""
        with _connected(self._database) as source, _connected(path) as target:
            source.execute("BEGIN")
            there = _counts(source)
            source.backup(target)
            target.execute("PRAGMA journal_mode = DELETE")  # one file, without a log beside it
            copied = _checked(target, path)
        if copied != there:
            raise InputOutputError(f"The backup got {copied} of {there} rows; nothing was kept.")
        return copied

    def read(self, path: Path, *, replace: bool) -> Counts:
        """Copy the pages back under a lock that no other connection survives."""
        with _connected(path) as source:
            there = _checked(source, path)
            self._database.parent.mkdir(parents=True, exist_ok=True)
            os.close(os.open(self._database, os.O_RDWR | os.O_CREAT, 0o600))
            with _connected(self._database) as target:
                _lock(target, self._database)
                if not replace:
                    _expect_empty(target, self._database)
                source.backup(target)
                if (copied := _counts(target)) != there:
                    raise InputOutputError(f"The database got {copied} of {there} rows; restore it again.")
        return copied


@contextmanager
def _connected(path: Path) -> Iterator[sqlite3.Connection]:
    try:
        address = f"{path.absolute().as_uri()}?mode=rw"  # makes no file
        with closing(sqlite3.connect(address, uri=True, timeout=WAIT_S, isolation_level=None)) as connection:
            yield connection
    except sqlite3.DatabaseError as error:
        raise InputOutputError(f"{path} does not answer as a database ({error}).") from None


def _lock(connection: sqlite3.Connection, path: Path) -> None:
    """Leave the write-ahead log, which SQLite allows only to whoever is alone, and stay so."""
    try:
        connection.execute("PRAGMA locking_mode = EXCLUSIVE")
        connection.execute("PRAGMA journal_mode = DELETE")
        connection.execute("BEGIN EXCLUSIVE")
        connection.execute("COMMIT")
    except sqlite3.OperationalError as error:
        raise LockedError(f"{path} is in use ({error}); stop the service, then restore again.") from None


def _expect_empty(connection: sqlite3.Connection, path: Path) -> None:
    tables = connection.execute("SELECT name FROM sqlite_master WHERE name = 'events'").fetchall()
    occupied = tables and any(count for name, count in _counts(connection).items() if name != counters.name)
    if occupied:
        raise BadDataError(f"{path} has rows; move it away, or pass --replace to give them up.")


def _checked(connection: sqlite3.Connection, path: Path) -> Counts:
    try:
        ((verdict,), *_) = connection.execute("PRAGMA integrity_check").fetchall()
        ((version,),) = connection.execute("SELECT version_num FROM alembic_version").fetchall()
    except sqlite3.DatabaseError as error:
        raise BadDataError(f"{path} is no backup of recsvc ({error}).") from None
    if verdict != "ok":
        raise BadDataError(f"{path} is damaged ({verdict}); take another backup.")
    if version not in migrations.known():
        raise BadDataError(
            f"{path} has tables of version {version}; restore it with the release that made it."
        )
    return _counts(connection)


def _counts(connection: sqlite3.Connection) -> Counts:
    named = "SELECT name FROM sqlite_master WHERE type = 'table' AND name NOT LIKE 'sqlite_%' ORDER BY name"
    names = [name for (name,) in connection.execute(named) if name != "alembic_version"]
    return {name: connection.execute(f"SELECT count(*) FROM {name}").fetchone()[0] for name in names}  # noqa: S608
