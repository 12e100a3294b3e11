"""Measure: one set with the commands that users run, each in a process of its own."""

import json
import subprocess
import sys
import tempfile
from pathlib import Path
from typing import Any, NamedTuple

from quality import hidden
from quality.files import PartFiles
from quality.goals import Figures, Protocol


class Measured(NamedTuple):
    """What training cost and what the judges say."""

    seconds: float
    peak_mb: float
    judged: dict[str, Figures]


def measure(part: PartFiles, protocol: Protocol, config: Path | None) -> Measured:
    """Train on a part and judge it in each of its ways."""
    with tempfile.TemporaryDirectory(prefix="recsvc-quality-") as folder:
        trained = run_recsvc(
            "train", "--events", part.events, *_given("items", part.items), *_given("facts", part.facts),
            "--models", folder, "--state", folder, *_given("config", config), "--force",
        )  # fmt: skip
        judged = {}
        for name, files in part.judges.items():
            if part.hidden is not None:
                judged[name] = hidden.judge(Path(folder), part, files, protocol.lengths[-1])
                continue
            found = run_recsvc(
                "evaluate", "--models", folder, "--targets", files.targets,
                *_given("history", files.history), *_given("facts", files.facts),
                "-k", ",".join(map(str, protocol.lengths)), *(["--keep-seen"] if protocol.keep_seen else []),
            )  # fmt: skip
            judged[name] = {"segments": found["segments"]}
    return Measured(trained["seconds"], trained["peak_mb"], judged)


def _given(name: str, path: Path | None) -> list[str]:
    return [f"--{name}", str(path)] if path else []


def run_recsvc(*arguments: object) -> dict[str, Any]:
    """The JSON of a command, which runs in a process of its own."""
    command = [sys.executable, "-m", "recsvc", *map(str, arguments), "--json"]
    print(" ".join(command[2:5]), "…", file=sys.stderr)
    ended = subprocess.run(command, capture_output=True, text=True, check=False)
    if ended.returncode:
        raise SystemExit(f"{' '.join(command)} ended with {ended.returncode}:\n{ended.stderr}")
    summary: dict[str, Any] = json.loads(ended.stdout.splitlines()[-1])
    return summary
