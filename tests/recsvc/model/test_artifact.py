"""An artifact is read whole and sound, or refused with the file's name."""

import json
from pathlib import Path

import numpy as np
import pytest

from recsvc.domain.errors import ArtifactError
from recsvc.model import artifact as artifacts
from tests.artifacts import VERSION, arrays_of, item_ids, make_artifact, publish_artifact

FILES = [*(f"{name}.npy" for name in artifacts.DTYPES), "item_ids.json"]


def test_what_is_written_is_what_is_read(tmp_path: Path) -> None:
    directory = publish_artifact(tmp_path)
    read = artifacts.read(directory)
    assert tuple(read.vocabulary.ids) == item_ids(12)
    assert read.version == VERSION
    for name, array in arrays_of(12).items():
        assert np.array_equal(read.arrays[name], array)


def test_arrays_stay_mapped_so_that_workers_share_pages(tmp_path: Path) -> None:
    assert isinstance(artifacts.read(publish_artifact(tmp_path)).factors.base, np.memmap)


@pytest.mark.parametrize("file", [*FILES, "manifest.json"])
@pytest.mark.parametrize("kept", [0.0, 0.5, 0.97])
def test_truncated_file_is_refused_by_name(tmp_path: Path, file: str, kept: float) -> None:
    path = publish_artifact(tmp_path) / file
    path.write_bytes(path.read_bytes()[: int(path.stat().st_size * kept)])
    with pytest.raises(ArtifactError, match=file):
        artifacts.read(path.parent)


@pytest.mark.parametrize("file", FILES)
def test_altered_byte_is_refused(tmp_path: Path, file: str) -> None:
    path = publish_artifact(tmp_path) / file
    body = bytearray(path.read_bytes())
    body[len(body) // 2] ^= 0x40
    path.write_bytes(body)
    with pytest.raises(ArtifactError, match="altered"):
        artifacts.read(path.parent)


@pytest.mark.parametrize("file", FILES)
def test_missing_file_is_refused(tmp_path: Path, file: str) -> None:
    path = publish_artifact(tmp_path) / file
    path.unlink()
    with pytest.raises(ArtifactError, match="cannot be read"):
        artifacts.read(path.parent)


@pytest.mark.parametrize("value", [np.nan, np.inf, -np.inf])
@pytest.mark.parametrize(
    "name", ["factors", "popularity", "answers", "answer_covariance", "directions", "table_weights"]
)
def test_value_that_is_not_finite_is_refused(tmp_path: Path, name: str, value: float) -> None:
    arrays = arrays_of(12)
    arrays[name].flat[3] = value
    with pytest.raises(ArtifactError, match="not finite"):
        artifacts.read(_written(tmp_path, arrays))


@pytest.mark.parametrize(
    ("name", "shape"),
    [
        ("popularity", (11,)),
        ("answers", (4, 6)),
        ("directions", (2, 5)),
        ("similar_weights", (12, 2)),
        ("answer_means", (5, 5)),
        ("answer_covariance", (5, 4)),
        ("table_weights", (12,)),
        ("factors", (11, 6)),
    ],
)
def test_wrong_shape_is_refused(tmp_path: Path, name: str, shape: tuple[int, ...]) -> None:
    arrays = arrays_of(12) | {name: np.zeros(shape, dtype="f4")}
    with pytest.raises(ArtifactError, match="shape"):
        artifacts.read(_written(tmp_path, arrays))


@pytest.mark.parametrize("row", [12, -2])
def test_table_that_points_outside_is_refused(tmp_path: Path, row: int) -> None:
    arrays = arrays_of(12)
    arrays["together_rows"][0, 0] = row
    with pytest.raises(ArtifactError, match="points outside"):
        artifacts.read(_written(tmp_path, arrays))


@pytest.mark.parametrize(("row", "column", "value"), [(0, 0, 1.5), (0, 1, 0.1)])
def test_matrix_that_is_no_covariance_is_refused(tmp_path: Path, row: int, column: int, value: float) -> None:
    arrays = arrays_of(12)
    arrays["answer_covariance"][row, column] = value
    with pytest.raises(ArtifactError, match="no covariance of answers"):
        artifacts.read(_written(tmp_path, arrays))


def test_unknown_schema_says_what_to_do(tmp_path: Path) -> None:
    path = publish_artifact(tmp_path) / "manifest.json"
    path.write_text(json.dumps(json.loads(path.read_text()) | {"schema": 99}))
    with pytest.raises(ArtifactError, match="schema 99"):
        artifacts.read(path.parent)


def test_path_out_of_the_directory_is_refused(tmp_path: Path) -> None:
    path = publish_artifact(tmp_path) / "manifest.json"
    manifest = json.loads(path.read_text())
    manifest["files"]["factors"]["file"] = "../factors.npy"
    path.write_text(json.dumps(manifest))
    with pytest.raises(ArtifactError, match="outside itself"):
        artifacts.read(path.parent)


def test_pickled_array_is_never_opened(tmp_path: Path) -> None:
    directory = publish_artifact(tmp_path)
    path = directory / "popularity.npy"
    np.save(path, np.array([{"a": 1}] * 12, dtype=object), allow_pickle=True)
    manifest = json.loads((directory / "manifest.json").read_text())
    manifest["files"]["popularity"]["sha256"] = artifacts._sha256(path)
    (directory / "manifest.json").write_text(json.dumps(manifest))
    with pytest.raises(ArtifactError, match="popularity"):
        artifacts.read(directory)


def _written(tmp_path: Path, arrays: dict[str, np.ndarray]) -> Path:
    directory = tmp_path / VERSION
    directory.mkdir()
    made = make_artifact(arrays=arrays_of(12))
    artifacts.write(directory, made.manifest, made.vocabulary.ids, arrays)
    return directory
