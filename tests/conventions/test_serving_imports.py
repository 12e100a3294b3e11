"""A serving worker stays small: what only training and importing need is never loaded."""

import subprocess
import sys
from pathlib import Path

from tests.conventions.tree import ROOT

HEAVY = ("training", "implicit", "scipy", "polars", "pandas", "pyarrow", "psycopg", "httpx")
PROGRAM = f"""
import sys
from recsvc.app import create_app
from recsvc.settings import Settings
create_app(Settings(state=sys.argv[1], demo=True))
print(*sorted({{name.partition(".")[0] for name in sys.modules}} & set({HEAVY!r})))
"""


def test_serving_from_a_file_loads_neither_training_nor_frames_nor_drivers(tmp_path: Path) -> None:
    done = subprocess.run(
        [sys.executable, "-c", PROGRAM, str(tmp_path)],
        cwd=ROOT,
        capture_output=True,
        text=True,
        check=False,
        timeout=60,
    )
    assert done.returncode == 0, done.stderr
    assert done.stdout.split() == []
