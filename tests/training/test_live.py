"""The live model judges beside the next one, on visitors that neither of them knew."""

import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import polars as pl

from recsvc.model import artifact, versions
from tests.training.shops import Shop
from training import holdout
from training.cases import cases
from training.config import LeftOutConfig
from training.extract import Extract
from training.live import judge_live
from training.synthetic import World, shuffled

MakeShop = Callable[[World], Shop]


def gate_of(result: Any) -> dict[str, dict[str, Any]]:
    """What the gate found, by check."""
    found = json.loads(result.stdout.splitlines()[-1])["gate"]
    return {check["name"]: check for check in found["checks"]}


def split_of(shop: Shop, seed: int) -> holdout.Split:
    events = shop.world.events
    extract = Extract(events, events["occurred_at"].max(), timed=True, counts={})
    return holdout.split(extract, LeftOutConfig(), seed)


def test_a_model_of_shuffled_purchases_does_not_replace_a_good_one(make_shop: MakeShop, world: World) -> None:
    shop = make_shop(world)
    assert shop.train().exit_code == 0
    live = versions.current(shop.models)
    shuffled(world).events.write_parquet(shop.path("events"))
    refused = shop.train()
    assert refused.exit_code == 4
    assert versions.current(shop.models) == live
    assert gate_of(refused)["live"]["figure"] is not None


def test_the_same_events_again_hold_against_the_live_model(make_shop: MakeShop, world: World) -> None:
    shop = make_shop(world)
    first = shop.train()
    assert gate_of(first)["live"]["sentence"].startswith("No model is live")
    again = shop.train("--force")
    check = gate_of(again)["live"]
    assert (check["passed"], check["figure"]) == (True, 0.0)
    assert str(versions.versions(shop.models)[0]) in check["sentence"]


def test_a_live_model_of_another_seed_is_not_compared_as_it_knew_the_judges(
    make_shop: MakeShop, world: World
) -> None:
    shop = make_shop(world)
    shop.train()
    check = gate_of(shop.train("--set", "seed=8"))["live"]
    assert (check["passed"], check["figure"]) == (True, None)
    assert "another seed" in check["sentence"]


def test_a_live_model_of_another_schema_is_named_and_not_compared(make_shop: MakeShop, world: World) -> None:
    shop = make_shop(world)
    shop.train()
    manifest = shop.models / str(versions.current(shop.models)) / artifact.MANIFEST
    manifest.write_text(json.dumps(json.loads(manifest.read_text()) | {"schema": 1}))
    check = gate_of(shop.train("--force"))["live"]
    assert (check["passed"], check["figure"]) == (True, None)
    assert "schema 1" in check["sentence"]


def test_the_live_model_ranks_its_own_items_and_misses_what_it_does_not_know(trained: Shop) -> None:
    split = split_of(trained, 7)
    model = artifact.read(versions.resolve(str(trained.models)))
    renamed = split.targets.with_columns(item_id="new " + pl.col("item_id"))
    judges, _ = cases(model.vocabulary, renamed, split.history)
    live = judge_live(trained.models, split._replace(targets=renamed), judges)
    assert live is not None
    assert live.unknown.all()
    assert np.array_equal(live.ndcg, np.zeros(len(judges)))
    known, _ = cases(model.vocabulary, split.targets, split.history)
    again = judge_live(trained.models, split, known)
    assert again is not None
    assert again.ndcg.mean() > 0.1


def test_nothing_published_is_nothing_to_compare(tmp_path: Path, trained: Shop) -> None:
    assert judge_live(tmp_path, split_of(trained, 7), []) is None
