"""Evaluation with a fit of its own: split the events, train on the earlier part, judge on the later one."""

import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import polars as pl
from rich.console import Console

from recsvc.domain.errors import BadDataError, UsageError
from recsvc.files.events import read_events
from recsvc.files.rejects import Rejects
from training import job, judging
from training.config import TrainingConfig
from training.holdout import bought
from training.inputs import Inputs
from training.moments import Split
from training.stages import Stages


def judge_split(
    inputs: Inputs, split: Split, config: TrainingConfig, options: judging.Options, console: Console
) -> dict[str, Any]:
    """Fit on the earlier part and judge on the later one: the JSON of `judging.judge_files`.

    Raises:
        UsageError: nothing is later than the split, or nothing earlier.
        BadDataError: the earlier part cannot carry a model.
    """
    with _parts(inputs, split) as parts:
        order = job.Order(
            inputs._replace(events=[parts / "history.parquet"]), parts / "models", config, force=True
        )
        with Stages(console) as stages:
            job.run(order, stages, Rejects())
        files = judging.Files(
            str(parts / "models"), parts / "targets.parquet", parts / "history.parquet", inputs.facts
        )
        return judging.judge_files(files, options._replace(as_of=options.as_of or split.time), console)


@contextmanager
def _parts(inputs: Inputs, split: Split) -> Iterator[Path]:
    """history.parquet and targets.parquet of a split, while the block lasts."""
    frame = read_events(inputs.events, timezone=inputs.timezone, rejects=Rejects())
    later = _is_later(frame, split)
    history, targets = frame.filter(~later), frame.filter(later)
    if history.is_empty() or targets.is_empty():
        raise UsageError(
            f"The split leaves {history.height:,} lines before it and {targets.height:,} after it; "
            "choose another place."
        )
    with tempfile.TemporaryDirectory(prefix="recsvc-evaluate-") as name:
        directory = Path(name)
        history.write_parquet(directory / "history.parquet")
        bought(targets).write_parquet(directory / "targets.parquet")
        yield directory


def _is_later(frame: pl.DataFrame, split: Split) -> pl.Series:
    if split.time is not None:
        if frame["occurred_at"].null_count() == frame.height:
            raise BadDataError("The events name no times; split them by last:N.")
        return (frame["occurred_at"] >= split.time).fill_null(value=False)
    newest = (
        frame.with_row_index("line")
        .group_by("visitor_id", "item_id")
        .agg(pl.col("occurred_at").max(), pl.col("line").max())
        .sort("occurred_at", "line", descending=True, nulls_last=True)
        .with_columns(place=pl.int_range(pl.len()).over("visitor_id"), products=pl.len().over("visitor_id"))
        .filter((pl.col("place") < split.last) & (pl.col("products") > split.last))
    )
    judged = frame.join(
        newest.select("visitor_id", "item_id", later=pl.lit(value=True)),
        on=["visitor_id", "item_id"],
        how="left",
        maintain_order="left",
    )
    return judged["later"].fill_null(value=False)
