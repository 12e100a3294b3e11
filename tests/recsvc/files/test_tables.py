from pathlib import Path

import pytest

from recsvc.domain.errors import BadDataError, InputOutputError
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


@pytest.mark.parametrize("name", ["noext", "x.txt", "events.csv.gz", "events.xlsx"])
def test_file_of_no_known_suffix_is_told_which_are_read(tmp_path: Path, name: str) -> None:
    path = tmp_path / name
    path.touch()
    with pytest.raises(BadDataError, match=rf"{name}: .*\.parquet, \.csv, \.ndjson, \.jsonl"):
        find_files([path])


def test_device_is_told_which_suffixes_are_read() -> None:
    with pytest.raises(BadDataError, match=r"/dev/null: .*\.parquet"):
        find_files("/dev/null")
