"""The training job: from files to a published model."""

from contextlib import nullcontext
from datetime import UTC, datetime
from functools import partial
from pathlib import Path
from typing import Any, NamedTuple

from recsvc.domain.errors import GateRefusedError
from recsvc.files.rejects import Rejects
from recsvc.model.artifact import Artifact
from recsvc.model.lease import Lease
from training import item_index, jury, local_engine, publish, strengths, threads
from training.cases import Case
from training.config import TrainingConfig
from training.digest import digest
from training.draft import Identity, draft
from training.evaluate import Evaluation
from training.gate import Verdict, judge
from training.holdout import Split
from training.inputs import Inputs, items_of
from training.learned import Engine, Learned
from training.report import page, record
from training.report.page import Ending
from training.rivals import with_strengths
from training.spark import cluster
from training.stages import Stages


class Order(NamedTuple):
    """What a run is asked for."""

    inputs: Inputs
    models: Path
    config: TrainingConfig
    as_of: datetime | None = None
    dry_run: bool = False
    force: bool = False
    master: str | None = None  # of the Spark cluster that learns; None: this process


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
    with lock as lease, threads.single_threaded_blas():
        identity = _identify(order)
        learned = _engine(order)(order.inputs, order.config, order.as_of, stages, rejects)
        model = _draft(identity, order.config, learned, stages)
        model = _arrange(order.config, model, stages)
        tuning, judging = jury.summon(learned.split, learned.declared, model.vocabulary)
        model, tuned = _tune(order.config, model, learned.split, tuning, stages)
        model, index = _index(model, learned.split, [*tuning, *judging], stages)
        heard, figures = _evaluate(model, learned, judging, stages)
        verdict = _judge(order, learned, model, heard, stages)
        found = record.training_record(
            order.config, learned, model, tuned, figures, verdict, forced=order.force
        )
        with stages.stage("report"):
            found |= index | record.details(model, judging, learned, rejects)
        return _conclude(order, lease, model, learned, found | stages.summary(), verdict, stages)


def _identify(order: Order) -> Identity:
    """Name the run by its digest; refuse one that was published or withdrawn before."""
    as_of = order.as_of.isoformat() if order.as_of else None
    options = {"as_of": as_of, "timezone": order.inputs.timezone}
    key = digest(order.inputs.paths(), order.config, options)
    if not (order.dry_run or order.force):
        publish.refuse_repetition(order.models, key)
    now = datetime.now(UTC)
    return Identity(publish.new_version(order.models, key, now), key, now)


def _engine(order: Order) -> Engine:
    """What learns; pyspark loads only when it is asked for."""
    if order.master is None:
        return local_engine.learn
    cluster.check_presence()
    from training.spark import engine  # noqa: PLC0415 (imports pyspark)

    return partial(engine.learn, order.master, order.models)


def _draft(identity: Identity, config: TrainingConfig, learned: Learned, stages: Stages) -> Artifact:
    with stages.stage("new items") as stage:
        model = draft(identity, config, learned.span.as_of, learned.parts, items_of(learned.catalogue))
        stage.note(f"{len(model.vocabulary) - learned.counts.items:,} that nobody has taken yet")
    return model


def _arrange(config: TrainingConfig, model: Artifact, stages: Stages) -> Artifact:
    """Lay a large model out for its index."""
    if len(model.vocabulary) < config.index_from:
        return model
    with stages.stage("lists") as stage:
        model = item_index.arranged(model, config.seed)
        stage.note(f"{len(model.arrays['index_centres']):,} of like items")
    return model


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


def _index(
    model: Artifact, split: Split, judges: list[Case], stages: Stages
) -> tuple[Artifact, dict[str, Any]]:
    """Let the index look as far as the judges need; what is said of it goes into the manifest."""
    if model.index is None:
        return model, {}
    with stages.stage("index") as stage:
        found = item_index.judged(model, judges, now=split.start.timestamp())
        stage.note(found.sentence())
    return found.model, {"index": found.summary()}


def _evaluate(
    model: Artifact, learned: Learned, judges: list[Case], stages: Stages
) -> tuple[Evaluation, dict[str, Any]]:
    with stages.stage("evaluate") as stage:
        stage.expect(len(judges))
        return jury.hear(model, learned.split, learned.catalogue, judges, stage.advance)


def _judge(order: Order, learned: Learned, model: Artifact, heard: Evaluation, stages: Stages) -> Verdict:
    with stages.stage("gate") as stage:
        evidence = jury.evidence(order.models, model, learned.split, learned.catalogue, heard)
        verdict = judge(evidence, order.config.gate)
        stage.note("passed" if verdict.passed else "refused")
    return verdict


def _conclude(
    order: Order,
    lease: Lease | None,
    model: Artifact,
    learned: Learned,
    found: dict[str, Any],
    verdict: Verdict,
    stages: Stages,
) -> Outcome:
    ending = page.ending(verdict, dry_run=order.dry_run, force=order.force)
    text = page.render(model, found, learned.catalogue, ending)
    if ending is Ending.REFUSED:
        raise RefusedError(found, verdict, text)
    if lease is not None:  # not a dry run
        with stages.stage("publish") as stage:
            publish.publish(order.models, lease, model, found, text)
            stage.note(model.version)
    return Outcome(model, found, verdict, lease is not None, text)
