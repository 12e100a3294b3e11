"""Checkpoints: SQLite's log moved into its file by a thread with a connection of its own.

By itself SQLite does that within the commit that fills the log, and whoever waits for that commit waits for
both. Here most of it is moved while writes go on, and the little that they add meanwhile under their lock:
else the log would grow for as long as they do. What fails, because somebody reads for long, is tried again
after the next commit. A log that was moved begins anew and shrinks to START_BYTES.
"""

import logging
import sqlite3
import threading
import time
from pathlib import Path
from typing import Any

import sqlalchemy as sa

from recsvc.domain.errors import StoreUnavailableError

log = logging.getLogger(__name__)

START_BYTES = 16 * 2**20
"""Size of the log from which on it is moved."""

COMPACT_S = 5.0
"""How long an erasure waits for readers."""

LOCK_MS = 100
"""How long the end of a move waits for the writer, and then for whoever reads from the log."""


class Checkpoints:
    """Looks at the log after each commit of an engine."""

    def __init__(self, engine: sa.Engine) -> None:
        self._log = Path(f"{engine.url.database}-wal")
        self._engine = engine
        self._committed = threading.Event()
        self._closed = False
        sa.event.listen(engine, "commit", self._note)
        self._thread = threading.Thread(target=self._run, name="recsvc-store-checkpoints", daemon=True)
        self._thread.start()

    def compact(self) -> None:
        """Move all of the log, and cut it to nothing.

        Raises:
            StoreUnavailableError: somebody reads or writes for longer than a write would wait.
        """
        end = time.monotonic() + COMPACT_S
        held = self._engine.raw_connection()
        try:
            connection: Any = held.driver_connection
            while connection.execute("PRAGMA wal_checkpoint(TRUNCATE)").fetchone()[0]:
                if time.monotonic() > end:
                    raise StoreUnavailableError(
                        "What was erased is in the write-ahead log still, because others read or write the "
                        "database; nothing shows it, and the next erasure or sweep takes it away."
                    )
                time.sleep(0.05)
        finally:
            held.close()

    def close(self) -> None:
        """Stop; what the log holds is moved when the last connection closes."""
        self._closed = True
        self._committed.set()
        self._thread.join()

    def _note(self, _connection: sa.Connection) -> None:
        self._committed.set()

    def _run(self) -> None:
        while True:
            self._committed.wait()
            self._committed.clear()
            if self._closed:
                return
            if self._size() > START_BYTES:
                self._move()

    def _size(self) -> int:
        try:
            return self._log.stat().st_size
        except FileNotFoundError:
            return 0

    def _move(self) -> None:
        held = self._engine.raw_connection()
        try:
            connection: Any = held.driver_connection
            connection.execute("PRAGMA wal_checkpoint(PASSIVE)").fetchone()
            connection.execute(f"PRAGMA busy_timeout = {LOCK_MS}")
            connection.execute("PRAGMA wal_checkpoint(RESTART)").fetchone()
        except sqlite3.Error as error:
            log.warning("checkpoint_failed", extra={"reason": str(error)})
        finally:
            held.close()
