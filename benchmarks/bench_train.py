"""Training time of the whole job as a ratio to a bare implicit fit on the same matrix, in the same run.

    python benchmarks/bench_train.py [--events PATH] [--visitors 20000] [--repeat 3]

Without --events it makes a synthetic shop.
"""

import argparse
import json
import statistics
import tempfile
import time
from pathlib import Path

from rich.console import Console

from recsvc.files.rejects import Rejects
from training import extract, holdout, job
from training.config import TrainingConfig
from training.fit import local
from training.inputs import Inputs
from training.interactions import aggregate, choose_alpha, confidences
from training.stages import Stages, peak_mb
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
        bare = statistics.median(_bare(events) for _ in range(arguments.repeat))
        whole, stages = _whole(events, Path(folder))
    figures = {"bare_fit_s": bare, "whole_job_s": whole, "ratio": whole / bare, "stages_s": stages}
    print(json.dumps(figures | {"peak_mb": peak_mb()}, indent=2))


def _synthetic(folder: Path, visitors: int) -> Path:
    path = folder / "events.parquet"
    planted_world(visitors=visitors, items=3_000, baskets=12).events.write_parquet(path)
    return path


def _bare(events: Path) -> float:
    """Seconds of the fit alone, on the matrix that the job would build."""
    config = TrainingConfig()
    found = extract.read([events], config, rejects=Rejects())
    split = holdout.split(found, config.left_out, config.seed)
    interactions = aggregate(split.kept, config, found.as_of)
    matrix, _ = confidences(interactions, config.confidence.with_alpha(choose_alpha(interactions)))
    start = time.perf_counter()
    local.fit(
        matrix,
        factors=config.factors,
        regularization=config.regularization,
        iterations=config.iterations,
        seed=config.seed,
    )
    return time.perf_counter() - start


def _whole(events: Path, folder: Path) -> tuple[float, dict[str, float]]:
    start = time.perf_counter()
    order = job.Order(Inputs([events]), folder / "models", TrainingConfig(), force=True)
    with Stages(Console(stderr=True)) as stages:
        job.run(order, stages, Rejects())
    return time.perf_counter() - start, stages.seconds


if __name__ == "__main__":
    main()
