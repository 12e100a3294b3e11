"""What `evaluate` knows of a visitor ends at the reference time."""

from datetime import timedelta
from pathlib import Path

import polars as pl
from rich.console import Console

from tests.training.shops import Shop
from training.judging import Files, Options, judge_files


def test_history_after_the_reference_time_is_left_out(trained: Shop, tmp_path: Path) -> None:
    events = trained.world.events
    as_of = events["occurred_at"].median()
    late = events.filter(pl.col("occurred_at") > as_of).head(300)
    paths = {name: tmp_path / f"{name}.parquet" for name in ("targets", "none", "late")}
    late.select("visitor_id", "item_id").write_parquet(paths["targets"])
    late.write_parquet(paths["late"])
    options = Options((10,), keep_seen=True, known_items=False, as_of=as_of, timezone="UTC")
    found = [
        judge_files(Files(str(trained.models), paths["targets"], history, None), options, Console(quiet=True))
        for history in (None, paths["late"])
    ]
    assert found[0]["model"] == found[1]["model"]


def test_facts_after_the_reference_time_are_not_used(trained: Shop, tmp_path: Path) -> None:
    events, told = trained.world.events, tmp_path / "facts.parquet"
    end = events["occurred_at"].max()
    targets = tmp_path / "targets.parquet"
    events.head(300).select("visitor_id", "item_id").write_parquet(targets)
    trained.world.facts.with_columns(answered_at=end + timedelta(days=1)).write_parquet(told)

    def judged(facts: Path | None, days: int) -> object:
        as_of = end + timedelta(days=days)
        options = Options((10,), keep_seen=True, known_items=False, as_of=as_of, timezone="UTC")
        files = Files(str(trained.models), targets, None, facts)
        return judge_files(files, options, Console(quiet=True))["model"]

    assert judged(told, 0) == judged(None, 0) != judged(told, 1)
