"""Moving: a database brought to this release's tables, and all its rows copied to one of another engine."""

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path

import sqlalchemy as sa

from recsvc.domain.errors import BadDataError, InputOutputError, UsageError
from recsvc.stores import migrations, read_url
from recsvc.stores.refusals import refusal
from recsvc.stores.schema import counters, events, metadata
from recsvc.stores.sql import READING
from recsvc.stores.sqlite import open_engine as open_sqlite_engine
from recsvc.stores.statements import POSTGRESQL, Insertion

PORTION = 5_000
"""Rows in memory at a time."""

Counts = dict[str, int]
"""Table → rows."""


def migrate(url: str) -> tuple[str | None, str]:
    """Bring the tables of a database to this release; the versions before and after.

    Raises:
        UsageError: the URL names no supported database.
        InputOutputError: it does not answer, or is newer than this release.
    """
    with _engine(url) as engine, engine.begin() as connection:
        before = migrations.version(connection)
        migrations.upgrade(connection)
    return before, migrations.HEAD


def copy(
    source_url: str, target_url: str, on_progress: Callable[[str, int], None] = lambda *_: None
) -> Counts:
    """Copy every row into an empty, migrated database, in one transaction of each; both may be in use.

    Args:
        source_url: is only read, as of one moment.
        target_url: another database, of either engine.
        on_progress: hears a table and how many of its rows are copied.

    Raises:
        UsageError: a URL names no supported database, or both name the same.
        InputOutputError: a database does not answer, or its tables are not those of this release.
        BadDataError: the target has rows, or did not get as many as the source has; it is as it was before.
    """
    if read_url(source_url) == read_url(target_url):
        raise UsageError("Both URLs name the same database; name another one to copy to.")
    with (
        _engine(source_url, make=False) as source,
        _engine(target_url) as target,
        source.connect().execution_options(**{READING: True}) as reading,
        target.begin() as writing,
    ):
        for connection in (reading, writing):
            _expect_head(connection)
        if any(_occupied(count_rows(writing))):
            raise BadDataError("The target has rows already; copy into a database that is only migrated.")
        writing.execute(sa.delete(counters))
        for table in metadata.sorted_tables:
            _copy_table(reading, writing, table, on_progress)
        _set_last_number(writing, _last_number(reading))
        copied, there = count_rows(writing), count_rows(reading)
        if copied != there:
            raise BadDataError(f"The target got {copied} of {there} rows; nothing was kept.")
    return copied


def count_rows(connection: sa.Connection) -> Counts:
    """How many rows each table has."""
    return {
        table.name: connection.execute(sa.select(sa.func.count()).select_from(table)).scalar_one()
        for table in metadata.sorted_tables
    }


@contextmanager
def _engine(url: str, *, make: bool = True) -> Iterator[sa.Engine]:
    parts = read_url(url)
    if parts.drivername == "sqlite":
        path = Path(parts.database or "")
        if not make and not path.is_file():
            raise InputOutputError(f"There is no database {path}; check the URL.")
        engine = open_sqlite_engine(path)
    else:
        from recsvc.stores.postgres import open_engine  # noqa: PLC0415 (psycopg, only where it is needed)

        engine = open_engine(parts)
    try:
        yield engine
    except sa.exc.DBAPIError as error:
        raise refusal(error) from None
    finally:
        engine.dispose()


def _expect_head(connection: sa.Connection) -> None:
    found = migrations.version(connection)
    if found != migrations.HEAD:
        where = connection.engine.url.render_as_string(hide_password=True)
        raise InputOutputError(
            f"{where} has tables of version {found}, and this release needs {migrations.HEAD}; "
            f"run `recsvc migrate --database` with it first."
        )


def _occupied(counts: Counts) -> Iterator[int]:
    """Rows beside the counters, which a migrated database has."""
    return (count for name, count in counts.items() if name != counters.name)


def _copy_table(
    reading: sa.Connection,
    writing: sa.Connection,
    table: sa.Table,
    on_progress: Callable[[str, int], None],
) -> None:
    insertion = Insertion(table)
    chosen = sa.select(table).order_by(*table.primary_key)
    done = 0
    for rows in reading.execute(chosen, execution_options={"yield_per": PORTION}).partitions():
        insertion.run(writing, [tuple(row) for row in rows])
        done += len(rows)
        on_progress(table.name, done)


def _last_number(connection: sa.Connection) -> int:
    """The last number that the log gave away; that event may be gone, and its number never comes again."""
    if connection.dialect.name == POSTGRESQL:
        statement = "SELECT last_value FROM events_seq_seq WHERE is_called"
    else:
        statement = f"SELECT seq FROM sqlite_sequence WHERE name = '{events.name}'"  # noqa: S608
    return connection.execute(sa.text(statement)).scalar() or 0


def _set_last_number(connection: sa.Connection, number: int) -> None:
    if not number:
        return
    if connection.dialect.name == POSTGRESQL:
        connection.execute(sa.text("SELECT setval('events_seq_seq', :number)"), {"number": number})
        return
    connection.execute(sa.text("DELETE FROM sqlite_sequence WHERE name = 'events'"))
    connection.execute(sa.text("INSERT INTO sqlite_sequence VALUES ('events', :number)"), {"number": number})
