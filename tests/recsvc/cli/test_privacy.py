"""`recsvc privacy` and `recsvc rebuild`: what they say, what they leave, and how they end."""

import json
from pathlib import Path
from typing import Any

import polars as pl
import pytest

from recsvc.__main__ import run
from recsvc.domain.events import EventKind
from recsvc.stores import open_store
from tests.contracts.engines import event
from tests.contracts.test_people import bought, identify


@pytest.fixture
def state(tmp_path: Path) -> Path:
    """A state with Ada on the site and at the till, Bob, and what training exported of them."""
    state = tmp_path / "state"
    store = open_store(f"sqlite:///{state / 'recsvc.sqlite'}")
    store.append(
        [bought("e1", "ada", "a"), identify("e2", "ada", "card:7"), bought("e3", "card:7", "b")]
    ).result()
    store.append([bought("e4", "bob", "c")]).result()
    store.close()
    out = state / "export" / "events"
    assert run(["export", "events", "--state", str(state), "--out", str(out)]) == 0
    return state


def ended(capsys: pytest.CaptureFixture[str], *arguments: object) -> tuple[int, dict[str, Any]]:
    """The exit code and the summary of a command."""
    capsys.readouterr()
    code = run([*map(str, arguments), "--json"])
    return code, json.loads(capsys.readouterr().out.splitlines()[-1])


def exported(state: Path) -> list[str]:
    frame = pl.read_parquet(state / "export" / "events" / "*.parquet")
    return sorted(frame["visitor_id"].to_list())


def test_export_is_whole_and_for_its_owner_alone(
    state: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    out = tmp_path / "ada.json"
    code, summary = ended(capsys, "privacy", "export", "card:7", "--state", state, "--out", out)
    assert (code, summary["metrics"]) == (0, {"names": 2, "events": 3, "quiz_sessions": 0, "contacts": 0})
    kept = json.loads(out.read_text())
    assert [one["event_id"] for one in kept["events"]] == ["e1", "e2", "e3"]
    assert out.stat().st_mode & 0o777 == 0o600


def test_erasure_reaches_the_database_and_what_was_exported(
    state: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    assert exported(state) == ["ada", "ada", "bob"]
    code, summary = ended(capsys, "privacy", "erase", "ada", "--state", state, "--yes")
    assert (code, summary["metrics"]) == (0, {"names": 2, "events": 3, "exported_rows": 2})
    assert exported(state) == ["bob"]
    for file in [*state.glob("recsvc.sqlite*"), *(state / "export" / "events").iterdir()]:
        content = file.read_bytes()
        assert b"ada" not in content, file
        assert b"card:7" not in content, file


def test_erasure_asks_first(state: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert run(["privacy", "erase", "ada", "--state", str(state)]) != 0
    capsys.readouterr()
    assert ended(capsys, "privacy", "export", "ada", "--state", state)[1]["metrics"]["events"] == 3


@pytest.mark.parametrize("name", ["7", "loyalty_card=7", "anon:7", "card:７"])
def test_a_name_of_another_kind_is_named_and_nothing_is_written(
    state: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str], name: str
) -> None:
    out = tmp_path / "nobody.json"
    assert run(["privacy", "export", name, "--state", str(state), "--out", str(out)]) == 64
    assert "but something is under card:7:" in capsys.readouterr().err
    assert not out.exists()
    assert ended(capsys, "privacy", "erase", name, "--state", state, "--yes")[0] == 64
    assert exported(state) == ["ada", "ada", "bob"]


@pytest.mark.parametrize("command", [("export",), ("erase", "--yes")])
def test_nobody_is_no_answer(
    state: Path, capsys: pytest.CaptureFixture[str], command: tuple[str, ...]
) -> None:
    arguments = ["privacy", *command, "anon:nobody", "--state", str(state)]
    assert run(arguments) == 3
    captured = capsys.readouterr()
    assert captured.out == ""
    assert "does not say that nothing is kept of the person" in captured.err
    assert ended(capsys, *arguments)[1]["status"] == "unknown_visitor"


def test_who_was_erased_is_told_from_who_never_was(state: Path, capsys: pytest.CaptureFixture[str]) -> None:
    erase = ["privacy", "erase", "card:7", "--state", str(state), "--yes"]
    assert run(erase) == 0
    capsys.readouterr()
    assert run(erase) == 3
    assert "'card:7' was erased" in capsys.readouterr().err


def test_sweep_forgets_as_the_configuration_says(
    state: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    config = tmp_path / "recsvc.toml"
    config.write_text("[retention]\nevents_days = 0.0001\n")
    code, summary = ended(capsys, "privacy", "sweep", "--state", state, "--config", config)
    assert (code, summary["metrics"]["events"]) == (0, 4)


def test_sweep_writes_the_file_anew_where_nothing_has_lapsed(
    state: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    code, summary = ended(capsys, "privacy", "sweep", "--rewrite", "--state", state)
    assert (code, summary["metrics"]["events"]) == (0, 0)
    assert ended(capsys, "privacy", "export", "ada", "--state", state, "--out", state / "ada.json")[0] == 0


def test_retention_of_no_days_is_refused(
    state: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    config = tmp_path / "recsvc.toml"
    config.write_text("[retention]\nevents_days = 0\n")
    assert run(["privacy", "sweep", "--state", str(state), "--config", str(config)]) == 64
    assert "events_days" in capsys.readouterr().err


@pytest.mark.parametrize(
    "command", [("privacy", "export", "ada"), ("privacy", "sweep"), ("rebuild", "profiles")]
)
def test_no_store_is_made(
    command: tuple[str, ...], tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    assert run([*command, "--state", str(tmp_path / "none")]) == 74
    assert "no store" in capsys.readouterr().err
    assert not (tmp_path / "none").exists()


def test_rebuild_proves_and_repairs(state: Path, capsys: pytest.CaptureFixture[str]) -> None:
    code, summary = ended(capsys, "rebuild", "profiles", "--state", state)
    assert (code, summary["metrics"]) == (0, {"names": 3, "differed": 0, "regrouped": 0})
    store: Any = open_store(f"sqlite:///{state / 'recsvc.sqlite'}")
    store.append([event("e9", "eve", EventKind.VIEW)]).result()
    store._writer.submit(
        lambda one: one.exec_driver_sql("DELETE FROM profiles WHERE visitor_id = 'eve'")
    ).result()
    store.close()
    code, summary = ended(capsys, "rebuild", "profiles", "--state", state)
    assert (code, summary["metrics"]) == (0, {"names": 4, "differed": 1, "regrouped": 0})
