"""What can befall a PostgreSQL, done to a real one: nothing is half done, and all goes on afterwards."""

import signal
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from itertools import groupby
from pathlib import Path
from typing import Any

import pytest
import sqlalchemy as sa

from recsvc.domain.catalogue import Item
from recsvc.domain.errors import BadDataError, StoreUnavailableError
from recsvc.domain.events import INTERACTIONS
from recsvc.stores import appending, open_store
from recsvc.stores.migrations import HEAD
from recsvc.stores.rebuild import rebuild_profiles
from recsvc.stores.sql import SqlStore
from tests.contracts.engines import answer, event, log, profile
from tests.postgres import PostgresServer
from tests.recsvc.stores.busy_writer import busy

pytestmark = pytest.mark.postgres
LONG_S = 30.0
"""A test that waits so long for what should come at once has failed."""


@pytest.fixture
def store(postgres_database: str) -> Iterator[SqlStore]:
    opened = open_store(postgres_database)
    yield opened
    opened.close()


def until(done: Callable[[], bool]) -> None:
    end = time.monotonic() + LONG_S
    while not done():
        assert time.monotonic() < end
        time.sleep(0.02)


def take_write_lock(connection: Any) -> None:
    from recsvc.stores.postgres import WRITE_LOCK  # noqa: PLC0415 (an extra)

    connection.execute(f"SELECT pg_advisory_xact_lock({WRITE_LOCK})")


def reads(store: SqlStore) -> bool:
    try:
        store.check()
    except StoreUnavailableError:
        return False
    return True


def test_a_killed_server_is_done_without_and_found_again(store: SqlStore, postgres: PostgresServer) -> None:
    store.append([event("e1")]).result()
    store.read_visitor("v")
    postgres.kill()
    with pytest.raises(StoreUnavailableError):
        store.read_visitor("v")
    with pytest.raises(StoreUnavailableError):
        store.append([event("lost")]).result(LONG_S)
    postgres.start()
    until(lambda: reads(store))
    assert store.append([event("e1"), event("e2")]).result() == [False, True]
    assert [one.event_id for one in log(store)] == ["e1", "e2"]
    assert rebuild_profiles(store) == (1, 0, 0)


def test_a_connection_that_was_lost_while_nobody_wrote_costs_no_write(
    store: SqlStore, postgres: PostgresServer
) -> None:
    store.append([event("e1")]).result()
    postgres.sql("SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE application_name = 'recsvc'")
    assert store.append([event("e2")]).result() == [True]


def test_a_server_that_hangs_holds_up_one_read_and_no_other(
    store: SqlStore, postgres: PostgresServer
) -> None:
    store.append([event("e1")]).result()
    postgres.signal(signal.SIGSTOP)
    try:
        with pytest.raises(StoreUnavailableError, match=r"within 0\.5 s"):
            store.read_visitor("v")
        begun = time.thread_time()
        for _ in range(100):
            with pytest.raises(StoreUnavailableError):
                store.read_visitor("v")
        assert time.thread_time() - begun < LONG_S
    finally:
        postgres.signal(signal.SIGCONT)
    until(lambda: reads(store))
    assert profile(store).revision == 1


def test_a_read_only_database_refuses_writes_and_answers_reads(
    store: SqlStore, postgres: PostgresServer
) -> None:
    store.append([event("e1")]).result()
    with setting(postgres, "default_transaction_read_only", "on"):
        with pytest.raises(StoreUnavailableError, match="read-only"):
            store.append([event("e2")]).result()
        assert profile(store).revision == 1
    assert store.append([event("e2")]).result() == [True]


@contextmanager
def setting(postgres: PostgresServer, name: str, value: str) -> Iterator[None]:
    """Change a setting under the connections that are open."""
    postgres.sql(f"ALTER SYSTEM SET {name} = {value}")
    postgres.sql("SELECT pg_reload_conf()")
    until(lambda: postgres.sql(f"SHOW {name}") == [(value,)])
    time.sleep(0.1)  # backends hear of it one by one
    try:
        yield
    finally:
        postgres.sql(f"ALTER SYSTEM RESET {name}")
        postgres.sql("SELECT pg_reload_conf()")
        until(lambda: postgres.sql(f"SHOW {name}") != [(value,)])
        time.sleep(0.1)


def test_a_lock_that_is_held_too_long_refuses_the_write_whole(
    store: SqlStore, postgres: PostgresServer
) -> None:
    store._writer.submit(lambda connection: connection.exec_driver_sql("SET lock_timeout = '50ms'")).result()
    with postgres.connect("recsvc") as other:
        take_write_lock(other)
        with pytest.raises(StoreUnavailableError, match="lock timeout"):
            store.append([event("e1")]).result()
    assert store.append([event("e1")]).result() == [True]


def test_a_writer_that_freezes_amid_a_write_is_cut_off(store: SqlStore, postgres: PostgresServer) -> None:
    with postgres.connect("recsvc") as frozen:
        frozen.execute("SET idle_in_transaction_session_timeout = '300ms'")
        take_write_lock(frozen)
        assert store.append([event("e1")]).result(LONG_S) == [True]
        frozen.close()
    assert (
        store._writer.submit(
            lambda connection: connection.exec_driver_sql("SHOW idle_in_transaction_session_timeout").scalar()
        ).result()
        == "10s"
    )


def test_a_reader_of_the_log_passes_over_no_event_that_commits_late(postgres_database: str) -> None:
    slow, fast = open_store(postgres_database), open_store(postgres_database)
    written, go_on = threading.Event(), threading.Event()

    def append_and_wait(connection: sa.Connection) -> None:
        appending.append_all(connection, [([event("e1", "a")], None)])
        written.set()
        go_on.wait(LONG_S)

    first = slow._writer.submit(append_and_wait)
    assert written.wait(LONG_S)
    second = fast.append([event("e2", "b")])
    time.sleep(0.2)  # for as long as the first is not done, so is not the second
    assert fast.read_log(INTERACTIONS, 0, 9) == []
    assert not second.done()
    go_on.set()
    first.result(LONG_S)
    second.result(LONG_S)
    found = fast.read_log(INTERACTIONS, 0, 9)
    assert [one.event_id for _, one in found] == ["e1", "e2"]
    assert fast.read_log(INTERACTIONS, found[0][0], 9) == found[1:]
    slow.close()
    fast.close()


def test_a_database_that_is_down_at_the_start_is_found_later(postgres: PostgresServer) -> None:
    url = postgres.make("late")
    postgres.kill()
    store = open_store(url)
    with pytest.raises(StoreUnavailableError):
        store.read_visitor("v")
    postgres.start()
    until(lambda: reads(store))
    assert store.append([event("e1")]).result() == [True]
    store.close()
    postgres.sql("DROP DATABASE late")


def test_tables_of_another_release_are_refused_amid_the_run(
    store: SqlStore, postgres: PostgresServer
) -> None:
    store.append([event("e1")]).result()
    postgres.sql("UPDATE alembic_version SET version_num = '9999'", "recsvc")
    postgres.sql("SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE application_name = 'recsvc'")
    until(lambda: not reads(store) and "recsvc migrate" in refused(store))
    postgres.sql(f"UPDATE alembic_version SET version_num = '{HEAD}'", "recsvc")  # noqa: S608
    until(lambda: reads(store))


def refused(store: SqlStore) -> str:
    try:
        store.check()
    except StoreUnavailableError as error:
        return str(error)
    return ""


def test_a_value_that_it_cannot_hold_fails_alone_and_for_good(store: SqlStore) -> None:
    waiting = [
        store.append([event("e1")]),
        store.append([event("e2", "nul \0")]),
        store.append([event("e3")]),
    ]
    with pytest.raises(BadDataError, match="cannot hold"):
        waiting[1].result()
    assert waiting[0].result() == waiting[2].result() == [True]
    with pytest.raises(BadDataError):
        store.read_visitor("nul \0")
    assert profile(store).revision == 2


def test_no_error_carries_an_answer_or_the_password(store: SqlStore, postgres: PostgresServer) -> None:
    postgres.sql("ALTER TABLE facts ADD CONSTRAINT none CHECK (length(fact) < 1)", "recsvc")
    try:
        with pytest.raises(StoreUnavailableError, match="violates") as refusal:
            store.append([answer("e1", ("very-private",))]).result()
    finally:
        postgres.sql("ALTER TABLE facts DROP CONSTRAINT none", "recsvc")
    error: BaseException | None = refusal.value
    while error is not None:
        assert "very-private" not in str(error)
        assert "hunter2" not in str(error)
        error = error.__cause__ or error.__context__


def test_workers_hear_of_each_others_products(postgres_database: str) -> None:
    stores = [open_store(postgres_database) for _ in range(2)]
    numbers = [stores[n % 2].put_items([Item(item_id=f"i{n}")]) for n in range(40)]
    assert sorted(number.result() for number in numbers) == list(range(1, 41))
    items, _, newest = stores[0].read_items()
    assert (len(items), newest) == (40, 40)
    for store in stores:
        store.close()


def test_one_process_holds_few_connections(store: SqlStore, postgres: PostgresServer) -> None:
    threads = [threading.Thread(target=store.read_visitor, args=("v",)) for _ in range(40)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    asked = "SELECT count(*) FROM pg_stat_activity WHERE application_name = 'recsvc'"
    ((connections,),) = postgres.sql(asked)
    assert 2 <= int(str(connections)) <= 13


def test_an_event_waits_for_the_server_twice(store: SqlStore, tmp_path: Path) -> None:
    for n in range(6):  # psycopg prepares what it has run five times
        store.append([event(f"e{n}")]).result()
    with (tmp_path / "trace").open("w") as trace:
        store._writer.submit(lambda one: driver_of(one).trace(trace.fileno())).result()
        assert store.append([event("e6")]).result() == [True]
        store._writer.submit(lambda one: driver_of(one).untrace()).result()
    said = [line.split("\t") for line in (tmp_path / "trace").read_text().splitlines()]
    sent = [name for _, direction, _, name, *_ in said if direction == "F"]
    asking = [name in {"Query", "Sync", "Flush"} for name in sent]
    waits = [is_asking for is_asking, _ in groupby(asking) if is_asking]
    assert len(waits) == 1 + 2  # the first is of the commit after which the trace begins


def driver_of(connection: sa.Connection) -> Any:
    return connection.connection.driver_connection.pgconn  # type: ignore[union-attr]


def test_a_row_that_is_refused_behind_the_caller_fails_its_unit_alone(
    store: SqlStore, postgres: PostgresServer
) -> None:
    postgres.sql("ALTER TABLE profiles ADD CONSTRAINT none CHECK (visitor_id <> 'odd')", "recsvc")
    try:
        with busy(store._writer):
            waiting = [store.append([event(f"e{n}", name)]) for n, name in enumerate(("a", "odd", "b"))]
        with pytest.raises(StoreUnavailableError, match="violates"):
            waiting[1].result()
        with pytest.raises(StoreUnavailableError, match="violates"):
            store.append([event("alone", "odd")]).result()
        assert waiting[0].result() == waiting[2].result() == [True]
        assert store.append([event("e3")]).result() == [True]
    finally:
        postgres.sql("ALTER TABLE profiles DROP CONSTRAINT none", "recsvc")
    assert [one.event_id for one in log(store)] == ["e0", "e2", "e3"]
