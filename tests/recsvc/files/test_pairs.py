from pathlib import Path

import pytest

from recsvc.domain.errors import BadDataError
from recsvc.files.pairs import read_pairs
from recsvc.files.rejects import Rejects


def test_pairs_are_distinct_and_other_event_columns_are_no_news(tmp_path: Path) -> None:
    path = tmp_path / "targets.csv"
    path.write_text("visitor_id,item_id,kind,occurred_at,channel\nv,i,view,x,\nv,i,,,\nv,,,,\nw,i,,,web\n")
    rejects = Rejects()
    assert read_pairs(path, rejects).rows() == [("v", "i", None), ("w", "i", "web")]
    assert (rejects.duplicates, rejects.counts, rejects.ignored_columns) == (1, {"null_id": 1}, [])


def test_no_pair_at_all_is_an_error(tmp_path: Path) -> None:
    path = tmp_path / "targets.csv"
    path.write_text("visitor_id\nv\n")
    with pytest.raises(BadDataError, match="missing_column"):
        read_pairs(path, Rejects())
