"""Training time of the whole job as a ratio to a bare implicit fit on the same matrix, in the same run.

    python benchmarks/bench_train.py [--events PATH] [--visitors 20000] [--repeat 3]

Without --events it makes a synthetic shop. The job is a process of its own: its peak memory is its own.
"""

import argparse
import json
import statistics
import subprocess
import sys
import tempfile
import time
from pathlib import Path
from typing import Any

from implicit.cpu.als import AlternatingLeastSquares

from recsvc.files.rejects import Rejects
from training import extract, holdout, threads
from training.config import TrainingConfig
from training.interactions import aggregate, choose_alpha, confidences
from training.synthetic import planted_world


def main() -> None:
    """Print both times and their ratio as one JSON object."""
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("--events", type=Path)
    parser.add_argument("--visitors", type=int, default=20_000)
    parser.add_argument("--repeat", type=int, default=3)
    arguments = parser.parse_args()
    with tempfile.TemporaryDirectory() as folder:
        events = arguments.events or _synthetic(Path(folder), arguments.visitors)
        whole = [_whole(events, Path(folder) / str(number)) for number in range(arguments.repeat)]
        bare = _bare(events, arguments.repeat)
    seconds = statistics.median(one["wall_s"] for one in whole)
    figures = {"bare_fit_s": bare, "whole_job_s": seconds, "ratio": seconds / bare}
    print(json.dumps(figures | {"peak_mb": whole[-1]["peak_mb"], "stages_s": whole[-1]["stages"]}, indent=2))


def _synthetic(folder: Path, visitors: int) -> Path:
    path = folder / "events.parquet"
    planted_world(visitors=visitors, items=3_000, baskets=12).events.write_parquet(path)
    return path


def _bare(events: Path, repeat: int) -> float:
    """Seconds of implicit's own fit, one λ for all, on the matrix that the job builds."""
    config = TrainingConfig()
    found = extract.read([events], config, rejects=Rejects())
    split = holdout.split(found, config.left_out, config.seed)
    interactions = aggregate(split.kept, config, found.as_of)
    matrix, _ = confidences(interactions, config.confidence.with_alpha(choose_alpha(interactions)))
    seconds = []
    for _ in range(repeat):
        with threads.single_threaded_blas():
            model = AlternatingLeastSquares(
                factors=config.n_factors, regularization=config.regularization, alpha=1,
                iterations=config.iterations, num_threads=threads.cores(), random_state=config.seed,
            )  # fmt: skip
            start = time.perf_counter()
            model.fit(matrix, show_progress=False)
            seconds.append(time.perf_counter() - start)
    return statistics.median(seconds)


def _whole(events: Path, folder: Path) -> dict[str, Any]:
    """The summary of the whole job, with the seconds of its process."""
    command = [sys.executable, "-m", "recsvc", "train", "--events", str(events), "--state", str(folder)]
    start = time.perf_counter()
    done = subprocess.run([*command, "--force", "--json"], check=True, stdout=subprocess.PIPE, text=True)
    summary: dict[str, Any] = json.loads(done.stdout.splitlines()[-1])
    return summary | {"wall_s": time.perf_counter() - start}


if __name__ == "__main__":
    main()
