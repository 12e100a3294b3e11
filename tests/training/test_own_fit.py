"""An evaluation that fits its own model never shows it what it is judged on."""

import json
from collections.abc import Callable
from datetime import timedelta
from typing import Any

import polars as pl
import pytest
from click.testing import CliRunner

from recsvc.model.confidence import DEFAULT_KIND_WEIGHTS as KINDS
from tests.training.shops import Shop, days_ago, lines
from training.cli import evaluate
from training.moments import Split, parse_split
from training.own_fit import parts
from training.synthetic import World, planted_world

SMALL = "factors = 12\niterations = 5\nresidual_rank = 4\n[item_item]\nneighbours = 30\n"


@pytest.fixture(scope="module")
def world() -> World:
    """A small one: it is fitted and judged again and again."""
    return planted_world(visitors=300, items=60)


def read(world: World) -> pl.DataFrame:
    return world.events.with_columns(channel=pl.lit("web"))


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


def test_seeds_say_how_far_luck_reaches(make_shop: Callable[[World], Shop], world: World) -> None:
    shop = make_shop(world)
    one = judged(shop, "--split", "last:1")
    two = judged(shop, "--split", "last:1", "--seeds", "2")
    assert "seeds" not in one
    assert two["model"] == one["model"]
    assert two["seeds"]["seeds"] == [7, 8]
    found = two["seeds"]["model"]["ndcg@10"]
    assert 0 < found["spread"] < 0.2
    assert abs(found["mean"] - one["model"]["ndcg@10"]) == pytest.approx(found["spread"] / 2)


def test_split_by_time_keeps_the_later_part_from_the_fit(world: World) -> None:
    start = world.events["occurred_at"].sort()[int(world.events.height * 0.8)]
    history, targets = parts(read(world), Split(time=start), KINDS)
    assert history["occurred_at"].max() < start
    late = world.events.filter(pl.col("occurred_at") >= start).select("visitor_id", "item_id").unique()
    assert set(targets["channel"]) == {"web"}
    targets = targets.drop("channel")
    assert targets.sort("visitor_id", "item_id").equals(late.sort("visitor_id", "item_id"))


def test_last_product_of_each_visitor_is_in_no_history(world: World) -> None:
    history, targets = parts(read(world), Split(last=1), KINDS)
    assert targets.height == targets["visitor_id"].n_unique()
    assert history.join(targets, on=["visitor_id", "item_id"], how="semi").is_empty()


def test_last_products_are_those_bought_and_all_their_lines_leave_the_history() -> None:
    frame = lines(
        ("a", "tea", "purchase", days_ago(9), 1),
        ("a", "milk", "purchase", days_ago(8), 1),
        ("a", "milk", "view", days_ago(9), 1),
        ("a", "jam", "view", days_ago(1), 1),
        ("b", "tea", "view", days_ago(9), 1),
        ("b", "jam", "view", days_ago(8), 1),
        ("b", "milk", "impression", days_ago(1), 1),
    )
    frame = frame.with_columns(channel=pl.lit("web"))
    nothing = frame.head(1).with_columns(item_id=pl.lit(None, dtype=pl.String), kind=pl.lit("search"))
    history, targets = parts(pl.concat([frame, nothing]), Split(last=1), KINDS)
    assert sorted(targets.iter_rows()) == [("a", "milk", "web"), ("b", "jam", "web")]
    assert history.join(targets, on=["visitor_id", "item_id"], how="semi").is_empty()
    assert set(history.filter(pl.col("visitor_id") == "a")["item_id"]) == {"tea", "jam", None}


def test_rows_read_and_rejected_are_those_of_the_files_given(
    make_shop: Callable[[World], Shop], world: World
) -> None:
    prices = pl.when(pl.int_range(pl.len()) % 100 == 0).then(float("nan")).otherwise(1.0)
    shop = make_shop(world._replace(events=world.events.with_columns(price=prices)))
    found = judged(shop, "--split", "last:2", "--facts", str(shop.path("facts")))
    assert found["read"] == world.events.height + world.facts.height
    assert found["rejected"] == -(-world.events.height // 100)


def test_facts_told_after_the_split_are_not_used(make_shop: Callable[[World], Shop], world: World) -> None:
    start = world.events["occurred_at"].sort()[int(world.events.height * 0.8)]
    told = world.facts.with_columns(answered_at=start + timedelta(days=1))
    shop = make_shop(world._replace(facts=told))
    without = judged(shop, "--split", f"time:{start.isoformat()}")
    late = judged(shop, "--split", f"time:{start.isoformat()}", "--facts", str(shop.path("facts")))
    assert (late["status"], late["model"]) == ("done", without["model"])


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
    assert "0 products after it" in found["message"]
