"""What the judges show of the job: nothing that was not known when their lines were cut."""

import polars as pl
from rich.console import Console

from recsvc.model import artifact, versions
from tests.training.shops import NOW, Shop, days_ago, lines
from training import job, jury
from training.config import TrainingConfig
from training.extract import Extract
from training.holdout import Sample, Split
from training.stages import Stages

BOUGHT = [(f"v{day}", "old" if day >= 40 else "new", "purchase", days_ago(day), 1.0) for day in range(90)]
TUNERS = frozenset(f"v{day}" for day in range(0, 90, 2))


def source(*, kept: pl.DataFrame) -> job.Source:
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
    return job.Source(Extract(frame, NOW, timed=True, counts={}), split, None, told)


def test_judges_have_only_the_facts_known_at_the_cut(trained: Shop) -> None:
    model = artifact.read(versions.resolve(str(trained.models)))
    known = source(kept=lines())
    tuning, judging = jury.summon(known.split, known.declared, model.vocabulary)
    assert sum(bool(case.answers.facts) for case in [*tuning, *judging]) == 30


def test_half_life_is_chosen_without_the_lines_of_the_judges() -> None:
    with Stages(Console(quiet=True)) as stages:
        everyone = job._half_life(TrainingConfig(), source(kept=lines(*BOUGHT)), stages)
        nobody = job._half_life(TrainingConfig(), source(kept=lines()), stages)
    assert everyone is not None
    assert nobody is None
