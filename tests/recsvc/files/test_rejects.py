import json
from pathlib import Path

import polars as pl

from recsvc.files.events import read_events
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
