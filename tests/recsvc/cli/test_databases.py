"""`recsvc migrate|backup|restore|copy`: what they say and how they end."""

import json
from pathlib import Path
from typing import Any

import pytest

from recsvc.__main__ import run
from recsvc.stores import open_store
from recsvc.stores.migrations import HEAD
from tests.contracts.engines import event

Ended = tuple[int, dict[str, Any]]


@pytest.fixture
def state(tmp_path: Path) -> Path:
    """A state with three events of two visitors."""
    store = open_store(f"sqlite:///{tmp_path / 'state' / 'recsvc.sqlite'}")
    store.append([event("e1"), event("e2"), event("e3", "w")]).result()
    store.close()
    return tmp_path / "state"


def ended(capsys: pytest.CaptureFixture[str], *arguments: object) -> Ended:
    """The exit code and the summary of a command."""
    code = run([*map(str, arguments), "--json"])
    return code, json.loads(capsys.readouterr().out.splitlines()[-1])


def test_migrate_says_from_where_to_where(state: Path, capsys: pytest.CaptureFixture[str]) -> None:
    code, summary = ended(capsys, "migrate", "--state", state)
    assert (code, summary["status"], summary["metrics"]) == (0, "done", {"from": HEAD, "to": HEAD})
    assert {"version", "gate", "read", "rejected", "seconds", "peak_mb"} < summary.keys()


def test_backup_and_restore_count_the_rows(
    state: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    saved = tmp_path / "saved"
    code, summary = ended(capsys, "backup", saved, "--state", state)
    assert (code, summary["metrics"]["events"], summary["metrics"]["profiles"]) == (0, 3, 2)
    assert ended(capsys, "backup", saved, "--state", state)[0] == 74
    code, again = ended(capsys, "restore", saved, "--state", tmp_path / "new")
    assert (code, again["metrics"]) == (0, summary["metrics"])
    code, refused = ended(capsys, "restore", saved, "--state", state)
    assert (code, refused["status"], refused["exit"]) == (65, "bad_data", 65)
    assert ended(capsys, "restore", saved, "--state", state, "--replace")[0] == 0


def test_restore_while_the_database_is_open_ends_with_75(
    state: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    assert ended(capsys, "backup", tmp_path / "saved", "--state", state)[0] == 0
    store = open_store(f"sqlite:///{state / 'recsvc.sqlite'}")
    store.check()
    assert ended(capsys, "restore", tmp_path / "saved", "--state", state, "--replace")[0] == 75
    store.close()


@pytest.mark.postgres
def test_copy_to_postgresql_counts_the_rows_once(
    state: Path, postgres_database: str, capsys: pytest.CaptureFixture[str]
) -> None:
    urls = ("--from", f"sqlite:///{state / 'recsvc.sqlite'}", "--to", postgres_database)
    code, summary = ended(capsys, "copy", *urls)
    assert (code, summary["read"], summary["metrics"]["events"]) == (0, 7, 3)
    code, refused = ended(capsys, "copy", *urls)
    assert (code, refused["status"]) == (65, "bad_data")


@pytest.mark.postgres
def test_a_password_is_in_no_refusal(capsys: pytest.CaptureFixture[str], tmp_path: Path) -> None:
    url = "postgresql://shop:hunter2@127.0.0.1:1/none"
    for command in (("migrate", "--database", url), ("backup", str(tmp_path / "saved"), "--database", url)):
        assert run([*command]) == 74
    assert run(["copy", "--from", url, "--to", f"sqlite:///{tmp_path / 'to.sqlite'}"]) == 74
    said = capsys.readouterr()
    assert "127.0.0.1" in said.err
    assert "hunter2" not in said.out + said.err
