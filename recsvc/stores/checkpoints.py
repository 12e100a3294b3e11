"""Checkpoints: SQLite's log moved into its file by a thread with a connection of its own.

By itself SQLite does that within the commit that fills the log, and whoever waits for that commit waits for
both. Here all of it is moved and synced while writes go on, and the little that they added meanwhile in the
writer's next pause: then the log is empty, and the next commit begins it anew and cuts it to START_BYTES. No
lock is waited for: SQLite would look again after ever longer pauses, and hold up the writer for as long as
somebody reads. What fails because of a reader is tried again after the next commit.
"""

import logging
import sqlite3
import threading
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

import sqlalchemy as sa

from recsvc.domain.errors import StoreUnavailableError

log = logging.getLogger(__name__)

START_BYTES = 64 * 2**20
"""Size of the log from which on it is moved.

Commits are slow while the file is synced. An event by itself writes 26 kB, mostly pages that the next ones
write again: at 500 a second the log is moved every 5 s, not every 1.2 s as with 16 MiB, for hardly more pages
each time. Reading a profile takes the same 12 µs with a log of 0 and of 60 MB; a start after a kill reads all
of it, in 33 ms.
"""

PASSES = 3
"""How often the log is moved beside the writes: SQLite syncs its file only where no commit came between, and
what it has not synced the writer's pause would."""

COMPACT_S = 5.0
"""How long an erasure waits for readers."""

LOCK_MS = 100
"""How long it holds up the writer at a time meanwhile."""


REWRITTEN_BYTES = 16 * 2**20
"""Size of the file up to which an erasure writes it anew, in 0.2 s; 1 GB would take 7 s of processor.

Where SQLite moves rows from page to page, `secure_delete` leaves copies in the unused space of a page, in
tables and indexes alike: in files of 1 MB of one to three names in a thousand. They go when the page is
written full, or with all pages.
"""


class Checkpoints:
    """Looks at the log after each commit of the writer."""

    def __init__(self, engine: sa.Engine) -> None:
        self._file = Path(engine.url.database or "")
        self._log = Path(f"{engine.url.database}-wal")
        self._engine = engine
        self._held: Any = None  # the thread's connection, which is the writer's in its pause
        self._due = threading.Event()  # the log is large
        self._moved = False  # all but what was written meanwhile
        self._closed = False
        self._thread = threading.Thread(target=self._run, name="recsvc-store-checkpoints", daemon=True)
        self._thread.start()

    def pause(self) -> None:
        """Move the rest of the log: the writer stands between two transactions and adds nothing to it."""
        if self._moved:
            self._moved = False
            self._move()
        elif not self._due.is_set() and self._size() > START_BYTES:
            self._due.set()

    def compact(self, *, anew: bool) -> None:
        """Write a small file anew, a large one if asked; move all of the log, and cut it to nothing.

        Raises:
            StoreUnavailableError: somebody reads or writes for longer than a write would wait.
        """
        end = time.monotonic() + COMPACT_S
        held = self._engine.raw_connection()
        try:
            connection: Any = held.driver_connection
            connection.execute(f"PRAGMA busy_timeout = {LOCK_MS}")
            if anew or self._file.stat().st_size <= REWRITTEN_BYTES:
                _until(end, lambda: _is_rewritten(connection))
            _until(end, lambda: not connection.execute("PRAGMA wal_checkpoint(TRUNCATE)").fetchone()[0])
        finally:
            held.close()

    def close(self) -> None:
        """Stop; what the log holds is moved when the last connection closes."""
        self._closed = True
        self._due.set()
        self._thread.join()
        if self._held is not None:
            self._held.close()

    def _run(self) -> None:
        while not self._closed:
            self._due.wait()
            for _ in range(0 if self._closed else PASSES):
                self._move()
            self._moved = True
            self._due.clear()

    def _size(self) -> int:
        try:
            return self._log.stat().st_size
        except OSError:  # it is not there yet, or cannot be looked at: no reason to write nothing
            return 0

    def _move(self) -> None:
        try:
            if self._held is None:
                self._held = self._engine.raw_connection()
            self._held.driver_connection.execute("PRAGMA wal_checkpoint(PASSIVE)").fetchone()
        except (sqlite3.Error, sa.exc.DBAPIError) as error:
            log.warning("checkpoint_failed", extra={"reason": str(error)})


def _until(end: float, is_done: Callable[[], bool]) -> None:
    while not is_done():
        if time.monotonic() > end:
            raise StoreUnavailableError(
                "What was erased is in the database's files still, because others read or write it; nothing "
                "shows it, and the next erasure or sweep takes it away."
            )
        time.sleep(0.05)


def _is_rewritten(connection: Any) -> bool:
    """Write the file anew; False where somebody else writes."""
    try:
        connection.execute("VACUUM")
    except sqlite3.OperationalError as error:
        if "locked" not in str(error):
            raise StoreUnavailableError(f"The database was not written anew ({error}).") from error
        return False
    return True
