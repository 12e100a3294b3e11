"""Moving: a database brought to this release's tables, or all its rows copied to one of another engine."""

from pathlib import Path

import sqlalchemy as sa

from recsvc.stores import migrations, read_url
from recsvc.stores.refusals import refusal
from recsvc.stores.sqlite import open_engine as open_sqlite_engine


def migrate(url: str) -> tuple[str | None, str]:
    """Bring the tables of a database to this release; the versions before and after.

    Raises:
        UsageError: the URL names no supported database.
        InputOutputError: it does not answer, or is newer than this release.
    """
    engine = _engine(url)
    try:
        with engine.begin() as connection:
            before = migrations.version(connection)
            migrations.upgrade(connection)
    except sa.exc.DBAPIError as error:
        raise refusal(error) from None
    finally:
        engine.dispose()
    return before, migrations.HEAD


def _engine(url: str) -> sa.Engine:
    parts = read_url(url)
    if parts.drivername == "sqlite":
        return open_sqlite_engine(Path(parts.database or ""))
    from recsvc.stores.postgres import open_engine  # noqa: PLC0415 (psycopg, only where it is needed)

    return open_engine(parts)
