import os
import shutil
import subprocess
import sys
from datetime import datetime, timedelta
from pathlib import Path

import msgspec
import pytest

from recsvc.domain.errors import InputOutputError, LockedError, NothingNewError
from recsvc.model import artifact as artifacts
from recsvc.model import versions
from recsvc.model.lease import LOCK, read, write
from tests.training.publish_until_killed import model_of, put, version_of
from tests.training.shops import NOW
from training import publish


def test_a_published_model_is_current_and_reads_back(tmp_path: Path) -> None:
    put(tmp_path, 1)
    found = artifacts.read(versions.resolve(str(tmp_path)))
    assert found.version == version_of(1)
    assert found.manifest.training == {"day": 1}
    assert not list(tmp_path.glob(".publishing-*"))


def test_earlier_versions_stay(tmp_path: Path) -> None:
    put(tmp_path, 1)
    put(tmp_path, 2)
    assert versions.versions(tmp_path) == [version_of(1), version_of(2)]
    assert versions.current(tmp_path) == version_of(2)


def test_the_lock_admits_one(tmp_path: Path) -> None:
    with publish.locked(tmp_path), pytest.raises(LockedError), publish.locked(tmp_path):
        pass


def test_a_directory_that_cannot_be_made_is_an_input_output_error(tmp_path: Path) -> None:
    (tmp_path / "file").touch()
    with pytest.raises(InputOutputError), publish.locked(tmp_path / "file" / "models"):
        pass


def test_the_digest_of_the_newest_sound_version_is_nothing_new(tmp_path: Path) -> None:
    put(tmp_path, 1, digest="one")
    put(tmp_path, 2, digest="two")
    publish.refuse_repetition(tmp_path, "one")
    with pytest.raises(NothingNewError, match=version_of(2)):
        publish.refuse_repetition(tmp_path, "two")


def test_after_a_rollback_the_earlier_digest_counts_and_the_withdrawn_one_is_refused(tmp_path: Path) -> None:
    put(tmp_path, 1, digest="one")
    put(tmp_path, 2, digest="two")
    versions.rollback(tmp_path)
    with pytest.raises(NothingNewError, match="withdrawn"):
        publish.refuse_repetition(tmp_path, "two")
    with pytest.raises(NothingNewError, match=version_of(1)):
        publish.refuse_repetition(tmp_path, "one")


def test_a_new_version_sorts_after_all_there_are(tmp_path: Path) -> None:
    first = publish.new_version(tmp_path, "d", NOW)
    (tmp_path / first).mkdir()
    (tmp_path / first / artifacts.MANIFEST).touch()
    assert publish.new_version(tmp_path, "d", datetime.now(NOW.tzinfo) + timedelta(days=1)) > first


def test_old_orphans_are_swept_and_young_ones_left(tmp_path: Path) -> None:
    old, young = tmp_path / f"{publish.ASIDE}old", tmp_path / f"{publish.ASIDE}young"
    for path in (old, young):
        path.mkdir()
    os.utime(old, (0, 0))
    with publish.locked(tmp_path):
        assert not old.exists()
        assert young.exists()


def test_a_run_whose_lease_was_taken_over_publishes_nothing(tmp_path: Path) -> None:
    put(tmp_path, 1)
    with publish.locked(tmp_path) as lease:
        successor = msgspec.structs.replace(lease.owner, run="t", host="elsewhere")
        write(tmp_path, successor)
        with pytest.raises(LockedError, match="elsewhere"):
            publish.publish(tmp_path, lease, model_of(2), {})
    assert versions.current(tmp_path) == version_of(1)
    assert versions.versions(tmp_path) == [version_of(1)]
    assert not list(tmp_path.glob(".publishing-*"))
    assert read(tmp_path) == successor


def test_what_a_run_had_begun_is_not_finished_over_a_newer_model(tmp_path: Path) -> None:
    put(tmp_path, 1)
    put(tmp_path, 2)
    (tmp_path / LOCK).write_text(version_of(1))
    with publish.locked(tmp_path):
        assert versions.current(tmp_path) == version_of(2)


@pytest.fixture(scope="module")
def killed(tmp_path_factory: pytest.TempPathFactory) -> list[Path]:
    """Directories of models whose second publication was killed at its first, second, … step."""
    folder = tmp_path_factory.mktemp("killed")
    command = [sys.executable, "-m", "tests.training.publish_until_killed", str(folder)]
    subprocess.run(command, cwd=Path(__file__).parents[2], check=True, timeout=120)
    return sorted(folder.iterdir())


def test_a_publication_is_killed_at_twenty_points_or_more(killed: list[Path]) -> None:
    assert len(killed) >= 20


def test_a_publication_killed_anywhere_leaves_the_old_or_the_new_model(killed: list[Path]) -> None:
    seen = set()
    for models in killed:
        current = versions.current(models)
        assert current in {version_of(1), version_of(2)}, models
        assert artifacts.read(models / current).manifest.training == {"day": int(current[-1])}, models
        seen.add(current)
    assert seen == {version_of(1), version_of(2)}


def test_the_run_after_a_kill_publishes_or_finishes_what_was_begun(
    killed: list[Path], tmp_path: Path
) -> None:
    for left in killed:
        models = Path(shutil.copytree(left, tmp_path / left.name))
        complete = version_of(2) in versions.versions(models)
        with publish.locked(models):
            assert versions.current(models) == version_of(2 if complete else 1), models
        put(models, 3)
        assert versions.current(models) == version_of(3)
