"""Statements over many rows, compiled once a dialect: the one place where the engines' SQL differs.

SQLite runs a short statement once a row inside the process. PostgreSQL is a round trip away, and gets each
column as one array: measured 15 µs a row, where one statement a row took 36. Both run on the driver's own
connection: what SQLAlchemy does around a statement takes 60 µs, more than most of these.
"""

from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from typing import Any

import sqlalchemy as sa
from sqlalchemy.dialects import postgresql, sqlite
from sqlalchemy.engine import result_tuple

POSTGRESQL = "postgresql"

PLACES = ":places"
"""Stands in the texts of lookups for the values: on SQLite for as many places as there are."""

NAMED_AT_ONCE = 10_000
"""Values named in one statement; SQLite takes 32,766 parameters."""

FEW = 2
"""Rows up to which PostgreSQL gets a statement each: for one row that takes half of what arrays take."""

Named = tuple["Lookup", Sequence[str]]
"""A lookup with the values it is to find."""


class Insertion:
    """Rows into a table; `replace` puts them over those of the same key."""

    def __init__(self, table: sa.Table, *, replace: bool = False, without: tuple[str, ...] = ()) -> None:
        self.columns = tuple(column for column in table.c if column.name not in without)
        self._table = table
        self._replace = replace
        self._compiled: dict[tuple[str, bool], str] = {}

    def run(self, connection: sa.Connection, rows: Sequence[tuple[Any, ...]]) -> None:
        """Write rows; without any nothing is run.

        Args:
            connection: the caller's, in its transaction; PostgreSQL answers with what is asked next.
            rows: plain values in the order of `columns`; no key twice where they replace.
        """
        if not rows:
            return
        is_postgresql = connection.dialect.name == POSTGRESQL
        in_arrays = is_postgresql and len(rows) > FEW
        text = self._text(connection.dialect, in_arrays=in_arrays)
        with driver(connection) as own:
            if in_arrays:
                own.send(text, tuple(map(list, zip(*rows, strict=True))))
            elif is_postgresql:
                for row in rows:
                    own.send(text, row)
            else:
                own.executemany(text, rows)

    def _text(self, dialect: sa.Dialect, *, in_arrays: bool) -> str:
        form = dialect.name, in_arrays
        if form not in self._compiled:
            compiled = self._statement(dialect.name, in_arrays=in_arrays).compile(dialect=dialect)
            self._compiled[form] = str(compiled).replace("%s", "%b")  # binary saves a third of the time
        return self._compiled[form]

    def _statement(self, dialect: str, *, in_arrays: bool) -> sa.Insert:
        names = [column.name for column in self.columns]
        insert: Any = (postgresql if dialect == POSTGRESQL else sqlite).insert(self._table)
        if in_arrays:
            arrays = [sa.bindparam(column.name, type_=sa.ARRAY(column.type)) for column in self.columns]
            rows = sa.func.unnest(*arrays).table_valued(*names).render_derived("named")
            insert = insert.from_select(names, sa.select(*rows.c), include_defaults=False)
        else:
            # inline: PostgreSQL need not return the number that it gave the row
            insert = insert.values({name: sa.bindparam(name) for name in names}).inline()
        if not self._replace:
            return insert
        keys = [column.name for column in self._table.primary_key]
        rest = {name: insert.excluded[name] for name in names if name not in keys}
        return insert.on_conflict_do_update(index_elements=keys, set_=rest)


class Lookup:
    """Rows whose column has one of the named values.

    Args:
        column: that is compared.
        wanted: the rows before.
        more: another column and other rows of the same shape, looked up with them in one statement.
    """

    def __init__(
        self,
        column: sa.Column[Any],
        wanted: sa.Select[*tuple[Any, ...]],
        more: tuple[sa.Column[Any], sa.Select[*tuple[Any, ...]]] | None = None,
    ) -> None:
        pairs = [(column, wanted), *([more] if more else [])]
        # one text whatever the number: prepared once
        array: Any = sa.literal_column(f"{PLACES}::TEXT[]", sa.ARRAY(sa.Text))
        asked = sa.union_all(*(rows.where(one == sa.any_(array)) for one, rows in pairs))
        places: list[Any] = [sa.literal_column(PLACES)]
        listed = sa.union_all(*(rows.where(one.in_(places)) for one, rows in pairs))
        self._any = _text(asked, postgresql.dialect()).replace(PLACES, "%b")  # type: ignore[no-untyped-call]
        self._in = _text(listed, sqlite.dialect())
        self._times = len(pairs)
        self._row = result_tuple([column.name for column in wanted.selected_columns])

    def rows(self, connection: sa.Connection, values: Sequence[str]) -> Sequence[Any]:
        """The rows, in no order; without values nothing is asked."""
        return look_up(connection, (self, values))[0] if values else ()

    def send(self, own: Any, values: Sequence[str]) -> Any:
        """Ask PostgreSQL; the cursor whose rows come with the answer."""
        return own.send(self._any, (list(values),) * self._times)

    def listed(self, own: Any, values: Sequence[str]) -> list[Any]:
        """Ask SQLite."""
        rows: list[Any] = []
        for start in range(0, len(values), NAMED_AT_ONCE):
            named = tuple(values[start : start + NAMED_AT_ONCE])
            text = self._in.replace(PLACES, ",".join("?" * len(named)))
            rows += own.execute(text, named * self._times).fetchall()
        return self.named(rows)

    def named(self, rows: Sequence[Any]) -> list[Any]:
        """The rows with their columns' names."""
        return [self._row(row) for row in rows]


def _text(statement: sa.CompoundSelect[Any], dialect: sa.Dialect) -> str:
    return str(statement.compile(dialect=dialect, compile_kwargs={"literal_binds": True}))


def look_up(connection: sa.Connection, *asked: Named) -> list[Sequence[Any]]:
    """The rows of several lookups, on PostgreSQL for one round trip; without values nothing is asked."""
    with driver(connection) as own:
        if connection.dialect.name != POSTGRESQL:
            return [lookup.listed(own, values) for lookup, values in asked]
        cursors = [lookup.send(own, values) if values else None for lookup, values in asked]
        found = [() if cursor is None else cursor.fetchall() for cursor in cursors]
    return [lookup.named(rows) for (lookup, _), rows in zip(asked, found, strict=True)]


def hear(connection: sa.Connection) -> None:
    """Wait until the database has done what it was sent; on SQLite it has.

    Raises:
        sqlalchemy.exc.DBAPIError: it could not.
    """
    if connection.dialect.name == POSTGRESQL:
        with driver(connection) as own:
            own.hear()


@contextmanager
def driver(connection: sa.Connection) -> Iterator[Any]:
    """The driver's own connection, of one that has begun; its errors are raised as SQLAlchemy's."""
    own: Any = connection.connection.driver_connection
    base = connection.dialect.loaded_dbapi.Error
    try:
        yield own
    except base as error:
        lost = connection.dialect.is_disconnect(error, own, None)
        raise sa.exc.DBAPIError.instance(
            None, None, error, base, hide_parameters=True, connection_invalidated=lost
        ) from None


def execute_many(connection: sa.Connection, statement: sa.Executable, rows: Sequence[dict[str, Any]]) -> None:
    """Run a statement once a row; without rows not at all."""
    if rows:
        connection.execute(statement, rows)
