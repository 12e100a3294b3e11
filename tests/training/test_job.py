"""What the judges show of the job: nothing that was not known when their lines were cut."""

from pathlib import Path

import numpy as np
import polars as pl
from rich.console import Console

from recsvc.files.rejects import Rejects
from recsvc.model import artifact, versions
from recsvc.model.artifact import Artifact
from recsvc.model.parameters import Strengths
from tests.training.shops import NOW, Shop, days_ago, lines
from training import holdout, job, jury, local_engine
from training.config import LeftOutConfig, TrainingConfig
from training.extract import Extract
from training.holdout import Sample, Span, Split
from training.inputs import Inputs
from training.stages import Stages
from training.synthetic import World

CONFIG = TrainingConfig(factors=12, iterations=3, residual_rank=4)
BOUGHT = [(f"v{day}", "old" if day >= 40 else "new", "purchase", days_ago(day), 1.0) for day in range(90)]
TUNERS = frozenset(f"v{day}" for day in range(0, 90, 2))


def source(*, kept: pl.DataFrame) -> local_engine.Source:
    frame = lines(*BOUGHT)
    targets = frame.select("visitor_id", "item_id")
    split = Split(
        kept, frame.clear(), targets, days_ago(20), 90, keep_seen=False, tuners=TUNERS, sample=Sample(7, 0)
    )
    told = targets.select("visitor_id", fact=pl.lit("taste"), value=pl.lit("floral"))
    told = told.with_columns(
        number=pl.lit(None, dtype=pl.Float64),
        answered_at=pl.when(pl.int_range(pl.len()) < 30).then(days_ago(30)).otherwise(days_ago(10)),
    )
    return local_engine.Source(
        Extract(kept, NOW, timed=True, counts={}), Span(NOW, days_ago(90)), split, None, told
    )


def test_judges_have_only_the_facts_known_at_the_cut(trained: Shop) -> None:
    model = artifact.read(versions.resolve(str(trained.models)))
    known = source(kept=lines())
    tuning, judging = jury.summon(known.split, known.declared, model.vocabulary)
    assert sum(bool(case.answers.facts) for case in [*tuning, *judging]) == 30


def test_half_life_is_chosen_without_the_lines_of_the_judges() -> None:
    with Stages(Console(quiet=True)) as stages:
        everyone = local_engine._half_life(TrainingConfig(), source(kept=lines(*BOUGHT)), stages)
        nobody = local_engine._half_life(TrainingConfig(), source(kept=lines()), stages)
    assert everyone is not None
    assert nobody is None


def test_strengths_of_the_configuration_are_taken_as_they_are(trained: Shop) -> None:
    model = artifact.read(versions.resolve(str(trained.models)))
    given = Strengths((0.5,) * 5, (2.0,) * 5)
    with Stages(Console(quiet=True)) as stages:
        config = TrainingConfig(strengths=given)
        tuned, found = job._tune(config, model, source(kept=lines()).split, [], stages)
    assert tuned.parameters.strengths == found.strengths == given


def test_what_those_who_judge_did_and_said_changes_nothing_in_the_model(tmp_path: Path, world: World) -> None:
    events = world.events
    split = holdout.split(
        Extract(events, events["occurred_at"].max(), timed=True, counts={}), LeftOutConfig(), CONFIG.seed
    )
    left_out = set(split.history["visitor_id"]) | set(split.targets["visitor_id"])
    judges = pl.Series(sorted(left_out - split.tuners)).implode()

    def other(frame: pl.DataFrame, column: str) -> pl.DataFrame:
        theirs = pl.col("visitor_id").is_in(judges)
        return frame.with_columns(pl.when(theirs).then(pl.col(column).reverse()).otherwise(column))

    changed = world._replace(events=other(events, "item_id"), facts=other(world.facts, "value"))
    assert not changed.events.equals(events)
    first, second = (fitted(tmp_path, one) for one in (world, changed))
    assert first.parameters == second.parameters
    for name, array in first.arrays.items():
        assert np.array_equal(array, second.arrays[name]), name


def fitted(folder: Path, world: World) -> Artifact:
    shop = Shop(folder, world)
    inputs = Inputs([shop.path("events")], shop.path("items"), shop.path("facts"))
    with Stages(Console(quiet=True)) as stages:
        return job.run(job.Order(inputs, shop.models, CONFIG, dry_run=True), stages, Rejects()).model
