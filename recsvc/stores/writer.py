"""The writer: one thread that owns the one writing connection and commits waiting units of work together."""

import queue
import threading
from collections.abc import Callable
from concurrent.futures import Future
from typing import Any, Generic, TypeVar

import sqlalchemy as sa

from recsvc.domain.errors import StoreUnavailableError
from recsvc.stores.refusals import refusal

Result = TypeVar("Result")
Work = Callable[[sa.Connection], Result]

WAITING_LIMIT = 1_000
"""Units that may wait; beyond, a write is refused at once rather than answered late."""

GROUP_LIMIT = 2_000
"""Rows after which a group is committed; a group holds the lock that other processes wait for."""


class _Unit(Generic[Result]):
    """One piece of work with the future that tells its end."""

    def __init__(self, work: Work[Result], size: int) -> None:
        self.size = size
        self.future: Future[Result] = Future()
        self._work = work
        self._result: Result
        self._error: Exception | None = None

    def attempt(self, connection: sa.Connection) -> None:
        """Do the work in a savepoint; an error of its own undoes it alone, a broken database is raised."""
        savepoint = connection.begin_nested()
        try:
            self._result = self._work(connection)
            savepoint.commit()
        except (sa.exc.OperationalError, sa.exc.InternalError, sa.exc.InterfaceError):
            raise  # the database may have undone the whole transaction by itself, the savepoint with it
        except Exception as error:  # noqa: BLE001 - whoever waits on the future gets it
            savepoint.rollback()
            self._error = refusal(error) if isinstance(error, sa.exc.DBAPIError) else error

    def resolve(self) -> None:
        """Tell the end, after the commit."""
        if self._error is None:
            self.future.set_result(self._result)
        else:
            self.future.set_exception(self._error)


class Writer:
    """Group commit: one fsync pays for all units that waited while the last one ran."""

    def __init__(self, engine: sa.Engine, waiting_limit: int = WAITING_LIMIT) -> None:
        self._engine = engine
        self._waiting_limit = waiting_limit
        self._connection: sa.Connection | None = None
        self._waiting: queue.Queue[_Unit[Any] | None] = queue.Queue(waiting_limit + 1)
        self._lock = threading.Lock()
        self._closed = False
        self._thread = threading.Thread(target=self._run, name="recsvc-store-writer", daemon=True)
        self._thread.start()

    def submit(self, work: Work[Result], size: int = 1) -> Future[Result]:
        """Queue a unit of work; the future is done when it is durable.

        Args:
            work: runs on the writer's thread inside a transaction.
            size: rows it writes, about.
        """
        unit = _Unit(work, size)
        with self._lock:
            if self._closed:
                unit.future.set_exception(StoreUnavailableError("The store is closed; nothing was kept."))
            elif self._waiting.qsize() >= self._waiting_limit:
                unit.future.set_exception(
                    StoreUnavailableError(
                        f"{self._waiting_limit} writes wait already; this one was not kept, send it again."
                    )
                )
            else:
                self._waiting.put_nowait(unit)
        return unit.future

    def close(self) -> None:
        """Finish what was taken, then stop."""
        with self._lock:
            if not self._closed:
                self._closed = True
                self._waiting.put_nowait(None)
        self._thread.join()

    def _run(self) -> None:
        last = False
        while not last:
            group, last = self._next_group()
            running = [unit for unit in group if unit.future.set_running_or_notify_cancel()]
            if running:
                self._commit(running)
        self._disconnect()

    def _next_group(self) -> tuple[list[_Unit[Any]], bool]:
        """Wait for a unit and take along those behind it; True when it was the end."""
        group: list[_Unit[Any]] = []
        unit = self._waiting.get()
        while unit is not None:
            group.append(unit)
            if sum(one.size for one in group) >= GROUP_LIMIT:
                return group, False
            try:
                unit = self._waiting.get_nowait()
            except queue.Empty:
                return group, False
        return group, True

    def _commit(self, group: list[_Unit[Any]]) -> None:
        try:
            with self._begin() as transaction:
                for unit in group:
                    unit.attempt(transaction.connection)
        except Exception as error:  # noqa: BLE001 - the thread must outlive whatever the database does
            self._disconnect(broken=True)
            refused = refusal(error)
            for unit in group:
                unit.future.set_exception(refused)
        else:
            for unit in group:
                unit.resolve()

    def _begin(self) -> sa.RootTransaction:
        """Begin on the held connection; on a fresh one where that was lost meanwhile: nothing is sent yet."""
        if self._connection is not None:
            try:
                return self._connection.begin()
            except sa.exc.DBAPIError as error:
                if not error.connection_invalidated:
                    raise
                self._disconnect(broken=True)
        self._connection = self._engine.connect()
        return self._connection.begin()

    def _disconnect(self, *, broken: bool = False) -> None:
        """Let go of the connection; the next group opens a fresh one."""
        connection, self._connection = self._connection, None
        if connection is not None:
            if broken:
                connection.invalidate()
            connection.close()
