"""The whole job by both engines on the same lines: seconds by stage, peak of memory, and quality.

    python benchmarks/bench_engines.py --events PATH [--master local[2]] [--set key=value]…

Without --master the local engine alone runs. Each run is a program of its own, so that peaks do not mix;
memory is that of this process and of the programs it started, as the system counted them at their largest.
Quality is NDCG@10 on the visitors left out, who are the same for both.
"""

import argparse
import json
import subprocess
import sys
import tempfile
import threading
import time
from pathlib import Path
from typing import Any

from rich.console import Console

from recsvc.files.rejects import Rejects
from training import job
from training.config import load_config
from training.inputs import Inputs
from training.stages import Stages


def main() -> None:
    """Print the figures of each engine as one JSON object, and the ratio of their quality."""
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("--events", type=Path, required=True)
    parser.add_argument("--master")
    parser.add_argument("--set", dest="assignments", action="append", default=[])
    arguments = parser.parse_args()
    local = _local(arguments.events, arguments.assignments) if arguments.master else None
    figures = _measured(arguments.events, arguments.master, arguments.assignments)
    if local:
        ratio = {"ndcg@10_ratio": figures["ndcg@10"] / local["ndcg@10"]}
        figures = {"local": local, "spark": figures} | ratio
    print(json.dumps(figures, indent=2))


def _local(events: Path, assignments: list[str]) -> dict[str, Any]:
    """The figures of the local engine, from a program of its own."""
    command = [sys.executable, __file__, "--events", str(events)]
    command += [part for assignment in assignments for part in ("--set", assignment)]
    figures: dict[str, Any] = json.loads(subprocess.run(command, stdout=subprocess.PIPE, check=True).stdout)
    return figures


def _measured(events: Path, master: str | None, assignments: list[str]) -> dict[str, Any]:
    """What one run took, and the quality it came to."""
    config = load_config(None, assignments)
    peak = Peak()
    start = time.perf_counter()
    with tempfile.TemporaryDirectory() as folder, Stages(Console(stderr=True)) as stages, peak:
        order = job.Order(
            Inputs([events]), Path(folder) / "models", config, dry_run=True, force=True, master=master
        )
        outcome = job.run(order, stages, Rejects())
    seconds = {"seconds": time.perf_counter() - start, "cpu_s": peak.cpu_s, "stages_s": stages.seconds}
    judged = outcome.record["evaluation"]
    quality = {name: judged[name]["ndcg@10"] for name in ("model", "popularity")}
    return {
        "engine": master or "local",
        "lines": outcome.record["lines"]["read"],
        **seconds,
        "peak_mb": peak.mb,
        "visitors": judged["visitors"],
        "ndcg@10": quality["model"],
        "ndcg@10_of_popularity": quality["popularity"],
    }


class Peak:
    """Memory and processor time of this process and its children, looked at twice a second (Linux)."""

    def __init__(self) -> None:
        self.mb = 0.0
        self.cpu_s = 0.0
        self._done = threading.Event()
        self._thread = threading.Thread(target=self._watch, daemon=True)

    def __enter__(self) -> None:
        self._thread.start()

    def __exit__(self, *_: object) -> None:
        self._done.set()
        self._thread.join()

    def _watch(self) -> None:
        while not self._done.wait(0.5):
            family = _family()
            self.mb = max(self.mb, sum(_kilobytes(process) for process in family) / 1e3)
            self.cpu_s = max(self.cpu_s, sum(_cpu_s(process) for process in family))


def _family() -> list[Path]:
    """This process and everything below it."""
    own = Path("/proc/self").resolve()
    found, waiting = [], [own]
    while waiting:
        process = waiting.pop()
        found.append(process)
        for task in process.glob("task/*/children"):
            waiting += [Path("/proc") / pid for pid in _text(task).split()]
    return found


def _kilobytes(process: Path) -> int:
    lines = _text(process / "status").splitlines()
    return sum(int(line.split()[1]) for line in lines if line.startswith("VmRSS:"))


def _cpu_s(process: Path) -> float:
    fields = _text(process / "stat").rpartition(")")[2].split()
    return (int(fields[11]) + int(fields[12])) / 100.0 if fields else 0.0


def _text(path: Path) -> str:
    try:
        return path.read_text("utf-8")
    except OSError:  # it ended while we looked
        return ""


if __name__ == "__main__":
    main()
