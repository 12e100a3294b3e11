"""Judging a published model on files: what `recsvc evaluate` does."""

from datetime import UTC, datetime
from functools import partial
from pathlib import Path
from typing import Any, NamedTuple

import numpy as np
import polars as pl
from numpy.typing import NDArray
from rich.console import Console

from recsvc.files.events import read_events
from recsvc.files.facts import read_facts
from recsvc.files.items import read_items
from recsvc.files.pairs import read_pairs
from recsvc.files.rejects import Rejects
from recsvc.model import artifact as artifacts
from recsvc.model import versions
from recsvc.model.artifact import Artifact
from training import breakdown, threads
from training.cases import cases
from training.evaluate import evaluate
from training.facts import answers_of
from training.inputs import out_of_stock
from training.stages import Stages


class Files(NamedTuple):
    """What is judged, and on whom."""

    models: str  # DIR or DIR@VERSION
    targets: Path
    history: Path | None
    facts: Path | None
    items: Path | None = None  # only for what is out of stock


class Options(NamedTuple):
    """How it is judged; see the command."""

    ks: tuple[int, ...]
    keep_seen: bool
    known_items: bool
    as_of: datetime | None
    timezone: str


def judge_files(files: Files, options: Options, console: Console) -> dict[str, Any]:
    """Judge a model on the visitors of a targets file: the JSON of the contracts.

    Raises:
        UsageError: there is no such model.
        ArtifactError: the model is not sound.
        BadDataError: a file holds nothing usable.
        InputOutputError: a file does not answer.
    """
    model = artifacts.read(versions.resolve(files.models))
    rejects = Rejects()
    with Stages(console) as stages:
        with stages.stage("read") as stage:
            targets = read_pairs([files.targets], rejects)
            history = (
                read_events([files.history], timezone=options.timezone, rejects=rejects)
                if files.history else None
            )  # fmt: skip
            stated = _facts(files, options, model, rejects)
            stock = _out_of_stock(files, options, model, rejects)
            if history is not None and options.as_of is not None:
                history = _until(history, options.as_of)
            now = _reference(options, history, stated, model)
            declared = answers_of(stated, now)
            found, dropped = cases(
                model.vocabulary, targets, history, declared, known_items=options.known_items
            )
            stage.note(f"{len(found):,} visitors, {targets.height:,} targets, {rejects.total:,} rejected")
        judge = partial(
            evaluate, model, ks=options.ks, keep_seen=options.keep_seen, now=now.timestamp(),
            out_of_stock=stock,
        )  # fmt: skip
        with stages.stage("evaluate") as stage, threads.single_threaded_blas():
            stage.expect(len(found))
            judged = judge(found, dropped_targets=dropped, advance=stage.advance)
        with stages.stage("parts"), threads.single_threaded_blas():
            parts = {
                "newcomers": breakdown.newcomers(found, judge),
                "channels": breakdown.channels(judged, model, targets),
                "groups": breakdown.groups(judged, model),
            }
    counts = {"read": rejects.read, "rejected": rejects.total}
    return {"version": model.version, **counts, **judged.summary(), **parts}


def _until(history: pl.DataFrame, as_of: datetime) -> pl.DataFrame:
    return history.filter(pl.col("occurred_at").is_null() | (pl.col("occurred_at") <= as_of))


def _reference(
    options: Options, history: pl.DataFrame | None, stated: pl.DataFrame | None, model: Artifact
) -> datetime:
    """The time asked for, else the newest of the history, else of the facts, else that of the model."""
    times = (
        options.as_of,
        history["occurred_at"].max() if history is not None else None,
        stated["answered_at"].max() if stated is not None else None,
    )
    known = (time for time in times if isinstance(time, datetime))
    return next(known, datetime.fromtimestamp(model.parameters.as_of, UTC))


def _out_of_stock(
    files: Files, options: Options, model: Artifact, rejects: Rejects
) -> NDArray[np.bool_] | None:
    catalogue = None if files.items is None else read_items([files.items], rejects, options.timezone)
    return out_of_stock(catalogue, model.vocabulary.ids)


def _facts(files: Files, options: Options, model: Artifact, rejects: Rejects) -> pl.DataFrame | None:
    if files.facts is None:
        return None
    numeric = frozenset(fact.fact for fact in model.parameters.facts if fact.edges is not None)
    return read_facts([files.facts], rejects, numeric, options.timezone)
