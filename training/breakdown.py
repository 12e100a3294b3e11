"""Breakdown: the same evaluation for newcomers, by channel and by what visitors declared."""

import math
from collections import Counter
from collections.abc import Callable, Iterator, Sequence
from typing import Any

import polars as pl

from recsvc.model.artifact import Artifact
from recsvc.model.prior import FactColumns
from training.cases import Case, cases, newest
from training.evaluate import Audience, Evaluation

SIZES = (0, 1, 3, 5)
FEWEST = 25
"""Fewer visitors give no figure worth a look, and point at persons."""
MOST_GROUPS = 12
MOST_NEWCOMERS = 2_000
"""Each is ranked four times more; with so many an interval of NDCG is about .01 wide."""
Table = dict[str, Any]


def newcomers(
    everybody: Sequence[Case],
    judge: Callable[[Sequence[Case]], Evaluation],
    sizes: Sequence[int] = SIZES,
    most: int = MOST_NEWCOMERS,
) -> dict[str, Table]:
    """The figures of visitors of whom only the newest n products are known, and what they answered.

    Args:
        everybody: visitors with everything that is known of them.
        judge: evaluates cases.
        sizes: n; of visitors without any product only those with answers are judged.
        most: visitors judged for each n, drawn evenly from those who have as many products.
    """
    found = {}
    for size in sizes:
        whole = [
            case
            for case in everybody
            if (len(set(case.history.item_ids)) >= size if size else case.answers)
        ]  # fmt: skip
        drawn = whole[:: max(1, math.ceil(len(whole) / most))]
        evaluation = judge([case._replace(history=newest(case.history, size)) for case in drawn])
        found[str(size)] = evaluation.table(evaluation.audience())
    return found


def channels(evaluation: Evaluation, artifact: Artifact, targets: pl.DataFrame) -> dict[str, Table]:
    """The figures for what was bought on each channel.

    Args:
        evaluation: of all targets.
        artifact: the model that was judged.
        targets: visitor_id, item_id, and channel where it is known.
    """
    ranked = {case.visitor_id for case in evaluation.everybody.cases}
    named = targets.filter(pl.col("channel").is_not_null(), pl.col("visitor_id").is_in(list(ranked)))
    found = {}
    for name in named["channel"].unique().sort():
        theirs, _ = cases(artifact.vocabulary, named.filter(pl.col("channel") == name))
        if len(theirs) >= FEWEST:
            found[name] = evaluation.table(Audience(theirs, evaluation.everybody.keep_seen))
    return found


def groups(evaluation: Evaluation, artifact: Artifact) -> dict[str, Table]:
    """The figures of the most frequent answers' visitors, by fact=value; numbers by the bins of the model."""
    columns = {fact.fact: fact for fact in artifact.parameters.facts}
    everybody = evaluation.everybody
    labels = [set(_labels(case, columns)) for case in everybody.cases]
    counts = Counter(label for theirs in labels for label in theirs)
    frequent = sorted(counts, key=lambda label: (-counts[label], label))[:MOST_GROUPS]
    found = {}
    for label in sorted(label for label in frequent if counts[label] >= FEWEST):
        members = [case for case, theirs in zip(everybody.cases, labels, strict=True) if label in theirs]
        found[label] = evaluation.table(everybody._replace(cases=members))
    return found


def _labels(case: Case, columns: dict[str, FactColumns]) -> Iterator[str]:
    for fact, value in case.answers.facts.items():
        if isinstance(value, tuple):
            yield from (f"{fact}={text}" for text in value)
        elif fact in columns and (column := columns[fact].column(value)) is not None:
            yield f"{fact}={columns[fact].values[column - columns[fact].first]}"
