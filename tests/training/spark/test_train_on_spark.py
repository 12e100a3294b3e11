"""One job, two engines: the same files give a model of the same quality, served by the same service."""

import json
import subprocess
import sys
from datetime import timedelta
from pathlib import Path

import msgspec
import polars as pl
import pytest

from recsvc.domain.errors import InputOutputError, UsageError
from recsvc.model.artifact import read_manifest
from recsvc.model.versions import current
from tests.journeys.servers import serve
from tests.training.shops import SMALL, Shop
from tests.training.spark.standalone import SETTINGS
from training.config import SparkConfig
from training.spark.cluster import check_presence, cluster
from training.synthetic import START, planted_world


def judged(shop: Shop) -> float:
    """NDCG@10 of the current model on visitors that neither engine saw."""
    lines = planted_world(visitors=600, items=120, seed=11).events
    late = pl.col("occurred_at") > START + timedelta(days=120)
    for name, part in (("history", lines.filter(~late)), ("targets", lines.filter(late))):
        part.write_parquet(shop.path(name))
    found = shop.evaluate(
        "--history", str(shop.path("history")), "--targets", str(shop.path("targets")), "--keep-seen"
    )
    return float(json.loads(found.stdout.splitlines()[-1])["model"]["ndcg@10"])


def regularizer(shop: Shop) -> dict[str, float]:
    """What the current model is folded in with."""
    version = current(shop.models)
    assert version is not None
    return msgspec.structs.asdict(read_manifest(shop.models / version).parameters.regularizer)


@pytest.mark.java
@pytest.mark.server
def test_model_of_the_cluster_is_as_good_as_the_local_one_and_is_served(master: str, tmp_path: Path) -> None:
    shop = Shop(tmp_path, planted_world(visitors=900, items=120))
    assert shop.train().exit_code == 0
    ours, local = judged(shop), regularizer(shop)
    files = [part for name in ("events", "items", "facts") for part in (f"--{name}", str(shop.path(name)))]
    settings = [
        *SMALL,
        "spark.settings={" + ", ".join(f'"{name}" = "{value}"' for name, value in SETTINGS.items()) + "}",
    ]
    command = [sys.executable, "-m", "recsvc", "train", *files, "--models", str(shop.models), "--json"]
    command += [part for setting in settings for part in ("--set", setting)]
    ended = subprocess.run(
        [*command, "--engine", "spark", "--master", master], capture_output=True, text=True, check=False
    )
    assert ended.returncode == 0, ended.stderr
    summary = json.loads(ended.stdout)
    assert summary["read"] == shop.world.events.height + shop.world.facts.height + shop.world.items.height
    assert not list((tmp_path / "spark").iterdir())
    theirs = judged(shop)
    assert theirs > 0.98 * ours
    assert regularizer(shop) == pytest.approx(local)
    with serve(tmp_path) as server:
        visitor = {"Recsvc-Visitor": f"id={shop.world.events['visitor_id'][0]}"}
        slate = server.get("/v1/slates/home?limit=5", **visitor)[1]
    assert (slate["model"], len(slate["items"])) == (summary["version"], 5)


@pytest.mark.java
def test_events_that_are_no_parquet_are_refused_with_what_to_do(tmp_path: Path) -> None:
    shop = Shop(tmp_path, planted_world(visitors=50, items=20))
    events = tmp_path / "events.csv"
    shop.world.events.write_csv(events)
    found = shop.train("--engine", "spark", "--events", str(events), files=())
    assert found.exit_code == 65
    assert "reads Parquet only" in json.loads(found.stdout.splitlines()[-1])["message"]


def test_a_master_without_the_engine_is_refused(tmp_path: Path) -> None:
    shop = Shop(tmp_path, planted_world(visitors=50, items=20))
    assert shop.train("--master", "spark://127.0.0.1:7077").exit_code == 64


@pytest.mark.java
def test_a_master_that_does_not_answer_is_named(tmp_path: Path) -> None:
    with (
        pytest.raises(InputOutputError, match=r"spark://127\.0\.0\.1:1: nobody answers"),
        cluster("spark://127.0.0.1:1", SparkConfig(), tmp_path),
    ):
        raise AssertionError


def test_what_installs_pyspark_is_named_where_it_is_absent(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(sys.modules, "pyspark", None)
    with pytest.raises(UsageError, match="make spark"):
        check_presence()


@pytest.mark.java
def test_what_installs_java_is_named_where_it_is_absent(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    monkeypatch.setenv("PATH", str(tmp_path))
    monkeypatch.delenv("JAVA_HOME", raising=False)
    with pytest.raises(UsageError, match="openjdk-17-jre-headless"):
        check_presence()
