"""Evaluation with a fit of its own: split the events, train on the earlier part, judge on the later one."""

import statistics
import tempfile
from collections.abc import Mapping
from datetime import datetime
from pathlib import Path
from typing import Any

import msgspec
import polars as pl
from rich.console import Console

from recsvc.domain.errors import BadDataError, UsageError
from recsvc.domain.events import EventKind
from recsvc.files.events import read_events
from recsvc.files.rejects import Rejects
from recsvc.model.confidence import takes_back
from training import job, judging
from training.config import TrainingConfig
from training.holdout import bought
from training.inputs import Inputs
from training.moments import Split
from training.stages import Stages

PAIR = ("visitor_id", "item_id")
TARGETS = (*PAIR, "channel")


def judge_seeds(
    inputs: Inputs,
    split: Split,
    config: TrainingConfig,
    options: judging.Options,
    console: Console,
    seeds: int,
) -> dict[str, Any]:
    """Fit and judge with as many seeds; the JSON of the first, and how far the model's figures lie apart.

    Raises:
        UsageError, BadDataError: see `judge_split`.
    """
    numbers = range(config.seed, config.seed + seeds)
    runs = [
        judge_split(inputs, split, msgspec.structs.replace(config, seed=seed), options, console)
        for seed in numbers
    ]
    if seeds == 1:
        return runs[0]
    figures = {
        metric: [run["model"][metric] for run in runs]
        for metric, value in runs[0]["model"].items()
        if value is not None
    }
    apart = {
        metric: {"mean": statistics.fmean(values), "spread": max(values) - min(values)}
        for metric, values in figures.items()
    }
    return runs[0] | {"seeds": {"seeds": list(numbers), "model": apart}}


def judge_split(
    inputs: Inputs, split: Split, config: TrainingConfig, options: judging.Options, console: Console
) -> dict[str, Any]:
    """Fit on the earlier part and judge on the later one: the JSON of `judging.judge_files`.

    Raises:
        UsageError: nothing is later than the split, or nothing earlier.
        BadDataError: the earlier part cannot carry a model.
    """
    rejects = Rejects()
    frame = read_events(inputs.events, timezone=inputs.timezone, rejects=rejects)
    history, targets = parts(frame, split, config.confidence.kinds)
    as_of = _reference(split, options)
    with tempfile.TemporaryDirectory(prefix="recsvc-evaluate-") as name:
        folder = Path(name)
        earlier, later, models = folder / "history.parquet", folder / "targets.parquet", folder / "models"
        history.write_parquet(earlier)
        targets.write_parquet(later)
        order = job.Order(inputs._replace(events=[earlier]), models, config, as_of, force=True)
        with Stages(console) as stages:
            job.run(order, stages, rejects)
        rejects.read -= history.height  # the fit read them once more
        files = judging.Files(str(models), later, earlier, inputs.facts, inputs.items)
        judged = judging.judge_files(files, options._replace(as_of=as_of), console)
    return judged | {"read": rejects.read, "rejected": rejects.total}


def parts(frame: pl.DataFrame, split: Split, kinds: Mapping[str, float]) -> tuple[pl.DataFrame, pl.DataFrame]:
    """The lines before a split, and the distinct (visitor_id, item_id, channel) after it.

    Args:
        frame: event lines.
        split: where to cut.
        kinds: the weight of each kind.

    Raises:
        UsageError: one of them is empty.
        BadDataError: a split by time of events without times.
    """
    history, targets = _by_time(frame, split.time) if split.time else _by_last(frame, split.last or 1, kinds)
    if history.is_empty() or targets.is_empty():
        raise UsageError(
            f"The split leaves {history.height:,} lines before it and {targets.height:,} products after it; "
            "choose another place."
        )
    return history, targets


def _reference(split: Split, options: judging.Options) -> datetime | None:
    """What is known ends at the split, whatever later time is asked for."""
    return min((time for time in (split.time, options.as_of) if time), default=None)


def _by_time(frame: pl.DataFrame, time: datetime) -> tuple[pl.DataFrame, pl.DataFrame]:
    if frame["occurred_at"].null_count() == frame.height:
        raise BadDataError("The events name no times; split them by last:N.")
    later = (frame["occurred_at"] >= time).fill_null(value=False)
    return frame.filter(~later), bought(frame.filter(later), TARGETS)


def _by_last(frame: pl.DataFrame, last: int, kinds: Mapping[str, float]) -> tuple[pl.DataFrame, pl.DataFrame]:
    """Hold back the products bought last; of visitors who bought nothing, those of any kind with a weight."""
    weighted = [kind for kind, weight in kinds.items() if weight > 0 and not takes_back(EventKind(kind))]
    purchase = pl.col("kind") == EventKind.PURCHASE
    counts = (
        pl.when(purchase.any().over("visitor_id")).then(purchase).otherwise(pl.col("kind").is_in(weighted))
    )
    targets = (
        frame.with_row_index("line")
        .filter(pl.col("item_id").is_not_null())
        .filter(counts)
        .group_by(PAIR)
        .agg(pl.col("occurred_at", "line").max(), pl.col("channel").last())
        .sort("occurred_at", "line", descending=True, nulls_last=True)
        .with_columns(place=pl.int_range(pl.len()).over("visitor_id"), products=pl.len().over("visitor_id"))
        .filter((pl.col("place") < last) & (pl.col("products") > last))
        .select(TARGETS)
    )
    return frame.join(targets, on=PAIR, how="anti", maintain_order="left"), targets
