"""Validation: what a search fits on, and who judges it. Whatever is kept for a test never comes near."""

from datetime import UTC, datetime
from pathlib import Path
from typing import NamedTuple

import polars as pl

from recsvc.files.events import read_events
from recsvc.files.facts import read_facts
from recsvc.files.pairs import read_pairs
from recsvc.files.rejects import Rejects
from training import extract, own_fit
from training.config import TrainingConfig
from training.extract import Extract
from training.holdout import repeats, sample
from training.inputs import Inputs, read_catalogue, read_declared
from training.moments import Split


class Judges(NamedTuple):
    """How trials are judged: on files as `recsvc evaluate` takes them, or on a part cut from the events."""

    targets: Path | None = None
    history: Path | None = None  # None: the events themselves
    facts: Path | None = None  # None: the facts of the run
    split: Split | None = None
    at_most: int = 2_000  # visitors

    def paths(self) -> list[Path]:
        """The files, in a fixed order."""
        return [path for path in (self.targets, self.history, self.facts) if path]


class Material(NamedTuple):
    """Everything that all trials share."""

    extract: Extract
    catalogue: pl.DataFrame | None
    declared: pl.DataFrame | None  # facts of those in the events
    targets: pl.DataFrame  # visitor_id, item_id of the visitors that judge
    history: pl.DataFrame  # their events
    stated: pl.DataFrame | None  # their facts
    now: datetime  # reference time of histories and facts
    keep_seen: bool  # whether targets repeat enough to judge with what was seen


def read(inputs: Inputs, judges: Judges, config: TrainingConfig, rejects: Rejects) -> Material:
    """Read the files of a search and choose who judges.

    Raises:
        UsageError: a split that leaves nothing on one side.
        BadDataError: a file holds nothing usable.
        InputOutputError: a file does not answer.
    """
    numeric = frozenset(config.numeric_facts)
    frame = read_events(inputs.events, timezone=inputs.timezone, rejects=rejects)
    if judges.split:
        frame, targets = own_fit.parts(frame, judges.split, config.confidence.kinds)
    else:
        targets = read_pairs([judges.targets], rejects)  # type: ignore[list-item]
    history = (
        read_events([judges.history], timezone=inputs.timezone, rejects=rejects) if judges.history else frame
    )
    found = extract.select(frame.select(extract.COLUMNS), config, now=datetime.now(UTC))
    declared = read_declared(inputs, rejects, numeric)
    chosen = pl.Series(sample(targets["visitor_id"].unique().to_list(), judges.at_most, config.seed))
    theirs = pl.col("visitor_id").is_in(chosen.implode())
    targets, history = targets.filter(theirs), history.filter(theirs)
    newest = history["occurred_at"].max() if "occurred_at" in history.columns else None
    return Material(
        found,
        read_catalogue(inputs, rejects),
        declared,
        targets,
        history,
        read_facts([judges.facts], rejects, numeric, inputs.timezone) if judges.facts else declared,
        (judges.split.time if judges.split else None)
        or (newest if isinstance(newest, datetime) else found.as_of),
        repeats(history, targets),
    )
