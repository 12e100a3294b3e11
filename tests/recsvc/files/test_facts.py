from datetime import UTC, datetime
from pathlib import Path

import polars as pl
import pytest

from recsvc.domain.errors import BadDataError
from recsvc.files.facts import SCHEMA, read_facts
from recsvc.files.rejects import Rejects


def values(frame: pl.DataFrame) -> list[tuple[str | None, float | None]]:
    return frame.select("value", "number").rows()


def test_text_stays_text_unless_its_fact_is_numeric(tmp_path: Path) -> None:
    path = tmp_path / "facts.csv"
    path.write_text("visitor_id,fact,value\nv,age,30\nv,size,30\nv,age,old\nv,age,inf\nv,size,\n")
    rejects = Rejects()
    frame = read_facts(path, rejects, numeric={"age"})
    assert frame.schema == SCHEMA
    assert values(frame) == [(None, 30.0), ("30", None)]
    assert rejects.counts == {"bad_number": 2, "missing_value": 1}


def test_a_numeric_column_holds_numbers(tmp_path: Path) -> None:
    pl.DataFrame({"visitor_id": [1], "fact": ["age"], "value": [30]}).write_parquet(tmp_path / "f.parquet")
    assert values(read_facts(tmp_path, Rejects())) == [(None, 30.0)]


def test_json_keeps_numbers_and_texts_apart_row_by_row(tmp_path: Path) -> None:
    path = tmp_path / "facts.ndjson"
    path.write_text(
        '{"visitor_id": "v", "fact": "age", "value": 30}\n'
        '{"visitor_id": "v", "fact": "size", "value": "30"}\n'
        '{"visitor_id": "v", "fact": "likes", "value": ["a"]}\n'
    )
    rejects = Rejects()
    assert values(read_facts(path, rejects)) == [(None, 30.0), ("30", None)]
    assert rejects.counts == {"wrong_type": 1}


def test_times_and_purpose_are_read_and_repeats_count_once(tmp_path: Path) -> None:
    path = tmp_path / "facts.csv"
    line = "v,likes,tea,2024-01-01,2024-07-01,quiz\n"
    path.write_text("visitor_id,fact,value,answered_at,expires_at,purpose\n" + line * 2)
    rejects = Rejects()
    frame = read_facts(path, rejects)
    assert frame.rows() == [
        (
            "v",
            "likes",
            "tea",
            None,
            datetime(2024, 1, 1, tzinfo=UTC),
            datetime(2024, 7, 1, tzinfo=UTC),
            "quiz",
        )
    ]
    assert rejects.duplicates == 1


def test_bad_facts_are_rejected_and_nothing_left_is_an_error(tmp_path: Path) -> None:
    path = tmp_path / "facts.csv"
    path.write_text("visitor_id,fact,value,answered_at\n,f,v,\nv,,v,\nv,f,v,soon\n")
    rejects = Rejects()
    with pytest.raises(BadDataError, match="visitor_id, fact and value"):
        read_facts(path, rejects)
    assert rejects.counts == {"null_id": 1, "missing_value": 1, "unreadable_time": 1}


def test_what_is_said_in_the_future_is_rejected_where_now_is_known(tmp_path: Path) -> None:
    path = tmp_path / "facts.csv"
    path.write_text("visitor_id,fact,value,answered_at\nv,f,a,2030-01-01\nv,g,a,2024-01-01\nv,h,a,\n")
    rejects = Rejects()
    now = datetime(2026, 1, 1, tzinfo=UTC)
    assert read_facts(path, rejects, now=now)["fact"].to_list() == ["g", "h"]
    assert rejects.counts == {"future_time": 1}
    assert read_facts(path, Rejects()).height == 3
