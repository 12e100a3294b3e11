import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import polars as pl
import pytest
from click.testing import CliRunner, Result

from recsvc.cli.model import model
from recsvc.model import artifact, versions
from tests.training.shops import SMALL, Shop
from training.cli import evaluate, train
from training.publish import locked
from training.synthetic import World, planted_world, shuffled

MakeShop = Callable[[World], Shop]


def summary(result: Result) -> dict[str, Any]:
    return json.loads(result.stdout.splitlines()[-1])


def test_training_publishes_an_artifact_that_reads_back(trained: Shop) -> None:
    model = artifact.read(versions.resolve(str(trained.models)))
    assert model.parameters.n_factors == 12
    assert {fact.fact for fact in model.parameters.facts} == {"taste", "coin"}
    assert "taste.floral" in model.parameters.directions
    training = model.manifest.training
    assert training["gate"]["model"] > 1.3 * training["gate"]["popularity"]
    assert training["config"]["factors"] == 12
    assert set(training["seconds"]) >= {"read", "fit", "evaluate"}


def test_the_summary_holds_what_the_contracts_name(make_shop: MakeShop, world: World) -> None:
    found = summary(make_shop(world).train("--dry-run"))
    assert set(found) >= {
        "status",
        "exit",
        "version",
        "metrics",
        "gate",
        "read",
        "rejected",
        "seconds",
        "peak_mb",
    }
    assert found["status"] == "dry_run"
    assert found["version"] is None
    assert not make_shop(world).models.exists()


@pytest.mark.parametrize("files", [(), ("items",), ("facts",)])
def test_items_and_facts_may_be_absent(make_shop: MakeShop, world: World, files: tuple[str, ...]) -> None:
    result = make_shop(world).train(files=files)
    assert result.exit_code == 0, result.stderr


def test_events_without_times_are_enough(make_shop: MakeShop, world: World) -> None:
    bare = world._replace(events=world.events.select("visitor_id", "item_id"))
    result = make_shop(bare).train(files=())
    assert result.exit_code == 0, result.stderr


def test_the_same_inputs_again_are_nothing_new_unless_forced(make_shop: MakeShop, world: World) -> None:
    shop = make_shop(world)
    assert shop.train().exit_code == 0
    again = shop.train()
    assert (again.exit_code, summary(again)["status"]) == (3, "nothing_new")
    assert shop.train("--set", "seed=8").exit_code == 0
    assert shop.train("--set", "seed=8", "--force").exit_code == 0
    assert len(versions.versions(shop.models)) == 3


def test_a_withdrawn_model_is_not_published_again_unless_forced(make_shop: MakeShop, world: World) -> None:
    shop = make_shop(world)
    shop.train()
    shop.train("--set", "seed=8")
    versions.rollback(shop.models)
    again = shop.train("--set", "seed=8")
    assert again.exit_code == 3
    assert "withdrawn" in summary(again)["message"]
    assert shop.train("--set", "seed=8", "--force").exit_code == 0


def test_shuffled_purchases_are_refused_with_the_numbers(make_shop: MakeShop, world: World) -> None:
    shop = make_shop(shuffled(world))
    result = shop.train()
    found = summary(result)
    assert (result.exit_code, found["exit"]) == (4, 4)
    assert f"{found['gate']['model']:.4f} against {found['gate']['popularity']:.4f}" in found["message"]
    assert f"all: {found['gate']['visitors']} visitors" in result.stderr
    assert "gate: " in result.stderr
    assert versions.current(shop.models) is None


def test_the_gate_gives_way_to_force_and_the_manifest_says_so(make_shop: MakeShop, world: World) -> None:
    shop = make_shop(shuffled(world))
    assert shop.train("--force").exit_code == 0
    assert artifact.read_manifest(versions.resolve(str(shop.models))).training["forced"] is True


def test_too_little_data_is_refused_with_the_numbers(make_shop: MakeShop) -> None:
    result = make_shop(planted_world(visitors=30, items=12)).train()
    assert result.exit_code == 65
    assert "12 factors" in summary(result)["message"]
    assert "visitors" in summary(result)["message"]


def test_a_small_shop_gets_as_many_factors_as_its_data_carry(make_shop: MakeShop) -> None:
    shop = make_shop(planted_world(visitors=200, items=24))
    result = shop.train("--force", small=SMALL[1:])
    assert result.exit_code == 0, result.stderr
    model = versions.resolve(str(shop.models))
    training = artifact.read_manifest(model).training
    carried = training["items"] // 2
    assert training["config"]["factors"] == carried < training["usual_factors"] == 64
    assert f"they carry {carried} factors, not 64" in " ".join(result.stderr.split())
    assert "64 are usual" in (model / artifact.REPORT).read_text("utf-8")


@pytest.mark.parametrize("kind", ["events", "items"])
def test_files_that_only_imports_read_are_told_to_be_imported_first(
    make_shop: MakeShop, world: World, kind: str
) -> None:
    shop = make_shop(world)
    till, feed = shop.folder / "till.csv", shop.folder / "feed.tsv"
    till.write_text("order_id,line_no,sku,quantity\n1,1,tea,1\n")
    feed.write_text("id\ttitle\ntea\tTea\n")
    foreign = {"events": ("--events", str(till), "--items", str(feed)), "items": ("--items", str(feed))}
    events = () if kind == "events" else ("--events", str(shop.path("events")))
    result = CliRunner().invoke(train, [*events, *foreign[kind], "--state", str(shop.folder), "--json"])
    assert result.exit_code == 65
    assert f"`recsvc import {kind} FILE`, then `recsvc retrain`" in summary(result)["message"]


def test_a_single_item_is_refused(make_shop: MakeShop, world: World) -> None:
    same = world._replace(events=world.events.with_columns(item_id=pl.lit("only")))
    assert make_shop(same).train(files=()).exit_code == 65


def test_a_matrix_of_equal_rows_gives_no_model_better_than_popularity(make_shop: MakeShop) -> None:
    visitors, items = (f"v{row:03}" for row in range(200)), [f"i{row:02}" for row in range(40)]
    pairs = [(visitor, item) for visitor in visitors for item in items]
    events = pl.DataFrame(pairs, schema=["visitor_id", "item_id"], orient="row")
    result = make_shop(planted_world(visitors=30)._replace(events=events)).train(files=())
    assert result.exit_code == 4, result.stderr


def test_prices_that_are_no_numbers_are_rejected_with_their_lines(
    make_shop: MakeShop, world: World, tmp_path: Path
) -> None:
    prices = pl.when(pl.int_range(pl.len()) % 100 == 0).then(float("nan")).otherwise(1.0)
    shop = make_shop(world._replace(events=world.events.with_columns(price=prices)))
    result = shop.train("--rejects", str(tmp_path / "rejects.ndjson"))
    assert result.exit_code == 0, result.stderr
    assert summary(result)["rejected"] > 0
    assert (tmp_path / "rejects.ndjson").read_text().count("\n") == summary(result)["rejected"]


def test_rejects_and_models_lie_in_the_state_unless_named(make_shop: MakeShop, world: World) -> None:
    prices = pl.when(pl.int_range(pl.len()) % 100 == 0).then(float("nan")).otherwise(1.0)
    shop = make_shop(world._replace(events=world.events.with_columns(price=prices, colour=pl.lit("red"))))
    result = shop.train()
    written = shop.folder / "rejects" / "train.ndjson"
    assert written.read_text().count("\n") == summary(result)["rejected"] > 0
    (line,) = [line for line in result.stderr.splitlines() if "bad_price" in line]
    assert "colour" in line
    listed = CliRunner().invoke(model, ["show", "--state", str(shop.folder), "--json"])
    assert listed.exit_code == 0, listed.stderr
    arguments = ["--state", str(shop.folder), "--targets", str(shop.path("events")), "--json"]
    judged = CliRunner().invoke(evaluate, arguments)
    assert summary(judged)["version"] == summary(result)["version"]
    world.events.write_parquet(shop.path("events"))
    assert shop.train("--dry-run").exit_code == 0
    assert not written.exists()


def test_an_unknown_setting_ends_with_usage(make_shop: MakeShop, world: World) -> None:
    result = make_shop(world).train("--set", "factor=3")
    assert result.exit_code == 64
    assert "factors" in summary(result)["message"]


def test_a_second_run_at_the_same_time_ends_locked(make_shop: MakeShop, world: World) -> None:
    shop = make_shop(world)
    with locked(shop.models):
        result = shop.train()
    assert (result.exit_code, summary(result)["status"]) == (75, "locked")


def test_a_missing_file_ends_with_input_output(tmp_path: Path) -> None:
    result = CliRunner().invoke(train, ["--events", str(tmp_path / "none.parquet"), "--state", str(tmp_path)])
    assert result.exit_code == 74


def test_evaluation_reports_all_rivals_and_segments(trained: Shop, tmp_path: Path) -> None:
    newcomers = planted_world(visitors=80, seed=5)
    newcomers.events.select("visitor_id", "item_id").write_parquet(tmp_path / "targets.parquet")
    newcomers.facts.write_parquet(tmp_path / "facts.parquet")
    result = trained.evaluate(
        *("--targets", str(tmp_path / "targets.parquet")),
        *("--facts", str(tmp_path / "facts.parquet")),
        *("-k", "5,10"),
    )
    found = summary(result)
    assert result.exit_code == 0, result.stderr
    assert (found["visitors"], found["k"], found["dropped_targets"]) == (80, [5, 10], 0)
    everyone = found["segments"]["all"]
    for rival in ("model", "popularity", "popularity_window", "own_counts", "fold_in", "answers"):
        assert set(everyone[rival]) >= {
            f"{metric}@{k}"
            for metric in (
                "recall",
                "recall_capped",
                "ndcg",
                "hit_rate",
                "coverage",
                "novelty",
                "out_of_stock",
            )
            for k in (5, 10)
        }
    assert found["model"] == everyone["model"]
    assert found["popularity"] == everyone["popularity"]
    low, high = everyone["ci"]["ndcg@10"]
    assert low < everyone["model"]["ndcg@10"] < high
    for rival in ("popularity", "own_counts", "fold_in"):
        low, high = everyone["ci"][f"ndcg@10_vs_{rival}"]
        assert low < everyone["model"]["ndcg@10"] - everyone[rival]["ndcg@10"] < high
    assert found["segments"]["repeat"]["visitors"] == 0
    assert everyone["model"]["ndcg@10"] > 1.3 * everyone["popularity"]["ndcg@10"]
    assert {size: part["visitors"] for size, part in found["newcomers"].items()}["0"] == 80
    assert "taste=floral" not in found["groups"]  # thirteen of eighty
    assert found["groups"]["coin=heads"]["visitors"] >= 25
    assert found["channels"] == {}
    assert "by answer, NDCG@10" in result.stderr


def test_evaluation_says_what_is_out_of_stock_and_sold_on_which_channel(
    trained: Shop, tmp_path: Path
) -> None:
    rows = [(f"n{row}", f"i{row % 9:05}", "web") for row in range(30)]
    targets = pl.DataFrame(rows, schema=["visitor_id", "item_id", "channel"], orient="row")
    targets.write_parquet(tmp_path / "targets.parquet")
    gone = trained.world.items.with_columns(availability=pl.lit("out_of_stock"))
    gone.write_parquet(tmp_path / "items.parquet")
    paths = {name: str(tmp_path / f"{name}.parquet") for name in ("targets", "items")}
    found = summary(trained.evaluate("--targets", paths["targets"], "--items", paths["items"]))
    assert found["model"]["out_of_stock@10"] == 1.0
    assert found["channels"]["web"]["popularity"] == found["popularity"]
    assert summary(trained.evaluate("--targets", paths["targets"]))["model"]["out_of_stock@10"] is None


def test_evaluation_drops_and_counts_unknown_targets_when_asked(trained: Shop, tmp_path: Path) -> None:
    targets = pl.DataFrame({"visitor_id": ["a", "a", "b"], "item_id": ["i00000", "nowhere", "nowhere"]})
    targets.write_csv(tmp_path / "targets.csv")
    kept = summary(trained.evaluate("--targets", str(tmp_path / "targets.csv")))
    known = summary(trained.evaluate("--targets", str(tmp_path / "targets.csv"), "--known-items"))
    assert (kept["visitors"], kept["dropped_targets"]) == (2, 0)
    assert (known["visitors"], known["dropped_targets"]) == (1, 2)
    assert known["model"]["recall@20"] >= 2 * kept["model"]["recall@20"]


def test_evaluation_without_a_model_ends_with_usage(tmp_path: Path) -> None:
    arguments = ["--models", str(tmp_path), "--targets", str(tmp_path / "t.csv")]
    assert CliRunner().invoke(evaluate, arguments).exit_code == 64
