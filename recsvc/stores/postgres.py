"""PostgreSQL: how the pools are set up, and the one lock that makes writers of all processes take turns."""

from collections.abc import Iterator
from contextlib import contextmanager, suppress
from functools import partial
from typing import Any

import sqlalchemy as sa

from recsvc.domain.errors import StoreUnavailableError
from recsvc.stores import migrations
from recsvc.stores.pooled import PooledRows
from recsvc.stores.refusals import refusal
from recsvc.stores.sending import SendingConnection
from recsvc.stores.sql import READING, SqlStore
from recsvc.stores.statements import driver

WRITE_LOCK = 7_236_283
"""Key of the advisory lock that every writing transaction takes first and keeps until its commit.

So events get their numbers in the order in which they become visible, and no two transactions read the same
profile to change it: the same rule as SQLite's one writer, and one code for both.
"""

SWEEP_LOCK = 7_236_284
"""Key of the advisory lock that a sweep holds on a connection of its own: it goes with the process."""

CONNECT_S = 3
"""How long a connection may take to be made; libpq knows whole seconds from 2 on."""

DAY_S = 24 * 3600.0

READERS = 4
"""Connections for reads, a process; one more is the writer's."""

# `auto` undoes `_plan_once`, which pays where a statement comes again and again. A look is on a connection of
# its own and asks once, of few names or of a whole log: it is planned for its values, which took no longer
# among 120,000 events.
READ = "BEGIN ISOLATION LEVEL REPEATABLE READ, READ ONLY; SET LOCAL plan_cache_mode = 'auto'"

SETTINGS = {
    "statement_timeout": "30s",
    "lock_timeout": "5s",
    "idle_in_transaction_session_timeout": "10s",  # a process that froze amid a write lets go of the lock
    # Every statement of a store finds rows by an index. A prepared one that was planned while its table was
    # small would go on reading all of it until the next ANALYZE: 1,300 events/s instead of 6,500.
    "enable_seqscan": "off",
    "jit": "off",
}


def open_postgres(url: sa.URL) -> SqlStore:
    """Open the store in a database that `recsvc migrate` has prepared; one that is down is tried again later.

    Raises:
        StoreUnavailableError: the tables are missing or of another release.
    """
    pool = {"pool_size": READERS, "max_overflow": 2 * READERS}
    reading, writing = _engine(url, **pool), _engine(url, poolclass=sa.NullPool)
    for engine in (reading, writing):
        sa.event.listen(engine, "connect", _prepare)
    sa.event.listen(writing, "connect", _plan_once)
    rows = PooledRows(reading)
    try:
        reading.connect().close()  # waits in the pool: no request waits for a connection to be made
    except sa.exc.DBAPIError as error:
        rows.open(str(refusal(error)))
    return SqlStore(writing, rows, sweep_turn=partial(_sweep_turn, writing))


def open_engine(url: sa.URL) -> sa.Engine:
    """An engine for migrations and copies: whatever the tables are, and however long a statement takes."""
    engine = _engine(url, poolclass=sa.NullPool)
    sa.event.listen(engine, "connect", _take_time)
    return engine


@contextmanager
def _sweep_turn(engine: sa.Engine) -> Iterator[bool]:
    """The turn to sweep, unless another process has it; the lock ends with its connection."""
    try:
        lent = engine.raw_connection()
    except sa.exc.DBAPIError as error:
        raise refusal(error) from None
    try:
        connection: Any = lent.driver_connection
        (is_ours,) = connection.execute(f"SELECT pg_try_advisory_lock({SWEEP_LOCK})").fetchone()
        yield is_ours
        with suppress(engine.dialect.loaded_dbapi.Error):  # the server hears of the end later than we do
            connection.execute(f"SELECT pg_advisory_unlock({SWEEP_LOCK})")
    finally:
        lent.invalidate()


def _engine(url: sa.URL, **options: Any) -> sa.Engine:
    engine = sa.create_engine(
        url.set(drivername="postgresql+psycopg"),
        paramstyle="format",
        use_native_hstore=False,
        hide_parameters=True,  # an error must never carry an answer into a log
        pool_reset_on_return=None,
        **options,
    )
    sa.event.listen(engine, "do_connect", _connect)
    sa.event.listen(engine, "begin", _begin)
    return engine


def _connect(_dialect: Any, _record: Any, arguments: list[Any], named: dict[str, Any]) -> SendingConnection:
    defaults: dict[str, Any] = {"connect_timeout": CONNECT_S, "application_name": "recsvc"}
    defaults["autocommit"] = True  # `_begin` says BEGIN with the lock; psycopg would ask the server once more
    return SendingConnection.connect(*arguments, **(defaults | named))


def _prepare(connection: SendingConnection, _record: Any) -> None:
    connection.execute("; ".join(f"SET {name} = '{value}'" for name, value in SETTINGS.items()))
    _expect_head(connection)


def _plan_once(connection: SendingConnection, _record: Any) -> None:
    """Keep the plans of a writer: one that looks at an array's values is made anew for each, in 0.2 ms."""
    connection.execute("SET plan_cache_mode = 'force_generic_plan'")


def _take_time(connection: SendingConnection, _record: Any) -> None:
    connection.patience_s = DAY_S


def _expect_head(connection: SendingConnection) -> None:
    """Refuse tables that this release does not know: on every connection, for the database may be another."""
    table = connection.execute("SELECT to_regclass('alembic_version')").fetchone()
    there = table is not None and table[0] is not None
    row = connection.execute("SELECT version_num FROM alembic_version").fetchone() if there else None
    found = row[0] if row else None
    if found != migrations.HEAD:
        state = f"has tables of version {found}" if found else "has no tables of recsvc"
        raise StoreUnavailableError(
            f"The database {connection.info.dbname} {state}, and this release of recsvc needs "
            f"version {migrations.HEAD}; run `recsvc migrate` with the same --database."
        )


def _begin(connection: sa.Connection) -> None:
    with driver(connection) as own:
        if connection.get_execution_options().get(READING):
            own.execute(READ)
        else:
            own.send("BEGIN")
            own.send(f"SELECT pg_advisory_xact_lock({WRITE_LOCK})")
