"""The training job: from files to a published model."""

from collections.abc import Mapping
from contextlib import nullcontext
from datetime import UTC, datetime
from pathlib import Path
from typing import Any, NamedTuple

import polars as pl

from recsvc.domain.catalogue import Item
from recsvc.domain.errors import GateRefusedError
from recsvc.files.rejects import Rejects
from recsvc.model.artifact import Artifact
from recsvc.model.lease import Lease
from training import answers, extract, facts, holdout, neighbours, publish, report, tables, tune
from training.attributes import affinities
from training.cases import Case, cases
from training.config import TrainingConfig
from training.digest import digest
from training.draft import Identity, Tables, draft
from training.evaluate import Evaluation, Rival, evaluate, with_strengths
from training.extract import Extract
from training.fit import local
from training.gate import K, Verdict, judge
from training.holdout import Split
from training.inputs import Inputs, items_of, read_catalogue, read_declared
from training.interactions import Interactions, aggregate, check_size, choose_alpha, confidences
from training.stages import Stages

KS = (10, 20)


class Order(NamedTuple):
    """What a run is asked for."""

    inputs: Inputs
    models: Path
    config: TrainingConfig
    as_of: datetime | None = None
    dry_run: bool = False
    force: bool = False


class Outcome(NamedTuple):
    """What a run came to."""

    model: Artifact
    record: dict[str, Any]  # manifest.training
    verdict: Verdict
    published: bool


class RefusedError(GateRefusedError):
    """The gate's no, with everything that was found.

    Attributes:
        record: what `manifest.training` would have been.
        verdict: what the gate says.
    """

    def __init__(self, record: dict[str, Any], verdict: Verdict) -> None:
        super().__init__(f"Not published: {verdict.reason} --force publishes it anyway.")
        self.record = record
        self.verdict = verdict


class Source(NamedTuple):
    """Everything read from files."""

    extract: Extract
    split: Split
    catalogue: pl.DataFrame | None
    declared: pl.DataFrame | None


def run(order: Order, stages: Stages, rejects: Rejects) -> Outcome:
    """Train, judge, and publish what the gate lets through.

    Raises:
        NothingNewError: the newest model is this one already.
        GateRefusedError: the model is not good enough.
        BadDataError: the input cannot carry a model.
        LockedError: another run is at work.
        InputOutputError: a file or the directory of models does not answer.
    """
    lock = nullcontext() if order.dry_run else publish.locked(order.models)
    with lock as lease, local.single_threaded_blas():
        identity = _identify(order)
        source = _read(order, stages, rejects)
        interactions = _aggregate(order.config, source, stages)
        half_life = _half_life(order.config, source, stages)
        model = _fit(order.config, identity, source, interactions, half_life, stages)
        tuning, judging = _judges(order.config, source, model)
        model, tuned = _tune(model, source.split, tuning, stages)
        evaluation = _evaluate(model, source.split, judging, stages)
        verdict = judge(evaluation.ndcg(Rival.MODEL, K), evaluation.ndcg(Rival.POPULARITY, K))
        record = report.training_record(
            order.config, source.extract, source.split, interactions, model, half_life, tuned, evaluation,
            verdict, forced=order.force,
        )  # fmt: skip
        return _conclude(order, lease, model, record | {"seconds": dict(stages.seconds)}, verdict, stages)


def _identify(order: Order) -> Identity:
    """Name the run by its digest; refuse one that was published or withdrawn before."""
    as_of = order.as_of.isoformat() if order.as_of else None
    options = {"as_of": as_of, "timezone": order.inputs.timezone}
    key = digest(order.inputs.paths(), order.config, options)
    if not (order.dry_run or order.force):
        publish.refuse_repetition(order.models, key)
    now = datetime.now(UTC)
    return Identity(publish.new_version(order.models, key, now), key, now)


def _read(order: Order, stages: Stages, rejects: Rejects) -> Source:
    inputs, config = order.inputs, order.config
    with stages.stage("read") as stage:
        found = extract.read(
            inputs.events, config, rejects=rejects, timezone=inputs.timezone, as_of=order.as_of
        )
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
    identity: Identity,
    source: Source,
    interactions: Interactions,
    half_life: float | None,
    stages: Stages,
) -> Artifact:
    confidence = config.confidence.with_alpha(choose_alpha(interactions))
    with stages.stage("fit") as stage:
        matrix, normaliser = confidences(interactions, confidence)
        fitted = local.fit(
            matrix, factors=config.factors, regularization=config.regularization,
            iterations=config.iterations, seed=config.seed,
        )  # fmt: skip
        stage.note(f"{config.factors} factors, {config.iterations} iterations, alpha {confidence.alpha:.2f}")
    demand = answers.demand(interactions, half_life, fitted)
    items = items_of(source.catalogue, interactions.item_ids)
    with stages.stage("answers") as stage:
        learnt = answers.learn(
            demand,
            fitted.item_factors,
            facts.answer_matrix(source.declared, interactions.visitor_ids, source.extract.as_of),
            affinities(interactions, items),
            ridge=config.answer_ridge,
            rank=config.residual_rank,
        )
        stage.note(
            f"{len(learnt.means)} answers to {len(learnt.facts)} questions, "
            f"{len(learnt.directions)} directions"
        )
    with stages.stage("tables"):
        found = _tables(config, source, interactions, fitted, items)
    return draft(
        identity,
        config,
        source.extract.as_of,
        interactions,
        confidence,
        normaliser,
        fitted,
        learnt,
        demand,
        found,
    )


def _tables(
    config: TrainingConfig,
    source: Source,
    interactions: Interactions,
    fitted: local.Fitted,
    items: Mapping[str, Item],
) -> Tables:
    sizes, ids = config.tables, interactions.item_ids
    categories = [items[item_id].category if item_id in items else None for item_id in ids]
    return Tables(
        neighbours.item_item(
            interactions, sizes.item_item, keep_seen=source.split.keep_seen, seed=config.seed
        ),
        neighbours.similar(fitted.item_factors, categories, sizes.similar),
        tables.together(source.split.kept, ids, sizes.together),
    )


def _judges(config: TrainingConfig, source: Source, model: Artifact) -> tuple[list[Case], list[Case]]:
    """The left-out visitors in two halves: one to tune on, one to judge; few judge all together."""
    split = source.split
    declared = facts.answers_of(source.declared, split.start)
    everyone, _ = cases(model.vocabulary, split.targets, split.history, declared)
    if len(everyone) < 2 * tune.FEWEST:
        return [], everyone
    first, second = holdout.halves([case.visitor_id for case in everyone], config.seed)
    return (
        [case for case in everyone if case.visitor_id in first],
        [case for case in everyone if case.visitor_id in second],
    )


def _tune(model: Artifact, split: Split, judges: list[Case], stages: Stages) -> tuple[Artifact, tune.Tuned]:
    with stages.stage("tune") as stage:
        tuned = tune.tune(
            model, judges, keep_seen=split.keep_seen, now=split.start.timestamp(), advance=stage.advance
        )
        stage.note(
            f"τ {tuned.strengths.tau}, ρ {tuned.strengths.rho} on {len(judges)} visitors"
            if tuned.trials else f"defaults: {len(judges)} visitors are too few"
        )  # fmt: skip
    return with_strengths(model, tuned.strengths), tuned


def _evaluate(model: Artifact, split: Split, judges: list[Case], stages: Stages) -> Evaluation:
    with stages.stage("evaluate") as stage:
        stage.expect(len(judges))
        return evaluate(
            model,
            judges,
            ks=KS,
            keep_seen=split.keep_seen,
            now=split.start.timestamp(),
            advance=stage.advance,
        )


def _conclude(
    order: Order,
    lease: Lease | None,
    model: Artifact,
    record: dict[str, Any],
    verdict: Verdict,
    stages: Stages,
) -> Outcome:
    if lease is None:  # a dry run
        return Outcome(model, record, verdict, published=False)
    if not (verdict.passed or order.force):
        raise RefusedError(record, verdict)
    with stages.stage("publish") as stage:
        publish.publish(order.models, lease, model, record)
        stage.note(model.version)
    return Outcome(model, record, verdict, published=True)
