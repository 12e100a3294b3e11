"""The log of SQLite is moved into the file beside the writes, and never grows without end."""

import sqlite3
import time
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from recsvc.stores import open_store
from recsvc.stores.checkpoints import START_BYTES
from recsvc.stores.sql import SqlStore
from tests.contracts.engines import event


@pytest.fixture
def store(tmp_path: Path) -> Iterator[SqlStore]:
    found = open_store(f"sqlite:///{tmp_path / 'recsvc.sqlite'}")
    yield found
    found.close()


@pytest.fixture
def log(tmp_path: Path) -> Path:
    return tmp_path / "recsvc.sqlite-wal"


def write_until(store: SqlStore, log: Path, enough: Callable[[int], bool]) -> int:
    """Append until the log's size is enough; the largest that it had."""
    largest = size = 0
    end = time.monotonic() + 60
    while not enough(size):
        assert time.monotonic() < end
        store.append(
            [event(f"{time.monotonic_ns()}-{n}", f"v{n}", query="x" * 5_000) for n in range(500)]
        ).result()
        size = log.stat().st_size
        largest = max(largest, size)
    return largest


def test_the_log_is_moved_while_writes_go_on_and_shrinks_again(store: SqlStore, log: Path) -> None:
    write_until(store, log, lambda size: size > START_BYTES)
    largest = write_until(store, log, lambda size: 0 < size <= START_BYTES)
    assert log.with_name("recsvc.sqlite").stat().st_size > START_BYTES / 2
    assert largest < 2 * START_BYTES
    store.close()
    assert not log.exists()


def test_a_log_that_somebody_reads_grows_until_they_have_read(store: SqlStore, log: Path) -> None:
    write_until(store, log, lambda size: size > 0)
    with sqlite3.connect(log.with_name("recsvc.sqlite"), isolation_level=None) as reader:
        reader.execute("BEGIN")
        (before,) = reader.execute("SELECT count(*) FROM events").fetchone()
        write_until(store, log, lambda size: size > START_BYTES * 5 / 4)
        assert reader.execute("SELECT count(*) FROM events").fetchone() == (before,)
        reader.execute("COMMIT")
    reader.close()
    write_until(store, log, lambda size: 0 < size <= START_BYTES)
