"""Sending: a connection to PostgreSQL that waits for the server only where an answer is needed."""

from collections.abc import Sequence
from contextlib import ExitStack, suppress
from typing import Any

import psycopg

from recsvc.stores.patience import PatientConnection


class SendingConnection(PatientConnection):
    """What needs no answer is sent at once, in libpq's pipeline mode, and heard of with the next that does.

    The server is at work meanwhile, and an event takes two round trips in place of six. Whatever goes another
    way, as SQLAlchemy's own statements do, waits for what was sent before.
    """

    _sending: ExitStack | None = None

    def __init__(self, *arguments: Any, **named: Any) -> None:
        super().__init__(*arguments, **named)
        self.cursor_factory = _HearingCursor

    def send(self, statement: str, parameters: Sequence[Any] = ()) -> psycopg.Cursor[Any]:
        """Send a statement; its error is raised by whatever waits next, be it for the rows of the cursor."""
        if self._sending is None:
            self._sending = ExitStack()
            self._sending.enter_context(self.pipeline())
        cursor = psycopg.Cursor[Any](self)
        cursor.execute(statement, parameters or None, binary=True)
        return cursor

    def hear(self) -> None:
        """Wait for the answers to all that was sent.

        Raises:
            psycopg.Error: of the first statement that failed; those behind it were not run.
        """
        sending, self._sending = self._sending, None
        if sending is not None:
            sending.close()

    def commit(self) -> None:
        """Commit together with what was sent: where that failed nothing is committed, but rolled back."""
        if self._sending is None:
            super().commit()
            return
        try:
            self.send("COMMIT")
            self.hear()
        except psycopg.Error:
            self.rollback()
            raise

    def rollback(self) -> None:
        """Roll back, whatever becomes of what was sent."""
        with suppress(psycopg.Error):
            self.hear()
        if not self.closed:
            super().rollback()


class _HearingCursor(psycopg.Cursor[Any]):
    def execute(self, *arguments: Any, **named: Any) -> "_HearingCursor":
        self._hear()
        return super().execute(*arguments, **named)

    def executemany(self, *arguments: Any, **named: Any) -> None:
        self._hear()
        super().executemany(*arguments, **named)

    def _hear(self) -> None:
        connection: Any = self.connection
        connection.hear()
