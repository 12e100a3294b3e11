"""The writer: one thread that owns the one writing connection and commits waiting units of work together."""

import queue
import threading
from collections.abc import Callable, Sequence
from concurrent.futures import Future
from itertools import groupby
from operator import attrgetter
from typing import Any, Generic, TypeVar

import sqlalchemy as sa

from recsvc.domain.errors import StoreUnavailableError
from recsvc.stores.refusals import refusal
from recsvc.stores.statements import hear

Result = TypeVar("Result")
Argument = TypeVar("Argument")
Work = Callable[[sa.Connection], Result]
JointWork = Callable[[sa.Connection, Sequence[Argument]], Sequence[Result]]
"""Work on the arguments of several callers at once; one result each."""

BROKEN = sa.exc.OperationalError, sa.exc.InternalError, sa.exc.InterfaceError
"""Of these the database may have undone the whole transaction by itself, whatever savepoints it had."""

WAITING_LIMIT = 1_000
"""Units that may wait; beyond, a write is refused at once rather than answered late."""

ROWS_LIMIT = 20_000
"""Rows that may wait, one to two seconds of writing: eight of the largest batches of events. A unit is taken
whole where fewer wait, however large it is."""

GROUP_LIMIT = 2_000
"""Rows after which a group is committed; a group holds the lock that other processes wait for."""


class _Unit(Generic[Result]):
    """One piece of work with the future that tells its end."""

    def __init__(self, work: JointWork[Any, Result], argument: Any, size: int) -> None:
        self.work = work
        self.argument = argument
        self.size = size
        self.future: Future[Result] = Future()
        self.result: Result
        self.error: Exception | None = None

    def resolve(self) -> None:
        """Tell the end, after the commit."""
        if self.error is None:
            self.future.set_result(self.result)
        else:
            self.future.set_exception(self.error)


_Do = Callable[[sa.Connection, list[_Unit[Any]]], None]


class Writer:
    """Group commit: one fsync, and of the same work one run, for all units that waited while the last ran.

    Args:
        engine: of its connection.
        pauses: what is done on its thread after each group, between two transactions.
        waiting_limit: units that may wait.
        rows_limit: rows that may wait.
    """

    def __init__(
        self,
        engine: sa.Engine,
        pauses: Sequence[Callable[[], None]] = (),
        waiting_limit: int = WAITING_LIMIT,
        rows_limit: int = ROWS_LIMIT,
    ) -> None:
        self._engine = engine
        self._pauses = pauses
        self._waiting_limit = waiting_limit
        self._rows_limit = rows_limit
        self._rows_waiting = 0
        self._connection: sa.Connection | None = None
        # Queue's own locks are two more that the writer may find taken when it wakes
        self._waiting: queue.SimpleQueue[_Unit[Any] | None] = queue.SimpleQueue()
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
        return self.submit_joint(lambda connection, _: [work(connection)], None, size)

    def submit_joint(
        self, work: JointWork[Argument, Result], argument: Argument, size: int
    ) -> Future[Result]:
        """Queue an argument for work that is done once for all that wait for it side by side.

        Where it fails for several, it is done for each alone.
        """
        unit: _Unit[Result] = _Unit(work, argument, size)
        with self._lock:
            if self._closed:
                unit.future.set_exception(StoreUnavailableError("The store is closed; nothing was kept."))
            elif self._waiting.qsize() >= self._waiting_limit or self._rows_waiting >= self._rows_limit:
                unit.future.set_exception(
                    StoreUnavailableError(
                        f"{self._waiting.qsize()} writes of {self._rows_waiting:,} rows wait already; "
                        "this one was not kept, send it again."
                    )
                )
            else:
                self._rows_waiting += size
                self._waiting.put(unit)
        return unit.future

    def close(self) -> None:
        """Finish what was taken, then stop."""
        with self._lock:
            if not self._closed:
                self._closed = True
                self._waiting.put(None)
        self._thread.join()

    def _run(self) -> None:
        last = False
        while not last:
            group, last = self._next_group()
            running = [unit for unit in group if unit.future.set_running_or_notify_cancel()]
            if running:
                self._commit(running)
                for use in self._pauses:
                    use()
        self._disconnect()

    def _next_group(self) -> tuple[list[_Unit[Any]], bool]:
        """Wait for a unit and take along those behind it; True when it was the end."""
        group, last = self._take_waiting()
        with self._lock:
            self._rows_waiting -= sum(unit.size for unit in group)
        return group, last

    def _take_waiting(self) -> tuple[list[_Unit[Any]], bool]:
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
            self._attempt(group)
        except Exception as error:  # noqa: BLE001 - the thread must outlive whatever the database does
            self._disconnect(broken=True)
            refused = refusal(error, of_write=True)
            for unit in group:
                unit.future.set_exception(refused)
        else:
            for unit in group:
                unit.resolve()

    def _attempt(self, group: list[_Unit[Any]]) -> None:
        """Do a group in one transaction; where that fails, in another, which undoes only what fails."""
        try:
            self._transact(_do_jointly, group)
        except BROKEN:
            raise
        except Exception as error:  # noqa: BLE001 - whoever waits on the future gets it
            if len(group) > 1:
                self._transact(_do_each, group)
            else:
                group[0].error = _told(error)

    def _transact(self, do: _Do, group: list[_Unit[Any]]) -> None:
        """Run and commit; on a fresh connection where the held one turns out lost before the commit."""
        was_held, committing = self._connection is not None, False
        self._connection = self._connection or self._engine.connect()
        try:
            with self._connection.begin():
                do(self._connection, group)
                committing = True
        except sa.exc.DBAPIError as error:
            if committing or not was_held or not error.connection_invalidated:
                raise
            self._disconnect(broken=True)
            self._transact(do, group)

    def _disconnect(self, *, broken: bool = False) -> None:
        """Let go of the connection; the next group opens a fresh one."""
        connection, self._connection = self._connection, None
        if connection is not None:
            if broken:
                connection.invalidate()
            connection.close()


def _do_jointly(connection: sa.Connection, group: list[_Unit[Any]]) -> None:
    """The same work once for all side by side who asked for it."""
    for work, side in groupby(group, key=attrgetter("work")):
        units = list(side)
        results = work(connection, [unit.argument for unit in units])
        for unit, result in zip(units, results, strict=True):
            unit.result = result


def _do_each(connection: sa.Connection, group: list[_Unit[Any]]) -> None:
    """Each unit's work within a savepoint; an error of its own is undone and told to it alone."""
    for unit in group:
        unit.error = None  # of a try whose connection was lost
        part = connection.begin_nested()
        try:
            (unit.result,) = unit.work(connection, [unit.argument])
            hear(connection)
        except BROKEN:
            raise
        except Exception as error:  # noqa: BLE001 - whoever waits on the future gets it
            part.rollback()
            unit.error = _told(error)
        else:
            part.commit()


def _told(error: Exception) -> Exception:
    """The error as the caller gets it."""
    return refusal(error, of_write=True) if isinstance(error, sa.exc.DBAPIError) else error
