"""The log of SQLite is moved into the file beside the writes, and never grows without end."""

import time
from pathlib import Path

from recsvc.stores import open_store
from recsvc.stores.checkpoints import START_BYTES
from tests.contracts.engines import event


def test_the_log_is_moved_while_writes_go_on_and_shrinks_again(tmp_path: Path) -> None:
    store = open_store(f"sqlite:///{tmp_path / 'recsvc.sqlite'}")
    log = tmp_path / "recsvc.sqlite-wal"
    largest = number = 0
    end = time.monotonic() + 60
    while not (largest > START_BYTES and log.stat().st_size <= START_BYTES):
        assert time.monotonic() < end
        store.append([event(f"{number}-{n}", f"v{n}", query="x" * 500) for n in range(500)]).result()
        largest, number = max(largest, log.stat().st_size), number + 1
    assert (tmp_path / "recsvc.sqlite").stat().st_size > START_BYTES / 2
    assert largest < 8 * START_BYTES
    store.close()
    assert not log.exists()
