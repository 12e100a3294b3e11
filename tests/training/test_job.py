"""What the judges show of the job: nothing that was not known when their lines were cut."""

import polars as pl
from rich.console import Console

from recsvc.model import artifact, versions
from recsvc.model.parameters import Strengths
from tests.training.shops import NOW, Shop, days_ago, lines
from training import job
from training.config import TrainingConfig
from training.extract import Extract
from training.holdout import Split
from training.stages import Stages

BOUGHT = [(f"v{day}", "old" if day >= 40 else "new", "purchase", days_ago(day), 1.0) for day in range(90)]


def source(*, kept: pl.DataFrame) -> job.Source:
    frame = lines(*BOUGHT)
    targets = frame.select("visitor_id", "item_id")
    split = Split(kept, frame.clear(), targets, days_ago(20), 90, keep_seen=False)
    told = targets.select("visitor_id", fact=pl.lit("taste"), value=pl.lit("floral"))
    told = told.with_columns(
        number=pl.lit(None, dtype=pl.Float64),
        answered_at=pl.when(pl.int_range(pl.len()) < 30).then(days_ago(30)).otherwise(days_ago(10)),
    )
    return job.Source(Extract(frame, NOW, timed=True, counts={}), split, None, told)


def test_judges_have_only_the_facts_known_at_the_cut(trained: Shop) -> None:
    model = artifact.read(versions.resolve(str(trained.models)))
    tuning, judging = job._judges(TrainingConfig(), source(kept=lines()), model)
    assert sum(bool(case.answers.facts) for case in [*tuning, *judging]) == 30


def test_half_life_is_chosen_without_the_lines_of_the_judges() -> None:
    with Stages(Console(quiet=True)) as stages:
        everyone = job._half_life(TrainingConfig(), source(kept=lines(*BOUGHT)), stages)
        nobody = job._half_life(TrainingConfig(), source(kept=lines()), stages)
    assert everyone is not None
    assert nobody is None


def test_strengths_of_the_configuration_are_taken_as_they_are(trained: Shop) -> None:
    model = artifact.read(versions.resolve(str(trained.models)))
    given = Strengths((0.5,) * 5, (2.0,) * 5)
    with Stages(Console(quiet=True)) as stages:
        config = TrainingConfig(strengths=given)
        tuned, found = job._tune(config, model, source(kept=lines()).split, [], stages)
    assert tuned.parameters.strengths == found.strengths == given
