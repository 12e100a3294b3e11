"""The local engine: from files to what a model is made of, in this process."""

from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Any, NamedTuple

import numpy as np
import polars as pl
from numpy.typing import NDArray

from recsvc.domain.catalogue import Item
from recsvc.files.rejects import Rejects
from recsvc.model.confidence import Confidence
from training import (
    answers,
    crossings,
    extract,
    facts,
    holdout,
    item_item,
    repeats,
    tables,
)
from training.answers import Demand, Learnt
from training.attributes import affinities
from training.config import TrainingConfig
from training.extract import Extract
from training.fit import local
from training.holdout import Span, Split
from training.inputs import Inputs, hinting, items_of, read_catalogue, read_declared
from training.interactions import Interactions, aggregate, choose_alpha, confidences, noted, sized
from training.learned import Counts, Learned, Parts
from training.learning_curve import LearningCurve
from training.repeats import Repeats
from training.stages import Stages
from training.tables import Table


class Source(NamedTuple):
    """Everything read from files."""

    extract: Extract  # its lines are those that the split keeps
    span: Span
    split: Split
    catalogue: pl.DataFrame | None
    declared: pl.DataFrame | None


def learn(
    inputs: Inputs, config: TrainingConfig, as_of: datetime | None, stages: Stages, rejects: Rejects
) -> Learned:
    """Read, split, count and fit; see `learned.Engine`.

    Raises:
        BadDataError: the input cannot carry a model.
        InputOutputError: a file does not answer.
    """
    source = _read(inputs, config, as_of, stages, rejects)
    interactions, config = _aggregate(config, source, stages)
    half_life = _half_life(config, source, stages)
    parts, curve = _fit(config, source, interactions, half_life, stages)
    counts = Counts(source.extract.counts, *interactions.shape, interactions.size)
    return Learned(
        counts,
        source.span,
        source.split._replace(kept=source.split.kept.clear()),
        source.declared,
        source.catalogue,
        half_life,
        parts,
        curve,
    )


def _read(
    inputs: Inputs, config: TrainingConfig, as_of: datetime | None, stages: Stages, rejects: Rejects
) -> Source:
    with stages.stage("read") as stage:
        with hinting(inputs.events, rejects, "events"):
            found = extract.read(
                inputs.events, config, rejects=rejects, timezone=inputs.timezone, as_of=as_of
            )
        catalogue = read_catalogue(inputs, rejects)
        declared = read_declared(inputs, rejects, frozenset(config.numeric_facts))
        split, span = holdout.split(found, config.left_out, config.seed), holdout.span_of(found)
        count, found = found.lines.height, found._replace(lines=split.kept)
        aside = "".join(f", {number:,} {why}" for why, number in found.counts.items() if why != "read")
        stage.note(
            f"{count:,} of {found.counts['read']:,} lines count{aside}; {_height(catalogue):,} items, "
            f"{_height(declared):,} facts, {split.left_out:,} visitors left out"
        )
    return Source(found, span, split, catalogue, declared)


def _height(frame: pl.DataFrame | None) -> int:
    return 0 if frame is None else frame.height


def _aggregate(config: TrainingConfig, source: Source, stages: Stages) -> tuple[Interactions, TrainingConfig]:
    with stages.stage("aggregate") as stage:
        interactions = aggregate(source.split.kept, config, source.extract.as_of)
        given = sized(config, interactions)
        stage.note(noted(interactions, config, given))
    return interactions, given


def _half_life(config: TrainingConfig, source: Source, stages: Stages) -> float | None:
    with stages.stage("popularity") as stage:
        found = tables.best_half_life(source.extract, keep_seen=source.split.keep_seen, seed=config.seed)
        stage.note(f"half-life {found:g} days" if found else "no half-life")
    return found


def _fit(
    config: TrainingConfig,
    source: Source,
    interactions: Interactions,
    half_life: float | None,
    stages: Stages,
) -> tuple[Parts, Sequence[dict[str, Any]]]:
    with stages.stage("fit") as stage:
        found = factorise(config, interactions, source.split)
        stage.note(
            f"{config.factors} factors, {config.iterations} iterations, alpha {found.confidence.alpha:.2f}"
        )
    with stages.stage("answers") as stage:
        heard = hear(
            config, interactions, found.fitted, half_life, source.declared, source.extract.as_of,
            items_of(source.catalogue),
        )  # fmt: skip
        stage.note(
            f"{len(heard.learnt.means)} answers to {len(heard.learnt.facts)} questions, "
            f"{len(heard.learnt.directions)} directions"
        )
    with stages.stage("tables"):
        beside = item_item.item_item(
            interactions, config.item_item, config.seed,
            items_of(source.catalogue), heard.demand.popularity,
        )  # fmt: skip
        together = tables.together(source.split.kept, interactions.item_ids, config.tables.together)
        again = repeats.repeats(source.split.kept, interactions.item_ids, source.extract.as_of)
        window = tables.window_popularity(interactions, holdout.window_days(source.span))
    return parts_of(interactions, found, heard, again, beside, together, window), found.curve


class Factorised(NamedTuple):
    """The factors, and the confidences they came from."""

    fitted: local.Fitted
    confidence: Confidence
    normaliser: float
    curve: Sequence[dict[str, Any]]  # what the factors were worth on the way


def factorise(config: TrainingConfig, interactions: Interactions, judges: Split | None = None) -> Factorised:
    """Fit the factors; visitors left out tell how good they become, where there are any."""
    confidence = config.confidence.with_alpha(choose_alpha(interactions))
    matrix, normaliser = confidences(interactions, confidence)
    penalty = local.Penalty(config.regularization, 1.0 / confidence.alpha, config.frequency_exponent)
    regularizer = penalty.of(interactions.visitor_counts, matrix.shape[1])
    curve = judges and LearningCurve(judges, interactions, config, confidence, normaliser, regularizer)
    fitted = local.fit(
        matrix, factors=config.n_factors, penalty=penalty, iterations=config.iterations, seed=config.seed,
        on_iteration=curve or local.unwatched,
    )  # fmt: skip
    return Factorised(fitted, confidence, normaliser, curve.points if curve else ())


class Heard(NamedTuple):
    """What answers and attributes say."""

    demand: Demand
    learnt: Learnt


def hear(
    config: TrainingConfig,
    interactions: Interactions,
    fitted: local.Fitted,
    half_life: float | None,
    declared: pl.DataFrame | None,
    as_of: datetime,
    items: Mapping[str, Item],
) -> Heard:
    """Learn from what visitors declared, and from the attributes of what they bought."""
    bought = crossings.Purchases(interactions, config.answer_half_life_days)
    demand = answers.demand(
        bought.items, crossings.popularity(interactions, half_life), fitted.item_factors,
        fitted.visitor_factors.mean(axis=0, dtype=np.float64),
    )  # fmt: skip
    stated = facts.answer_matrix(declared, interactions.visitor_ids, as_of)
    learnt = answers.learn(
        demand,
        fitted.item_factors,
        crossings.of_answers(bought, stated),
        crossings.of_affinities(bought, affinities(interactions, items)),
        ridge=config.answer_ridge,
        rank=config.residual_rank,
    )
    return Heard(demand, learnt)


def parts_of(
    interactions: Interactions,
    found: Factorised,
    heard: Heard,
    again: Repeats,
    beside: Table,
    together: Table,
    window: NDArray[np.floating],
) -> Parts:
    """Put together what a model is made of."""
    return Parts(
        interactions.item_ids, interactions.item_counts, found.confidence, found.normaliser,
        found.fitted.item_factors, found.fitted.regularizer, heard.demand, heard.learnt, again, beside,
        together, window,
    )  # fmt: skip
