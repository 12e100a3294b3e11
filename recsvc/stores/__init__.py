"""Stores: the SQL behind the ports of serving; `open_store` is the one door."""

from pathlib import Path

import sqlalchemy as sa
from sqlalchemy.exc import ArgumentError

from recsvc.domain.errors import UsageError
from recsvc.stores.sql import SqlStore
from recsvc.stores.sqlite import open_sqlite

SUPPORTED = (
    "write sqlite:///PATH, for example sqlite:///.recsvc/recsvc.sqlite, or postgresql://USER@HOST/DATABASE"
)


def open_store(url: str) -> SqlStore:
    """Open the store of a database URL.

    Args:
        url: `sqlite:///relative/path` or `sqlite:////absolute/path`, made and brought up to date where
            needed; or `postgresql://user:password@host:port/database`, prepared by `recsvc migrate`.

    Raises:
        UsageError: the URL names no supported database, or its driver is not installed.
        InputOutputError: the file cannot be made, read or brought up to date, or the tables are not those
            of this release.
    """
    parts = read_url(url)
    if parts.drivername == "sqlite":
        return open_sqlite(Path(parts.database or ""))
    from recsvc.stores.postgres import open_postgres  # noqa: PLC0415 (psycopg, only where it is needed)

    return open_postgres(parts)


def read_url(url: str) -> sa.URL:
    """The parts of a database URL that is supported here.

    Raises:
        UsageError: it is not.
    """
    try:
        parts = sa.make_url(url)
    except ArgumentError:
        raise UsageError(f"The database URL cannot be read; {SUPPORTED}.") from None
    if parts.drivername == "postgresql":
        _expect_driver()
        return parts
    if parts.drivername != "sqlite" or not parts.database or parts.database == ":memory:" or parts.query:
        raise UsageError(f"The database URL ({parts.drivername}) is not supported; {SUPPORTED}.")
    return parts


def _expect_driver() -> None:
    try:
        import psycopg  # noqa: F401, PLC0415 (only where it is needed)
    except ImportError as error:
        raise UsageError(
            f"PostgreSQL needs the extra `postgres` ({error}); docs/installing.md says how to install it."
        ) from None
