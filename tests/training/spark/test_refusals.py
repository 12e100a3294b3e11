"""What `recsvc train --engine spark` refuses, and what it says then."""

import json
import sys
from pathlib import Path

import pytest

from recsvc.domain.errors import InputOutputError, UsageError
from tests.training.shops import Shop
from training.config import SparkConfig
from training.spark.cluster import check_presence, cluster
from training.synthetic import planted_world


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
