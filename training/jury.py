"""The jury: the visitors left out of the matrix; one half tunes the model, the other one judges it."""

from collections.abc import Callable
from functools import partial
from pathlib import Path
from typing import Any, NamedTuple

import polars as pl

from recsvc.model.artifact import Artifact
from recsvc.model.vocabulary import Vocabulary
from training import breakdown, facts, strengths
from training.cases import Case, cases
from training.evaluate import Evaluation, evaluate
from training.gate import Evidence
from training.holdout import Split
from training.inputs import brands_of, out_of_stock
from training.live import judge_live
from training.rivals import Rival

KS = (10, 20)
NEWCOMERS = 300
"""Judges whose history is cut for the figures of newcomers: each is ranked four times more."""


class Jury(NamedTuple):
    """Visitors with what was known of them at the start of the window, and what they bought in it."""

    tuning: list[Case]
    judging: list[Case]


def summon(split: Split, declared: pl.DataFrame | None, vocabulary: Vocabulary) -> Jury:
    """Put the two halves together; where they are few, all of them judge."""
    everyone, _ = cases(vocabulary, split.targets, split.history, facts.answers_of(declared, split.start))
    if len(everyone) < 2 * strengths.FEWEST:
        return Jury([], everyone)
    tuners = split.tuners
    return Jury(
        [case for case in everyone if case.visitor_id in tuners],
        [case for case in everyone if case.visitor_id not in tuners],
    )


def hear(
    model: Artifact,
    split: Split,
    catalogue: pl.DataFrame | None,
    judges: list[Case],
    advance: Callable[[int], None],
) -> tuple[Evaluation, dict[str, Any]]:
    """Everybody's lists, and the figures of the contracts with those of newcomers and of answers."""
    judge = partial(
        evaluate,
        model,
        ks=KS,
        keep_seen=split.keep_seen,
        now=split.start.timestamp(),
        out_of_stock=out_of_stock(catalogue, model.vocabulary.ids),
    )
    heard = judge(judges, advance=advance)
    parts = {
        "newcomers": breakdown.newcomers(judges, judge, most=NEWCOMERS),
        "groups": breakdown.groups(heard, model),
    }
    return heard, heard.summary() | parts


def evidence(
    models: Path, model: Artifact, split: Split, catalogue: pl.DataFrame | None, heard: Evaluation
) -> Evidence:
    """What the gate looks at: the lists of those who judge, and the live model on the same visitors."""
    everybody = heard.everybody
    return Evidence(
        heard.ranked(Rival.MODEL, everybody),
        heard.ranked(Rival.POPULARITY, everybody),
        model.popularity,
        judge_live(models, split, list(everybody.cases)),
        brands_of(catalogue, model.vocabulary.ids),
    )
