"""Statements over many rows, compiled once a dialect: the one place where the engines' SQL differs.

SQLite runs a short statement once a row inside the process. PostgreSQL is a round trip away, and gets each
column as one array: measured 15 µs a row, where one statement a row took 36.
"""

from collections.abc import Sequence
from typing import Any

import sqlalchemy as sa
from sqlalchemy.dialects import postgresql, sqlite

POSTGRESQL = "postgresql"

PLACES = ":places"
"""Stands in SQLite's texts for as many places as there are values."""

NAMED_AT_ONCE = 10_000
"""Values named in one statement; SQLite takes 32,766 parameters."""


class Insertion:
    """Rows into a table; `replace` puts them over those of the same key."""

    def __init__(self, table: sa.Table, *, replace: bool = False, without: tuple[str, ...] = ()) -> None:
        self.columns = tuple(column for column in table.c if column.name not in without)
        self._table = table
        self._replace = replace
        self._compiled: dict[str, str] = {}

    def run(self, connection: sa.Connection, rows: Sequence[tuple[Any, ...]]) -> None:
        """Write rows; without any nothing is run.

        Args:
            connection: the caller's, in its transaction.
            rows: plain values in the order of `columns`; no key twice where they replace.
        """
        if not rows:
            return
        text = self._text(connection.dialect)
        if connection.dialect.name == POSTGRESQL:
            connection.exec_driver_sql(text, tuple(map(list, zip(*rows, strict=True))))
        else:
            connection.exec_driver_sql(text, list(rows))

    def _text(self, dialect: sa.Dialect) -> str:
        if dialect.name not in self._compiled:
            compiled = self._statement(dialect.name).compile(dialect=dialect)
            self._compiled[dialect.name] = str(compiled).replace(
                "%s", "%b"
            )  # binary saves a third of the time
        return self._compiled[dialect.name]

    def _statement(self, dialect: str) -> sa.Insert:
        names = [column.name for column in self.columns]
        insert: Any
        if dialect == POSTGRESQL:
            arrays = [sa.bindparam(column.name, type_=sa.ARRAY(column.type)) for column in self.columns]
            rows = sa.func.unnest(*arrays).table_valued(*names).render_derived("named")
            insert = postgresql.insert(self._table)
            insert = insert.from_select(names, sa.select(*rows.c), include_defaults=False)
        else:
            insert = sqlite.insert(self._table).values({name: sa.bindparam(name) for name in names})
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
        array: sa.BindParameter[Any] = sa.bindparam("named", type_=sa.ARRAY(sa.Text))
        # one text whatever the number: prepared once
        self._any = sa.union_all(*(rows.where(one == sa.any_(array)) for one, rows in pairs))
        places: list[Any] = [sa.literal_column(PLACES)]
        listed = sa.union_all(*(rows.where(one.in_(places)) for one, rows in pairs))
        self._in = str(listed.compile(dialect=sqlite.dialect(), compile_kwargs={"literal_binds": True}))
        self._times = len(pairs)

    def rows(self, connection: sa.Connection, values: Sequence[str]) -> Sequence[Any]:
        """The rows, in no order; without values nothing is asked."""
        if not values:
            return ()
        if connection.dialect.name == POSTGRESQL:
            return connection.execute(self._any, {"named": list(values)}).all()
        rows: list[Any] = []
        for start in range(0, len(values), NAMED_AT_ONCE):
            named = tuple(values[start : start + NAMED_AT_ONCE])
            # SQLAlchemy would write the places one by one: 3 µs each
            text = self._in.replace(PLACES, ",".join("?" * len(named)))
            rows += connection.exec_driver_sql(text, named * self._times)
        return rows


def execute_many(connection: sa.Connection, statement: sa.Executable, rows: Sequence[dict[str, Any]]) -> None:
    """Run a statement once a row; without rows not at all."""
    if rows:
        connection.execute(statement, rows)
