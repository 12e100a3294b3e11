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
    text = answer("list", "--models", str(models))
    assert f"  {found[0]['problem']}" in text


def test_show_tells_what_a_version_is_made_of(models: Path) -> None:
    assert version_of(2) in answer("show", "--models", str(models))
    found = json.loads(answer("show", version_of(1), "--models", str(models), "--json"))
    assert (found["state"], found["factors"], found["training"]) == ("published", 4, {"day": 1})


TRAINING = {
    "window": {"from": "2026-01-01T00:00:00Z", "to": "2026-03-31T00:00:00Z"},
    "judged_from": "2026-03-03T00:00:00Z",
    "lines": {"read": 9_000},
    "rejects": {"read": 9_120, "total": 7, "counts": {"null_id": 7}},
    "visitors": 810,
    "items": 120,
    "interactions": 4_321,
    "left_out": 90,
    "evaluation": {
        "segments": {
            "all": {
                "visitors": 45,
                "model": {"ndcg@10": 0.2},
                "popularity": {"ndcg@10": 0.1},
                "ci": {"ndcg@10": [0.15, 0.25]},
            },
            "repeat": {"visitors": 0, "model": {}, "popularity": {}, "ci": {"ndcg@10": None}},
        },
        "newcomers": {"0": {"visitors": 40, "model": {"ndcg@10": 0.14}, "popularity": {"ndcg@10": None}}},
    },
    "gate": {
        "passed": False,
        "reason": "too narrow",
        "checks": [
            {"name": "coverage", "passed": False, "sentence": "0.01 is below [gate] min_coverage 0.05."}
        ],
    },
    "forced": True,
    "seconds": {"read": 0.31, "fit": 2.0},
    "peak_mb": {"read": 300.2, "fit": 412.9},
}


def test_show_prints_the_summary_of_the_report_within_eighty_columns(models: Path) -> None:
    manifest = models / version_of(2) / "manifest.json"
    manifest.write_text(json.dumps(json.loads(manifest.read_text()) | {"training": TRAINING}))
    report = models / version_of(2) / "report.html"
    report.write_text("<!doctype html>")
    printed = answer("show", "--models", str(models))
    words = " ".join(printed.split())
    for found in (
        "2026-01-01 to 2026-03-31, judged from 2026-03-03",
        "9,120 read, 7 rejected, 7 null_id",
        "NDCG@10 all + 0",
        "visitors 45 40 model 0.2000 0.1400 95 % from 0.1500 - to 0.2500 - popularity 0.1000 -",
        "gate failed 0.01 is below [gate] min_coverage 0.05. Published with --force.",
        "fit 2.0 413",
    ):
        assert found in words
    assert "repeat" not in words
    assert report.name in printed
    assert max(map(len, printed.splitlines())) <= 80
    assert json.loads(answer("show", "--models", str(models), "--json"))["report"] == str(report)


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
