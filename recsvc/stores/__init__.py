"""Stores: the SQL behind the ports of serving; `open_store` is the one door."""

import sqlalchemy as sa
from sqlalchemy.exc import ArgumentError

from recsvc.domain.errors import UsageError
from recsvc.stores.sqlite import SqliteStore


def open_store(url: str) -> SqliteStore:
    """Open the store of a database URL, made and brought up to date where needed.

    Args:
        url: `sqlite:///relative/path` or `sqlite:////absolute/path`.

    Raises:
        UsageError: the URL names no supported database.
        InputOutputError: the file cannot be made, read or brought up to date.
    """
    try:
        parts = sa.make_url(url)
    except ArgumentError:
        raise UsageError(
            "The database URL cannot be read; write sqlite:///PATH, for example sqlite:///.recsvc/recsvc.sqlite."
        ) from None
    if parts.drivername != "sqlite" or not parts.database or parts.database == ":memory:" or parts.query:
        raise UsageError(
            f"The database URL ({parts.drivername}) is not supported; this release stores in a file: "
            "write sqlite:///PATH, for example sqlite:///.recsvc/recsvc.sqlite."
        )
    return SqliteStore(parts.database)
