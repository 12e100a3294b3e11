"""The training job: from files to a published model."""

from contextlib import nullcontext
from datetime import UTC, datetime
from pathlib import Path
from typing import Any, NamedTuple

import polars as pl

from recsvc.domain.errors import GateRefusedError
from recsvc.files.rejects import Rejects
from recsvc.model.artifact import Artifact
from recsvc.model.lease import Lease
from training import (
    answers,
    extract,
    facts,
    holdout,
    item_item,
    jury,
    publish,
    repeats,
    strengths,
    tables,
)
from training.attributes import affinities
from training.cases import Case
from training.config import TrainingConfig
from training.digest import digest
from training.draft import Identity, Tables, draft
from training.evaluate import Evaluation
from training.extract import Extract
from training.fit import local
from training.gate import Verdict, judge
from training.holdout import Split
from training.inputs import Inputs, items_of, read_catalogue, read_declared
from training.interactions import Interactions, aggregate, check_size, choose_alpha, confidences
from training.report import page, record
from training.report.curve import LearningCurve
from training.report.page import Ending
from training.rivals import with_strengths
from training.stages import Stages


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
    page: str  # report.html


class RefusedError(GateRefusedError):
    """The gate's no, with everything that was found.

    Attributes:
        record: what `manifest.training` would have been.
        verdict: what the gate says.
        page: report.html.
    """

    def __init__(self, record: dict[str, Any], verdict: Verdict, page: str) -> None:
        super().__init__(f"Not published: {verdict.reason} --force publishes it anyway.")
        self.record = record
        self.verdict = verdict
        self.page = page


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
        model, curve = _fit(order.config, identity, source, interactions, half_life, stages)
        tuning, judging = jury.summon(source.split, source.declared, model.vocabulary)
        model, tuned = _tune(order.config, model, source.split, tuning, stages)
        heard, figures = _evaluate(model, source, judging, stages)
        verdict = _judge(order, source, model, heard, stages)
        found = record.training_record(
            order.config, source.extract, source.split, interactions, model, half_life, tuned, figures,
            verdict, forced=order.force,
        )  # fmt: skip
        with stages.stage("report"):
            found |= record.details(model, judging, source.split, source.catalogue, rejects, curve)
        return _conclude(order, lease, model, source.catalogue, found | stages.summary(), verdict, stages)


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
        count, found = found.lines.height, found._replace(lines=split.kept)
        aside = "".join(f", {number:,} {why}" for why, number in found.counts.items() if why != "read")
        stage.note(
            f"{count:,} of {found.counts['read']:,} lines count{aside}; {_height(catalogue):,} items, "
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
) -> tuple[Artifact, list[dict[str, Any]]]:
    confidence = config.confidence.with_alpha(choose_alpha(interactions))
    with stages.stage("fit") as stage:
        matrix, normaliser = confidences(interactions, confidence)
        penalty = local.Penalty(config.regularization, 1.0 / confidence.alpha, config.frequency_exponent)
        regularizer = penalty.of(interactions.visitor_counts, matrix.shape[1])
        curve = LearningCurve(source.split, interactions, config, confidence, normaliser, regularizer)
        fitted = local.fit(
            matrix, factors=config.factors, penalty=penalty, iterations=config.iterations, seed=config.seed,
            on_iteration=curve,
        )  # fmt: skip
        del matrix
        stage.note(f"{config.factors} factors, {config.iterations} iterations, alpha {confidence.alpha:.2f}")
    demand = answers.demand(interactions, half_life, config.answer_half_life_days, fitted)
    items = items_of(source.catalogue)
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
        found = Tables(
            item_item.item_item(interactions, config.item_item, config.seed),
            tables.together(source.split.kept, interactions.item_ids, config.tables.together),
        )
        again = repeats.repeats(source.split.kept, interactions.item_ids, source.extract.as_of)
        window = tables.window_popularity(interactions, holdout.window_days(source.extract))
    with stages.stage("new items") as stage:
        model = draft(
            identity, config, source.extract.as_of, interactions, confidence, normaliser, fitted, learnt,
            demand, again, found, window, items,
        )  # fmt: skip
        stage.note(f"{len(model.vocabulary) - len(interactions.item_ids):,} that nobody has taken yet")
    return model, curve.points


def _tune(
    config: TrainingConfig, model: Artifact, split: Split, judges: list[Case], stages: Stages
) -> tuple[Artifact, strengths.Tuned]:
    if config.strengths:
        return with_strengths(model, config.strengths), strengths.Tuned(config.strengths, ())
    with stages.stage("tune") as stage:
        tuned = strengths.tune(
            model, judges, keep_seen=split.keep_seen, now=split.start.timestamp(), advance=stage.advance
        )
        stage.note(
            f"{tuned.strengths.summary()} on {len(judges)} visitors"
            if tuned.trials else f"defaults: {len(judges)} visitors are too few"
        )  # fmt: skip
    return with_strengths(model, tuned.strengths), tuned


def _evaluate(
    model: Artifact, source: Source, judges: list[Case], stages: Stages
) -> tuple[Evaluation, dict[str, Any]]:
    with stages.stage("evaluate") as stage:
        stage.expect(len(judges))
        return jury.hear(model, source.split, source.catalogue, judges, stage.advance)


def _judge(order: Order, source: Source, model: Artifact, heard: Evaluation, stages: Stages) -> Verdict:
    with stages.stage("gate") as stage:
        evidence = jury.evidence(order.models, model, source.split, source.catalogue, heard)
        verdict = judge(evidence, order.config.gate)
        stage.note("passed" if verdict.passed else "refused")
    return verdict


def _conclude(
    order: Order,
    lease: Lease | None,
    model: Artifact,
    catalogue: pl.DataFrame | None,
    found: dict[str, Any],
    verdict: Verdict,
    stages: Stages,
) -> Outcome:
    ending = page.ending(verdict, dry_run=order.dry_run, force=order.force)
    text = page.render(model, found, catalogue, ending)
    if ending is Ending.REFUSED:
        raise RefusedError(found, verdict, text)
    if lease is not None:  # not a dry run
        with stages.stage("publish") as stage:
            publish.publish(order.models, lease, model, found, text)
            stage.note(model.version)
    return Outcome(model, found, verdict, lease is not None, text)
