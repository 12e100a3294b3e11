import json
from pathlib import Path

import polars as pl
import pytest

from recsvc.files.events import read_events
from recsvc.files.facts import read_facts
from recsvc.files.items import read_items
from recsvc.files.rejects import REASONS, Rejects


def test_the_file_names_line_reason_and_column_and_cuts_the_value(tmp_path: Path) -> None:
    rejects = Rejects()
    rejects.add_rows("f.csv", pl.Series([3]), "unknown_kind", "kind", pl.Series(["k" * 100]))
    rejects.add("g.parquet", None, "malformed_file")
    rejects.write(tmp_path / "deep" / "rejects.ndjson")
    lines = [json.loads(line) for line in (tmp_path / "deep" / "rejects.ndjson").read_text().splitlines()]
    assert lines[0] == {
        "file": "f.csv",
        "line": 3,
        "reason": "unknown_kind",
        "column": "kind",
        "value": "k" * 60,
        "text": REASONS["unknown_kind"],
    }
    assert (lines[1]["line"], lines[1]["reason"]) == (None, "malformed_file")


def test_without_rejects_the_file_is_empty(tmp_path: Path) -> None:
    Rejects().write(tmp_path / "rejects.ndjson")
    assert (tmp_path / "rejects.ndjson").read_text() == ""


def test_no_id_ever_stands_in_the_rejects(tmp_path: Path) -> None:
    path = tmp_path / "events.csv"
    path.write_text("visitor_id,item_id,kind\nsecret,i,purchase\nsecret,,view\nsecret,i,odd\nsecret\n")
    rejects = Rejects()
    read_events(path, rejects=rejects)
    assert rejects.total == 3
    rejects.write(tmp_path / "rejects.ndjson")
    assert "secret" not in (tmp_path / "rejects.ndjson").read_text()


def test_columns_are_ignored_once_in_the_order_met() -> None:
    rejects = Rejects()
    rejects.ignore_columns(["b", "a"])
    rejects.ignore_columns(["a", "c"])
    assert rejects.ignored_columns == ["b", "a", "c"]


@pytest.mark.parametrize(
    "value", ["jane@example.org", "Jane Doe", "+81 90 0000 0000 jane@example.org", "x" * 99]
)
def test_value_of_a_shifted_column_is_left_out(tmp_path: Path, value: str) -> None:
    rejects = Rejects()
    path = tmp_path / "events.csv"
    columns = ("kind", "occurred_at", "quantity", "price")
    for shifted in columns:
        path.write_text(f"visitor_id,item_id,{shifted}\nv,i,\nv,i,{value}\n")
        read_events(path, rejects=rejects)
    for shifted in ("price", "margin", "age_limit", "availability", "available_from"):
        path.write_text(f"item_id,{shifted}\ni,\nj,{value}\n")
        read_items(path, rejects)
    path.write_text(f"visitor_id,fact,value,answered_at\nv,f,1,\nv,f,2,{value}\n")
    read_facts(path, rejects)
    assert rejects.total == 10
    assert rejects.frame()["value"].null_count() == 10


@pytest.mark.parametrize(
    ("column", "value"),
    [
        ("price", "-1.5"),
        ("price", "JPY 1,200"),
        ("price", "1e5 EUR"),
        ("availability", "out of stock"),
        ("available_from", "2024-02-30T10:00:00+09:00"),
    ],
)
def test_value_that_looks_like_its_column_is_shown(tmp_path: Path, column: str, value: str) -> None:
    rejects = Rejects()
    path = tmp_path / "items.csv"
    path.write_text(f'item_id,{column}\ni,\nj,"{value}"\n')
    read_items(path, rejects)
    assert rejects.frame()["value"].to_list() == [value]


def test_typed_values_of_parquet_are_shown_as_text(tmp_path: Path) -> None:
    rejects = Rejects()
    path = tmp_path / "items.parquet"
    pl.DataFrame({"item_id": ["i", "j"], "price": [1.0, -2.5]}).write_parquet(path)
    read_items(path, rejects)
    assert rejects.frame()["value"].to_list() == ["-2.5"]
