"""Whatever moment the process dies at: what was acked is there, once, and profiles follow from the log."""

import os
import random
import signal
import subprocess
import sys
import threading
from collections import Counter
from pathlib import Path
from typing import IO

from recsvc.stores import open_store
from recsvc.stores.rebuild import rebuild_profiles
from tests.contracts.engines import log

ROOT = Path(__file__).parents[2]
LIVES = 10


def acked_until_killed(told: IO[str]) -> list[str]:
    pid = int(told.readline())
    acked = told.readline().split()
    threading.Timer(random.uniform(0, 0.1), os.kill, (pid, signal.SIGKILL)).start()  # noqa: S311
    while (line := told.readline().strip()) != "dead":
        acked += line.split()
    return acked


def test_every_acked_event_outlives_the_kill_exactly_once(database: str) -> None:
    acked: list[str] = []
    with subprocess.Popen(
        [sys.executable, "-m", "tests.contracts.append_until_killed", database, str(LIVES)],
        cwd=ROOT,
        stdout=subprocess.PIPE,
        text=True,
    ) as program:
        assert program.stdout is not None
        for _ in range(LIVES):
            acked += acked_until_killed(program.stdout)
    store = open_store(database)
    kept = Counter(one.event_id for one in log(store))
    assert len(acked) >= LIVES
    assert set(kept.values()) == {1}
    assert set(acked) <= set(kept)
    assert len(kept) % 6 == 0  # batches are whole
    assert rebuild_profiles(store).differed == 0
    store.close()
