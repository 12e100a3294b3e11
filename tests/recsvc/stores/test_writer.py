import sqlite3
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest
import sqlalchemy as sa

from recsvc.domain.catalogue import Item
from recsvc.domain.errors import StoreUnavailableError
from recsvc.stores import open_store
from recsvc.stores.sql import SqlStore
from recsvc.stores.writer import Writer
from tests.contracts.engines import answer, event, log, profile
from tests.recsvc.stores.busy_writer import busy


@pytest.fixture
def path(tmp_path: Path) -> Path:
    return tmp_path / "recsvc.sqlite"


@pytest.fixture
def store(path: Path) -> Iterator[SqlStore]:
    opened = open_store(f"sqlite:///{path}")
    yield opened
    opened.close()


def pragma(store: SqlStore, setting: str) -> None:
    """Change a setting of the writing connection."""

    def work(connection: sa.Connection) -> None:
        connection.exec_driver_sql(f"PRAGMA {setting}")

    store._writer.submit(work).result()


@contextmanager
def locked(path: Path) -> Iterator[None]:
    other = sqlite3.connect(path, isolation_level=None)
    other.execute("BEGIN IMMEDIATE")
    try:
        yield
    finally:
        other.close()


def test_units_that_wait_are_committed_together(store: SqlStore) -> None:
    commits: list[object] = []
    sa.event.listen(store._engine, "commit", commits.append)
    with busy(store._writer):
        waiting = [store.append([event(f"e{n}")]) for n in range(50)]
    assert all(future.result() == [True] for future in waiting)
    assert len(commits) == 2
    assert profile(store).revision == 50


def test_appends_that_wait_are_done_as_if_one_came_after_the_other(store: SqlStore) -> None:
    with busy(store._writer):
        waiting = [
            store.append([event("e1"), event("e2")]),
            store.append([]),
            store.append([event("e2"), event("e3")]),
        ]
        number = store.put_items([Item(item_id="tea")])
        last = store.append([event("e3"), answer("a1", ("dry",), 1)])
    assert [future.result() for future in waiting] == [[True, True], [], [False, True]]
    assert (number.result(), last.result()) == (1, [False, True])
    assert [one.event_id for one in log(store)] == ["e1", "e2", "e3", "a1"]
    assert profile(store).revision == 4


def test_work_that_is_alone_and_fails_leaves_nothing(store: SqlStore) -> None:
    def work(connection: sa.Connection) -> None:
        connection.exec_driver_sql("INSERT INTO counters VALUES ('half', 1)")
        raise ValueError

    with pytest.raises(ValueError, match=r"^$"):
        store._writer.submit(work).result()
    found = store._writer.submit(lambda one: one.exec_driver_sql("SELECT name FROM counters").all()).result()
    assert found == [("catalogue",), ("keys",)]


def test_a_failing_unit_fails_alone(store: SqlStore) -> None:
    with busy(store._writer):
        before = store.append([event("e1")])
        broken = store.append([event("e2"), event("e3", "lone \ud800 surrogate")])
        after = store.append([event("e4")])
    assert before.result() == after.result() == [True]
    with pytest.raises(UnicodeEncodeError):
        broken.result()
    assert [one.event_id for one in log(store)] == ["e1", "e4"]


def test_a_locked_database_refuses_and_takes_writes_again_once_free(store: SqlStore, path: Path) -> None:
    pragma(store, "busy_timeout = 50")
    with locked(path):
        with pytest.raises(StoreUnavailableError, match="locked"):
            store.append([event("e1")]).result()
        assert profile(store).revision == 0
    assert store.append([event("e1")]).result() == [True]


def test_a_full_disk_refuses_the_write_whole_and_reads_go_on(store: SqlStore) -> None:
    store.append([event("e1")]).result()
    pragma(store, "max_page_count = 1")
    with pytest.raises(StoreUnavailableError, match="full"):
        store.append([event(f"full{n}", f"v{n}") for n in range(2000)]).result()
    assert profile(store).revision == 1
    assert store.append([event("e2")]).result() == [True]
    assert [one.event_id for one in log(store)] == ["e1", "e2"]


def test_too_many_waiting_writes_are_refused_at_once(store: SqlStore) -> None:
    small = Writer(store._engine, waiting_limit=2)
    with busy(small):
        waiting = [small.submit(lambda _: "written") for _ in range(3)]
        with pytest.raises(StoreUnavailableError, match="wait"):
            waiting[2].result()
    assert [future.result() for future in waiting[:2]] == ["written", "written"]
    small.close()


def test_writes_are_refused_at_once_while_too_many_rows_wait(store: SqlStore) -> None:
    small = Writer(store._engine, rows_limit=10)
    with busy(small):
        large = small.submit(lambda _: "written", 500)
        with pytest.raises(StoreUnavailableError, match="1 writes of 500 rows wait"):
            small.submit(lambda _: "written").result()
    assert large.result() == "written"
    assert small.submit(lambda _: "written", 9).result() == "written"
    small.close()


def test_a_cancelled_unit_is_not_written(store: SqlStore) -> None:
    with busy(store._writer):
        cancelled, kept = store.append([event("e1")]), store.append([event("e2")])
        assert cancelled.cancel()
    kept.result()
    assert [one.event_id for one in log(store)] == ["e2"]


def test_a_lost_table_refuses_reads_and_writes(store: SqlStore, path: Path) -> None:
    with sqlite3.connect(path) as other:
        other.execute("DROP TABLE profiles")
    other.close()
    with pytest.raises(StoreUnavailableError):
        profile(store)
    with pytest.raises(StoreUnavailableError):
        store.append([event("e1")]).result()
    assert log(store) == []


def test_no_error_carries_an_answer(store: SqlStore) -> None:
    with sqlite3.connect(store._engine.url.database or "") as other:
        other.execute("DROP TABLE facts")
    other.close()
    with pytest.raises(StoreUnavailableError) as refusal:
        store.append([answer("e1", ("very-private",))]).result()
    error: BaseException | None = refusal.value
    while error is not None:
        assert "very-private" not in str(error)
        error = error.__cause__ or error.__context__


def test_error_of_a_try_whose_connection_was_lost_is_told_to_nobody(store: SqlStore) -> None:
    tries: list[str] = []

    def fails_in_the_first_two(_: sa.Connection) -> str:
        tries.append("unit")
        if len(tries) < 3:
            raise ValueError
        return "written"

    def loses_the_connection_once(_: sa.Connection) -> str:
        tries.append("other")
        if len(tries) < 4:
            raise sa.exc.OperationalError(None, None, OSError(), connection_invalidated=True)
        return "written"

    with busy(store._writer):
        waiting = [
            store._writer.submit(fails_in_the_first_two),
            store._writer.submit(loses_the_connection_once),
        ]
    assert [future.result() for future in waiting] == ["written", "written"]
    assert tries == ["unit", "unit", "other", "unit", "other"]
