"""The pointer names one version; rollback withdraws it and goes to the newest sound one before."""

import fcntl
from pathlib import Path

import pytest

from recsvc.domain.errors import ArtifactError, LockedError, UsageError
from recsvc.model import versions
from recsvc.model.lease import LOCK
from tests.artifacts import publish_artifact

FIRST, SECOND, THIRD = (f"2026040{day}T120000Z-0000000{day}" for day in (1, 2, 3))


@pytest.fixture
def models(tmp_path: Path) -> Path:
    for version in (FIRST, SECOND, THIRD):
        publish_artifact(tmp_path, version)
    return tmp_path


def test_last_published_version_is_current(models: Path) -> None:
    assert versions.current(models) == THIRD
    assert versions.versions(models) == [FIRST, SECOND, THIRD]


def test_directory_without_models_has_no_current(tmp_path: Path) -> None:
    assert versions.current(tmp_path / "none") is None
    assert versions.versions(tmp_path / "none") == []


def test_rollback_goes_one_back_and_marks_the_withdrawn(models: Path) -> None:
    assert versions.rollback(models) == (THIRD, SECOND)
    assert versions.current(models) == SECOND
    assert versions.is_withdrawn(models, THIRD)


def test_rollback_passes_over_withdrawn_versions(models: Path) -> None:
    versions.rollback(models)
    versions.rollback(models)
    assert versions.current(models) == FIRST
    with pytest.raises(UsageError, match="no sound version before"):
        versions.rollback(models)


def test_rollback_to_a_withdrawn_version_is_refused(models: Path) -> None:
    versions.rollback(models)
    with pytest.raises(UsageError, match="not a sound version"):
        versions.rollback(models, THIRD)


def test_rollback_waits_for_no_training_run(models: Path) -> None:
    with (models / LOCK).open("a+") as held:
        fcntl.flock(held, fcntl.LOCK_EX)
        with pytest.raises(LockedError, match="training run"):
            versions.rollback(models)
    assert versions.current(models) == THIRD
    assert versions.rollback(models) == (THIRD, SECOND)


def test_reference_is_split_at_the_last_at(tmp_path: Path) -> None:
    odd = tmp_path / "a@b"
    publish_artifact(odd, FIRST)
    publish_artifact(odd, SECOND)
    assert versions.resolve(f"{odd}@{FIRST}") == odd / FIRST
    assert versions.resolve(str(odd)) == odd / SECOND


@pytest.mark.parametrize("body", ["", "../../etc", "nonsense\n", "20260401T120000Z-zzzzzzzz"])
def test_pointer_that_names_no_version_is_refused(models: Path, body: str) -> None:
    (models / "current").write_text(body)
    with pytest.raises(ArtifactError, match="names no version"):
        versions.current(models)


def test_reference_to_nothing_says_what_to_run(tmp_path: Path) -> None:
    with pytest.raises(UsageError, match="recsvc train"):
        versions.resolve(str(tmp_path))
