"""Held connections: SQLite's reads run on a connection that each thread keeps."""

import threading
from collections.abc import Iterator
from typing import Any
from weakref import WeakSet

import sqlalchemy as sa

from recsvc.stores.refusals import refusal


class HeldRows:
    """Rows of statements without SQLAlchemy's execution, on this thread's own connection."""

    def __init__(self, engine: sa.Engine) -> None:
        self._engine = engine
        self._held = threading.local()
        self._connections: WeakSet[Any] = WeakSet()  # a thread that ends lets go of its own

    def __call__(self, statement: str, parameters: tuple[object, ...], *, long: bool = False) -> list[Any]:  # noqa: ARG002
        """Run one compiled statement; a lost connection is replaced at the next call.

        Raises:
            StoreUnavailableError: the database does not answer.
        """
        try:
            return self._connection().execute(statement, parameters).fetchall()
        except (self._engine.dialect.loaded_dbapi.Error, sa.exc.DBAPIError) as error:
            self._drop()
            raise refusal(error) from None

    def portions(self, statement: str, parameters: tuple[object, ...], size: int) -> Iterator[list[Any]]:
        """Run one compiled statement, whose rows are fetched as somebody asks.

        Raises:
            StoreUnavailableError: the database does not answer.
        """
        try:
            cursor = self._connection().execute(statement, parameters)
            while rows := cursor.fetchmany(size):
                yield rows
        except (self._engine.dialect.loaded_dbapi.Error, sa.exc.DBAPIError) as error:
            self._drop()
            raise refusal(error) from None

    def close(self) -> None:
        """Let go of every thread's connection."""
        for held in list(self._connections):
            held.close()
        self._connections.clear()

    def _connection(self) -> Any:
        held = getattr(self._held, "pooled", None)
        if held is None:
            held = self._held.pooled = self._engine.raw_connection()
            self._connections.add(held)
        return held.driver_connection

    def _drop(self) -> None:
        """Let go of this thread's connection and of whatever it had begun; the next read opens another."""
        held, self._held.pooled = getattr(self._held, "pooled", None), None
        if held is not None:
            self._connections.discard(held)
            held.close()
