"""Backups: a database in one file, checked and counted, and a database put back from one."""

import os
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Protocol

from recsvc.domain.errors import InputOutputError
from recsvc.stores import read_url
from recsvc.stores.moving import Counts
from recsvc.stores.sqlite_backup import SqliteBackup


class Backup(Protocol):
    """How one engine writes and reads a backup."""

    def write(self, path: Path) -> Counts:
        """Write the database as of one moment into a file that exists and is empty; the rows in it."""
        ...

    def read(self, path: Path, *, replace: bool) -> Counts:
        """Put the database back as a file has it, in one transaction; the rows that are there then."""
        ...


def backup(url: str, path: Path) -> Counts:
    """Write a backup that only its owner may read; the database may be in use.

    Raises:
        UsageError: the URL names no supported database.
        InputOutputError: the file is there already or cannot be written, or the database does not answer.
    """
    with _new_file(path) as partial:
        return _engine(url).write(partial)


def restore(url: str, path: Path, *, replace: bool = False) -> Counts:
    """Put a database back from a backup.

    Args:
        url: the database, made where there is none (SQLite) or empty (PostgreSQL).
        path: a backup of the same engine.
        replace: whether a database that has rows is given up.

    Raises:
        UsageError: the URL names no supported database.
        InputOutputError: the file cannot be read, or the database does not answer.
        BadDataError: the file is no sound backup, or the database has rows; it is as it was before.
        LockedError: a service or another command is using the database.
    """
    if not path.is_file():
        raise InputOutputError(f"There is no backup {path}.")
    return _engine(url).read(path, replace=replace)


def _engine(url: str) -> Backup:
    parts = read_url(url)
    if parts.drivername == "sqlite":
        return SqliteBackup(Path(parts.database or ""))
    from recsvc.stores.postgres_backup import PostgresBackup  # noqa: PLC0415 (psycopg, only where it is needed)

    return PostgresBackup(parts)


@contextmanager
def _new_file(path: Path) -> Iterator[Path]:
    """A file beside the named one, which gets the name once all of it is on the disk."""
    partial = path.with_name(f"{path.name}.partial")
    if path.exists():
        raise InputOutputError(f"{path} is there already; a backup overwrites nothing: name another file.")
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        partial.unlink(missing_ok=True)
        os.close(os.open(partial, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600))
        yield partial
        for written in (partial, path.parent):
            _flush(written)
        os.link(partial, path)  # fails where another run was faster
        _flush(path.parent)
    except FileExistsError as error:
        raise InputOutputError(f"{path} is there already; name another file.") from error
    except OSError as error:
        raise InputOutputError(f"The backup {path} cannot be written ({error.strerror}).") from error
    finally:
        partial.unlink(missing_ok=True)


def _flush(path: Path) -> None:
    descriptor = os.open(path, os.O_RDONLY)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)
