"""An evaluation that fits its own model never shows it what it is judged on."""

import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import polars as pl
import pytest
from click.testing import CliRunner

from tests.training.shops import Shop
from training.cli import evaluate
from training.inputs import Inputs
from training.moments import Split, parse_split
from training.own_fit import _parts
from training.synthetic import World

SMALL = "factors = 12\niterations = 5\nresidual_rank = 4\n[tables]\nitem_item = 30\n"


def judged(shop: Shop, *arguments: str) -> dict[str, Any]:
    config = shop.folder / "small.toml"
    config.write_text(SMALL)
    command = ["--events", str(shop.path("events")), "--config", str(config), *arguments, "--json"]
    ended = CliRunner().invoke(evaluate, command)
    return json.loads(ended.stdout.splitlines()[-1])


def test_split_by_last_products_judges_everybody_with_more(
    make_shop: Callable[[World], Shop], world: World
) -> None:
    found = judged(make_shop(world), "--split", "last:2")
    counts = world.events.group_by("visitor_id").agg(pl.col("item_id").n_unique())
    assert found["status"] == "done"
    assert found["visitors"] == counts.filter(pl.col("item_id") > 2).height
    assert found["model"]["ndcg@10"] > found["popularity"]["ndcg@10"]


def test_split_by_time_keeps_the_later_part_from_the_fit(tmp_path: Path, world: World) -> None:
    path = tmp_path / "events.parquet"
    world.events.write_parquet(path)
    start = world.events["occurred_at"].sort()[int(world.events.height * 0.8)]
    with _parts(Inputs([path]), Split(time=start)) as parts:
        history = pl.read_parquet(parts / "history.parquet")
        targets = pl.read_parquet(parts / "targets.parquet")
    assert history["occurred_at"].max() < start
    late = world.events.filter(pl.col("occurred_at") >= start).select("visitor_id", "item_id").unique()
    assert targets.sort("visitor_id", "item_id").equals(late.sort("visitor_id", "item_id"))


def test_last_product_of_each_visitor_is_in_no_history(tmp_path: Path, world: World) -> None:
    path = tmp_path / "events.parquet"
    world.events.write_parquet(path)
    with _parts(Inputs([path]), Split(last=1)) as parts:
        history = pl.read_parquet(parts / "history.parquet")
        targets = pl.read_parquet(parts / "targets.parquet")
    assert targets.height == targets["visitor_id"].n_unique()
    assert history.join(targets, on=["visitor_id", "item_id"], how="semi").is_empty()


@pytest.mark.parametrize("text", ["last:0", "last:x", "time:yesterday", "middle", ""])
def test_other_splits_are_refused(text: str) -> None:
    with pytest.raises(ValueError, match=r"neither|not a time"):
        parse_split(text)


@pytest.mark.parametrize("arguments", [[], ["--split", "last:1", "--targets", "t.csv"]])
def test_both_forms_at_once_or_neither_are_usage_errors(
    make_shop: Callable[[World], Shop], world: World, arguments: list[str]
) -> None:
    assert judged(make_shop(world), *arguments)["exit"] == 64


def test_split_that_leaves_nothing_is_refused_with_the_numbers(
    make_shop: Callable[[World], Shop], world: World
) -> None:
    found = judged(make_shop(world), "--split", "time:2200-01-01")
    assert found["exit"] == 64
    assert "0 after it" in found["message"]
