"""The Spark engine: from Parquet to what a model is made of, on a cluster.

Lines, visitors and pairs stay there; what is of the size of the catalogue comes here, and so do the visitors
left out.
"""

from collections.abc import Mapping
from contextlib import ExitStack
from datetime import datetime
from pathlib import Path
from typing import NamedTuple

from pyspark.sql import DataFrame

from recsvc.domain.catalogue import Item
from recsvc.files.events import EVENTS
from recsvc.files.rejects import Rejects
from training import answers
from training.answers import Demand, Learnt
from training.config import TrainingConfig
from training.fit.local import Penalty
from training.holdout import window_days
from training.inputs import Inputs, items_of, read_catalogue
from training.interactions import choose_alpha, noted, sized
from training.learned import Counts, Learned, Parts
from training.spark import als, columns, counted, crossings, facts, item_item, left_out, lines, pairs
from training.spark.cluster import Cluster, cluster
from training.spark.left_out import LeftOut
from training.spark.lines import Lines
from training.spark.pairs import Pairs
from training.stages import Stages


class Source(NamedTuple):
    """Everything read from files."""

    lines: Lines
    left_out: LeftOut
    declared: DataFrame | None
    items: Mapping[str, Item]


class Run(NamedTuple):
    """What every step needs."""

    cluster: Cluster
    config: TrainingConfig
    stages: Stages


def learn(
    master: str,
    models: Path,
    inputs: Inputs,
    config: TrainingConfig,
    as_of: datetime | None,
    stages: Stages,
    rejects: Rejects,
) -> Learned:
    """Read, split, count and fit on a cluster; see `learned.Engine`.

    Args:
        master: the URL of the cluster.
        models: beside it the run keeps its frames, unless `spark.directory` names another place.
        inputs: events and facts are Parquet.
        config: of the run.
        as_of: the end of what is known.
        stages: where progress goes.
        rejects: takes counts by file; the places of single rows are not kept.

    Raises:
        UsageError: pyspark or Java is absent, or the configuration asks for what only the local engine does.
        BadDataError: the input cannot carry a model, or is no Parquet.
        InputOutputError: a file or the cluster does not answer.
    """
    item_item.check_method(config.item_item)
    columns.schemas(inputs.events, EVENTS, Rejects())  # before a cluster starts
    directory = Path(config.spark.directory) if config.spark.directory else models.parent / "spark"
    with ExitStack() as stack:
        with stages.stage("start"):
            running = stack.enter_context(cluster(master, config.spark, directory))
        run = Run(running, config, stages)
        catalogue = read_catalogue(inputs, rejects)
        source = _read(run, inputs, as_of, rejects)._replace(items=items_of(catalogue))
        found, run = _aggregate(run, source)
        half_life = _half_life(run, source)
        parts = _fit(run, source, found, half_life)
        declared = facts.of_visitors(running, source.declared, source.left_out.visitor_ids)
        counts = Counts(source.lines.counts, *found.shape, found.size)
        return Learned(
            counts, source.lines.span, source.left_out.split, declared, catalogue, half_life, parts
        )


def _read(run: Run, inputs: Inputs, as_of: datetime | None, rejects: Rejects) -> Source:
    config = run.config
    with run.stages.stage("read") as stage:
        found = lines.read(
            run.cluster, inputs.events, config, rejects=rejects, timezone=inputs.timezone, as_of=as_of
        )
        numeric = frozenset(config.numeric_facts)
        declared = (
            facts.read(run.cluster, inputs.facts, numeric, inputs.timezone, rejects) if inputs.facts else None
        )
        apart = left_out.split(run.cluster, found, config)
        stage.note(f"{found.counts['read']:,} lines, {apart.split.left_out:,} visitors left out")
    return Source(found, apart, declared, {})


def _aggregate(run: Run, source: Source) -> tuple[Pairs, Run]:
    with run.stages.stage("aggregate") as stage:
        found = pairs.pairs(run.cluster, source.left_out.kept, run.config, source.lines.span.as_of)
        given = sized(run.config, found)
        stage.note(noted(found, run.config, given))
    return found, run._replace(config=given)


def _half_life(run: Run, source: Source) -> float | None:
    with run.stages.stage("popularity") as stage:
        found = counted.best_half_life(
            run.cluster, source.left_out.kept, source.lines.span,
            keep_seen=source.left_out.split.keep_seen, seed=run.config.seed,
        )  # fmt: skip
        stage.note(f"half-life {found:g} days" if found else "no half-life")
    return found


def _fit(run: Run, source: Source, found: Pairs, half_life: float | None) -> Parts:
    config, ids, kept = run.config, found.item_ids, source.left_out.kept
    confidence = config.confidence.with_alpha(choose_alpha(found))
    with run.stages.stage("fit") as stage:
        values, normaliser = pairs.confidences(found, confidence)
        strength = config.spark.regularization or als.regularization(config.regularization, found)
        penalty = Penalty(config.regularization, 1.0 / confidence.alpha, config.frequency_exponent)
        fitted = als.fit(
            run.cluster, found, values, factors=config.n_factors, penalty=penalty,
            regularization=strength, iterations=config.iterations, seed=config.seed,
        )  # fmt: skip
        stage.note(
            f"{config.factors} factors, {config.iterations} iterations of MLlib with λ {strength:.3g} times "
            f"a row's pairs and one with its own λ, alpha {confidence.alpha:.2f}"
        )
    demand, learnt = _answers(run, source, found, half_life, fitted)
    with run.stages.stage("tables"):
        span = source.lines.span
        beside = item_item.item_item(
            run.cluster, found, config.item_item, config.spark.pair_budget, config.seed,
            source.items, demand.popularity,
        )  # fmt: skip
        together = counted.together(run.cluster, kept, found, config.tables.together)
        again = counted.item_repeats(run.cluster, kept, ids, span.as_of)
        window = counted.window_popularity(run.cluster, found, window_days(span))
    return Parts(
        ids, found.item_counts, confidence, normaliser, fitted.item_factors, fitted.regularizer, demand,
        learnt, again, beside, together, window,
    )  # fmt: skip


def _answers(
    run: Run, source: Source, found: Pairs, half_life: float | None, fitted: als.Fitted
) -> tuple[Demand, Learnt]:
    config = run.config
    with run.stages.stage("answers") as stage:
        bought = crossings.purchases(run.cluster, found, config.answer_half_life_days)
        popularity = counted.popularity(run.cluster, found, half_life) / found.n_visitors
        demand = answers.demand(bought.items, popularity, fitted.item_factors, fitted.mean_visitor)
        coded = facts.code(run.cluster, source.declared, found.visitors, source.lines.span.as_of)
        learnt = answers.learn(
            demand,
            fitted.item_factors,
            crossings.of_answers(run.cluster, bought, coded),
            crossings.of_affinities(
                run.cluster, bought, found, source.items, config.spark.pair_budget, config.seed
            ),
            ridge=config.answer_ridge,
            rank=config.residual_rank,
        )
        stage.note(
            f"{len(learnt.means)} answers to {len(learnt.facts)} questions, "
            f"{len(learnt.directions)} directions"
        )
    return demand, learnt
