"""Patience: a connection to PostgreSQL whose every wait has an end, whatever the server does."""

from typing import Any

import psycopg
from psycopg.abc import RV, PQGen


class PatientConnection(psycopg.Connection[Any]):
    """Gives up and closes when an answer takes too long.

    The server's own `statement_timeout` cannot end the wait for a server that hangs or is cut off, and
    reads wait on the event loop.

    Attributes:
        patience_s: how long one statement may take; set before each by whoever needs another limit.
    """

    patience_s: float = 30.0

    def wait(self, gen: PQGen[RV], interval: float = 0.1, timeout: float | None = None) -> RV:
        """Wait as psycopg does, but never longer than the connection's patience.

        Raises:
            psycopg.OperationalError: the time is over; the connection is closed.
        """
        limit = self.patience_s if timeout is None else timeout
        try:
            return super().wait(gen, interval, limit)
        except psycopg.errors._WaitTimeout:  # noqa: SLF001 (its public bases are too wide)
            self.pgconn.finish()  # it is amid a statement: nothing else can be said on it
            raise psycopg.OperationalError(f"no answer within {limit:g} s") from None
