"""What the catalogue adds to a model."""

from datetime import timedelta
from pathlib import Path

import polars as pl
from rich.console import Console

from recsvc.files.rejects import Rejects
from recsvc.model.tables import arrivals
from tests.training.shops import Shop
from training import job
from training.config import TrainingConfig
from training.inputs import Inputs
from training.stages import Stages
from training.synthetic import World

CONFIG = TrainingConfig(factors=12, iterations=2, residual_rank=4)


def test_new_items_of_the_catalogue_arrive_by_their_dates(tmp_path: Path, world: World) -> None:
    as_of = world.events["occurred_at"].max()
    dates = {
        "came": as_of - timedelta(days=3),
        "stale": as_of - timedelta(days=300),
        "later": as_of + timedelta(days=9),
        "undated": None,
    }
    kin = world.items.head(1).drop("item_id")
    rows = [
        kin.with_columns(item_id=pl.lit(name), available_from=pl.lit(at, dtype=pl.Datetime("us", "UTC")))
        for name, at in dates.items()
    ]
    shop = Shop(tmp_path, world._replace(items=pl.concat([world.items, *rows], how="diagonal")))
    inputs = Inputs([shop.path("events")], shop.path("items"), None)
    with Stages(Console(quiet=True)) as stages:
        order = job.Order(inputs, shop.models, CONFIG, dry_run=True)
        model = job.run(order, stages, Rejects()).model
    shown = [model.vocabulary.ids[row] for row in arrivals(model).rows]
    assert [name for name in shown if name in dates] == ["came", "undated"]
    assert not model.arrays["trending"][model.vocabulary.rows(dates)].any()
    assert (model.arrays["trending"] > 0).sum() == len(model.vocabulary) - len(dates)
