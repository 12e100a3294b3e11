"""Pooled connections: PostgreSQL's reads, cut off while it fails, so that answers go on without it."""

import logging
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

import sqlalchemy as sa

from recsvc.domain.errors import RecsvcError, StoreUnavailableError
from recsvc.stores.refusals import refusal

log = logging.getLogger(__name__)

POINT_S = 0.5
"""How long a point read may hold up the event loop, once: then the circuit is open."""

LONG_S = 30.0
"""How long the read of a portion may take."""

RETRY_S = 0.5
"""Between two looks at a database that failed."""


class PooledRows:
    """Rows of statements on a pool, behind a circuit.

    One failure opens the circuit: reads are refused at once while a thread of its own tries the database, and
    closes the circuit when it answers.
    """

    def __init__(self, engine: sa.Engine) -> None:
        self._engine = engine
        self._lock = threading.Lock()
        self._reason: str | None = None  # None: the circuit is closed
        self._closed = threading.Event()

    def __call__(self, statement: str, parameters: tuple[object, ...], *, long: bool = False) -> list[Any]:
        """Run one compiled statement.

        Raises:
            StoreUnavailableError: the database does not answer, or did not a moment ago.
            BadDataError: a parameter that it cannot compare with.
        """
        with self._circuit():
            return self._read(statement, parameters, LONG_S if long else POINT_S)

    def portions(self, statement: str, parameters: tuple[object, ...], size: int) -> Iterator[list[Any]]:
        """Run one compiled statement, whose rows are fetched before, and become objects as somebody asks.

        Raises:
            StoreUnavailableError: the database does not answer, or did not a moment ago.
        """
        with self._circuit():
            lent, cursor = self._execute(statement, parameters, LONG_S)
            lent.close()
        while rows := cursor.fetchmany(size):
            yield rows

    def open(self, reason: str) -> None:
        """Open the circuit."""
        with self._lock:
            if self._reason is not None or self._closed.is_set():
                return
            self._reason = reason
        log.warning("store_circuit_opened", extra={"reason": reason})
        self._engine.dispose()  # what broke one connection has broken those that wait in the pool
        threading.Thread(target=self._try, name="recsvc-store-circuit", daemon=True).start()

    def close(self) -> None:
        """Try no longer, and let go of the connections."""
        self._closed.set()
        self._engine.dispose()

    @contextmanager
    def _circuit(self) -> Iterator[None]:
        """Refuse while the circuit is open, and open it where the database does not answer."""
        reason = self._reason
        if reason is not None:
            raise StoreUnavailableError(reason)
        try:
            yield
        except (self._engine.dialect.loaded_dbapi.Error, sa.exc.SQLAlchemyError, RecsvcError) as error:
            refused = refusal(error)
            if isinstance(refused, StoreUnavailableError):
                self.open(str(refused))
            raise refused from None

    def _read(self, statement: str, parameters: tuple[object, ...], patience_s: float) -> list[Any]:
        lent, cursor = self._execute(statement, parameters, patience_s)
        found: list[Any] = cursor.fetchall()
        lent.close()
        return found

    def _execute(
        self, statement: str, parameters: tuple[object, ...], patience_s: float
    ) -> tuple[sa.PoolProxiedConnection, Any]:
        """The connection, to be given back, and the cursor, which holds every row."""
        lent = self._engine.raw_connection()
        try:
            connection: Any = lent.driver_connection
            connection.patience_s = patience_s
            return lent, connection.execute(statement, parameters, binary=True)
        except Exception:
            lent.invalidate()
            raise

    def _try(self) -> None:
        while not self._closed.wait(RETRY_S):
            try:
                self._read("SELECT 1", (), POINT_S)
            except Exception as error:  # noqa: BLE001 - the thread must outlive whatever the database does
                self._reason = str(refusal(error))
            else:
                self._reason = None
                log.warning("store_circuit_closed")
                return
