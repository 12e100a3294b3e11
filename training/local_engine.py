"""The local engine: from files to what a model is made of, in this process."""

from datetime import datetime
from typing import NamedTuple

import numpy as np
import polars as pl

from recsvc.files.rejects import Rejects
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
from training.attributes import affinities
from training.config import TrainingConfig
from training.extract import Extract
from training.fit import local
from training.holdout import Split
from training.inputs import Inputs, items_of, read_catalogue, read_declared
from training.interactions import Interactions, aggregate, check_size, choose_alpha, confidences
from training.learned import Counts, Learned, Parts
from training.stages import Stages


class Source(NamedTuple):
    """Everything read from files."""

    extract: Extract
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
    interactions = _aggregate(config, source, stages)
    half_life = _half_life(config, source, stages)
    parts = _fit(config, source, interactions, half_life, stages)
    counts = Counts(source.extract.counts, *interactions.shape, interactions.size)
    span = holdout.span_of(source.extract)
    return Learned(
        counts,
        span,
        source.split._replace(kept=source.split.kept.clear()),
        source.declared,
        source.catalogue,
        half_life,
        parts,
    )


def _read(
    inputs: Inputs, config: TrainingConfig, as_of: datetime | None, stages: Stages, rejects: Rejects
) -> Source:
    with stages.stage("read") as stage:
        found = extract.read(inputs.events, config, rejects=rejects, timezone=inputs.timezone, as_of=as_of)
        catalogue = read_catalogue(inputs, rejects)
        declared = read_declared(inputs, rejects, frozenset(config.numeric_facts))
        split = holdout.split(found, config.left_out, config.seed)
        stage.note(
            f"{found.lines.height:,} of {found.counts['read']:,} lines count, {_height(catalogue):,} items, "
            f"{_height(declared):,} facts, {split.left_out:,} visitors left out"
        )
    return Source(found, split, catalogue, declared)


def _height(frame: pl.DataFrame | None) -> int:
    return 0 if frame is None else frame.height


def _aggregate(config: TrainingConfig, source: Source, stages: Stages) -> Interactions:
    with stages.stage("aggregate") as stage:
        interactions = aggregate(source.split.kept, config, source.extract.as_of)
        check_size(interactions, config.factors)
        visitors, items = interactions.shape
        stage.note(f"{len(interactions.items):,} interactions of {visitors:,} visitors with {items:,} items")
    return interactions


def _half_life(config: TrainingConfig, source: Source, stages: Stages) -> float | None:
    with stages.stage("popularity") as stage:
        kept = source.extract._replace(lines=source.split.kept)
        found = tables.best_half_life(kept, keep_seen=source.split.keep_seen, seed=config.seed)
        stage.note(f"half-life {found:g} days" if found else "no half-life")
    return found


def _fit(
    config: TrainingConfig,
    source: Source,
    interactions: Interactions,
    half_life: float | None,
    stages: Stages,
) -> Parts:
    confidence = config.confidence.with_alpha(choose_alpha(interactions))
    with stages.stage("fit") as stage:
        matrix, normaliser = confidences(interactions, confidence)
        penalty = local.Penalty(config.regularization, 1.0 / confidence.alpha, config.frequency_exponent)
        fitted = local.fit(
            matrix, factors=config.factors, penalty=penalty, iterations=config.iterations, seed=config.seed
        )
        del matrix
        stage.note(f"{config.factors} factors, {config.iterations} iterations, alpha {confidence.alpha:.2f}")
    bought = crossings.purchases(interactions, config.answer_half_life_days)
    demand = answers.demand(
        bought.items, crossings.popularity(interactions, half_life), fitted.item_factors,
        fitted.visitor_factors.mean(axis=0, dtype=np.float64),
    )  # fmt: skip
    items = items_of(source.catalogue)
    with stages.stage("answers") as stage:
        learnt = answers.learn(
            demand,
            fitted.item_factors,
            crossings.of_answers(
                bought,
                facts.answer_matrix(source.declared, interactions.visitor_ids, source.extract.as_of),
            ),
            crossings.of_affinities(bought, affinities(interactions, items)),
            ridge=config.answer_ridge,
            rank=config.residual_rank,
        )
        stage.note(
            f"{len(learnt.means)} answers to {len(learnt.facts)} questions, "
            f"{len(learnt.directions)} directions"
        )
    with stages.stage("tables"):
        beside = item_item.item_item(interactions, config.item_item, config.seed)
        together = tables.together(source.split.kept, interactions.item_ids, config.tables.together)
        again = repeats.repeats(source.split.kept, interactions.item_ids, source.extract.as_of)
        window = tables.window_popularity(interactions, holdout.window_days(holdout.span_of(source.extract)))
    return Parts(
        interactions.item_ids, interactions.item_counts, confidence, normaliser, fitted.item_factors,
        fitted.regularizer, demand, learnt, again, beside, together, window,
    )  # fmt: skip
