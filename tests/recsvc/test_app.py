"""What a worker's start leaves behind."""

import os
import subprocess
import sys
from pathlib import Path

PROGRAM = """
import gc
from recsvc.worker import create_worker
app = create_worker()
kept = gc.get_freeze_count()
gc.unfreeze()
print(kept, gc.collect())
"""


def test_what_a_start_keeps_is_frozen_and_no_garbage_is_in_it(tmp_path: Path) -> None:
    environ = {**os.environ, "RECSVC_STATE": str(tmp_path)}
    done = subprocess.run(
        [sys.executable, "-c", PROGRAM], env=environ, capture_output=True, text=True, check=True, timeout=60
    )
    kept, garbage = map(int, done.stdout.split())
    assert kept > 10_000
    assert garbage < 100
