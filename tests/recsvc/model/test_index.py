"""The index: its lists hold every item, a search looks at the best of them, a broken one is refused."""

from pathlib import Path
from typing import Any

import numpy as np
import pytest

from recsvc.domain.errors import ArtifactError
from recsvc.model import artifact as artifacts
from recsvc.model.artifact import DTYPES, INDEX, Artifact
from recsvc.model.index import ItemIndex
from tests.large import large_artifact

INDEXED = large_artifact()
N = len(INDEXED.vocabulary)
THREE = ItemIndex(
    np.array([[1.0, 0.0], [0.0, 1.0], [-1.0, 0.0]], dtype="f4"), np.array([0, 2, 5, 9], dtype="i4"), 2
)


def written(tmp_path: Path, arrays: dict[str, Any]) -> Path:
    directory = tmp_path / INDEXED.version
    directory.mkdir()
    artifacts.write(directory, INDEXED.manifest, INDEXED.vocabulary.ids, arrays)
    return directory


@pytest.mark.parametrize(
    ("vector", "rows"),
    [
        ([2.0, 1.0], [0, 1, 2, 3, 4]),
        ([0.1, -1.0], [0, 1, 5, 6, 7, 8]),
        ([-1.0, 2.0], [2, 3, 4, 5, 6, 7, 8]),
    ],
)
def test_best_lists_are_taken_whole(vector: list[float], rows: list[int]) -> None:
    found, counts = THREE.rows(np.array([vector], dtype="f4"))
    assert (found.tolist(), counts.tolist()) == (rows, [len(rows)])


def test_several_vectors_find_theirs_one_behind_the_other() -> None:
    found, counts = THREE.rows(np.array([[2.0, 1.0], [0.1, -1.0]], dtype="f4"))
    assert found.tolist() == [0, 1, 2, 3, 4, 0, 1, 5, 6, 7, 8]
    assert counts.tolist() == [5, 6]


def test_search_that_reaches_everywhere_finds_every_row() -> None:
    found, _ = THREE._replace(reach=100).rows(np.array([[1.0, 1.0]], dtype="f4"))
    assert sorted(found.tolist()) == list(range(9))


def test_written_index_is_read_back_and_stays_mapped(tmp_path: Path) -> None:
    read = artifacts.read(written(tmp_path, INDEXED.arrays))
    assert read.index is not None
    assert isinstance(read.index.centres.base, np.memmap)
    for one, other in zip(read.index, INDEXED.index or (), strict=True):
        assert np.array_equal(one, other)


def test_model_without_an_index_is_read_as_ever(tmp_path: Path) -> None:
    plain = {name: array for name, array in INDEXED.arrays.items() if name in DTYPES}
    directory = written(tmp_path, plain)
    assert artifacts.read(directory).index is None
    assert not [name for name in INDEX if (directory / f"{name}.npy").exists()]


@pytest.mark.parametrize(
    ("changed", "match"),
    [
        ({"index_starts": np.array([0, 7, N - 1])}, "index of .* is none of its 5000 items"),
        ({"index_starts": np.array([0, 9, 9, N])}, "index of .* is none of its 5000 items"),
        ({"index_starts": np.array([0])}, "index of .* is none of its 5000 items"),
        ({"index_centres": np.zeros((4, 7))}, "index of .* is none of its 5000 items"),
        ({"index_centres": INDEXED.arrays["index_centres"][:, :-1]}, "index of .* is none of its 5000 items"),
        ({"index_centres": INDEXED.arrays["index_centres"] * np.nan}, "index_centres.* not finite"),
        ({"index_reach": np.array([0])}, "index_reach of .* is not one positive number"),
        ({"index_reach": np.array([5, 5])}, "index_reach of .* is not one positive number"),
    ],
)
def test_index_that_does_not_fit_is_refused(tmp_path: Path, changed: dict[str, Any], match: str) -> None:
    with pytest.raises(ArtifactError, match=match):
        artifacts.read(written(tmp_path, INDEXED.arrays | changed))


def test_part_of_an_index_is_none(tmp_path: Path) -> None:
    arrays = {name: array for name, array in INDEXED.arrays.items() if name != "index_reach"}
    assert Artifact(INDEXED.manifest, INDEXED.vocabulary.ids, arrays).index is None
    assert artifacts.read(written(tmp_path, arrays)).index is None
