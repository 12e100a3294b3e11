import json
from pathlib import Path

import pytest
from click.testing import CliRunner

from recsvc.cli.model import model
from recsvc.domain.errors import UsageError
from recsvc.model import versions
from tests.training.publish_until_killed import put, version_of


def answer(*arguments: str) -> str:
    result = CliRunner().invoke(model, arguments, catch_exceptions=False)
    assert result.exit_code == 0
    return result.stdout


@pytest.fixture
def models(tmp_path: Path) -> Path:
    put(tmp_path, 1)
    put(tmp_path, 2)
    return tmp_path


def test_list_marks_the_current_and_the_withdrawn(models: Path) -> None:
    versions.rollback(models)
    found = json.loads(answer("list", "--models", str(models), "--json"))["versions"]
    assert [(row["version"], row["state"]) for row in found] == [
        (version_of(1), "current"),
        (version_of(2), "withdrawn"),
    ]
    text = answer("list", "--models", str(models))
    assert version_of(1) in text
    assert "withdrawn" in text


def test_list_of_nothing_says_how_to_begin(tmp_path: Path) -> None:
    assert "recsvc train" in answer("list", "--models", str(tmp_path))


def test_list_shows_a_broken_version_instead_of_failing(models: Path) -> None:
    (models / version_of(1) / "manifest.json").write_text("{")
    found = json.loads(answer("list", "--models", str(models), "--json"))["versions"]
    assert [row["state"] for row in found] == ["broken", "current"]


def test_show_tells_what_a_version_is_made_of(models: Path) -> None:
    assert version_of(2) in answer("show", "--models", str(models))
    found = json.loads(answer("show", version_of(1), "--models", str(models), "--json"))
    assert (found["state"], found["factors"], found["training"]) == ("published", 4, {"day": 1})


def test_show_refuses_what_is_not_there(models: Path, tmp_path: Path) -> None:
    for arguments in (
        ["show", "nothing", "--models", str(models)],
        ["show", "--models", str(tmp_path / "none")],
    ):
        result = CliRunner().invoke(model, arguments)
        assert isinstance(result.exception, UsageError)


def test_rollback_goes_back_one_version(models: Path) -> None:
    assert json.loads(answer("rollback", "--models", str(models), "--json")) == {
        "withdrawn": version_of(2),
        "current": version_of(1),
    }
    assert versions.current(models) == version_of(1)
