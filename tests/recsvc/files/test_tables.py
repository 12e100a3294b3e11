from pathlib import Path

import pytest

from recsvc.domain.errors import InputOutputError
from recsvc.files.tables import find_files


def test_one_path_or_several_are_files_in_the_order_given(tmp_path: Path) -> None:
    for name in ("b.csv", "a.parquet", "c.txt"):
        (tmp_path / name).touch()
    assert find_files(str(tmp_path / "b.csv")) == [tmp_path / "b.csv"]
    assert find_files([tmp_path / "b.csv", tmp_path]) == [
        tmp_path / "b.csv",
        tmp_path / "a.parquet",
        tmp_path / "b.csv",
    ]


def test_a_path_that_is_not_there_is_named(tmp_path: Path) -> None:
    with pytest.raises(InputOutputError, match="nowhere"):
        find_files(tmp_path / "nowhere")
