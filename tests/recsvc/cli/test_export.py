"""`recsvc export`: the log becomes files that `recsvc train` reads, and goes on where they end."""

import json
import signal
import subprocess
import sys
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import polars as pl
import pytest

from recsvc.__main__ import run
from recsvc.domain.events import Event, EventKind, EventLine
from recsvc.domain.profile import FactValue
from recsvc.files.events import read_events
from recsvc.files.rejects import Rejects
from recsvc.files.whole import writing
from recsvc.stores import open_store

EVENTS = "visitor_id,item_id,kind,order_id\nv,a,,o\nv,b,,o\nw,a,view,\nw,c,impression,\n"


@pytest.fixture
def state(tmp_path: Path) -> Path:
    """A state whose log holds a basket, a view and an impression."""
    (tmp_path / "events.csv").write_text(EVENTS)
    assert run(["import", "events", str(tmp_path / "events.csv"), "--state", str(tmp_path / "state")]) == 0
    return tmp_path / "state"


def append(state: Path, event_id: str, visitor_id: str, **fields: Any) -> None:
    at = datetime.now(UTC)
    fields = {"kind": EventKind.VIEW, "lines": (EventLine("d"),), **fields}
    store = open_store(f"sqlite:///{state / 'recsvc.sqlite'}")
    store.append(
        [Event(event_id=event_id, visitor_id=visitor_id, occurred_at=at, received_at=at, **fields)]
    ).result()
    store.close()


def export(
    capsys: pytest.CaptureFixture[str], state: Path, what: str, out: Path, *arguments: str
) -> tuple[int, dict[str, Any]]:
    code = run(["export", what, "--state", str(state), "--out", str(out), "--json", *arguments])
    return code, json.loads(capsys.readouterr().out.splitlines()[-1])


def test_segments_are_those_of_the_configuration(
    state: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    config = tmp_path / "recsvc.toml"
    config.write_text('[[segments]]\nname = "dry"\nwhen = "skin == \'dry\'"\n')
    said = FactValue(("dry",), datetime.now(UTC).timestamp(), "personalise", source="import")
    answer = {"kind": EventKind.QUESTION_ANSWERED, "lines": (), "fact": "skin"}
    append(state, "e1", "v", value=said, **answer)
    append(state, "e2", "w", value=said, **answer)
    append(state, "e3", "w", kind=EventKind.CONSENT, lines=(), consent={"personalise": False})
    code, summary = export(capsys, state, "segments", tmp_path / "out", "--config", str(config))
    assert (code, summary["metrics"]) == (0, {"rows": 1})
    assert pl.read_parquet(tmp_path / "out" / "segments.parquet").rows() == [("v", "dry")]
    assert run(["export", "segments", "--state", str(state), "--out", str(tmp_path / "none")]) == 0
    assert "no [[segments]]" in capsys.readouterr().err


def pairs(out: Path) -> list[tuple[str, str]]:
    return sorted(read_events(out, rejects=Rejects()).select("visitor_id", "item_id").rows())


def test_the_log_becomes_rows_and_the_summary_says_up_to_where(
    state: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    code, summary = export(capsys, state, "events", tmp_path / "out")
    assert (code, summary["status"], summary["exit"]) == (0, "done", 0)
    assert (summary["read"], summary["metrics"]) == (2, {"rows": 3, "removed": 0})
    assert summary["cursor"] > 0
    assert {"version", "gate", "rejected", "seconds", "peak_mb"} < summary.keys()
    assert pairs(tmp_path / "out") == [("v", "a"), ("v", "b"), ("w", "a")]


def test_the_next_export_goes_on_where_the_files_end(
    state: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    _, first = export(capsys, state, "events", tmp_path / "out")
    _, again = export(capsys, state, "events", tmp_path / "out")
    assert (again["read"], again["cursor"]) == (0, first["cursor"])
    append(state, "e1", "v")
    _, later = export(capsys, state, "events", tmp_path / "out")
    assert (later["metrics"], len(pairs(tmp_path / "out"))) == ({"rows": 1, "removed": 0}, 4)
    _, elsewhere = export(capsys, state, "events", tmp_path / "new", "--after", str(first["cursor"]))
    assert (elsewhere["cursor"], pairs(tmp_path / "new")) == (later["cursor"], [("v", "d")])


def test_what_is_exported_twice_counts_once(
    state: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    append(state, "e1", "v")
    for after in ("0", "1"):
        export(capsys, state, "events", tmp_path / "out", "--after", after)
    assert len(list((tmp_path / "out").glob("*.parquet"))) == 2
    assert len(pairs(tmp_path / "out")) == 4


def test_whoever_withdraws_leaves_the_files_of_before(
    state: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    export(capsys, state, "events", tmp_path / "out")
    append(state, "no", "v", kind=EventKind.CONSENT, lines=(), consent={"personalise": False})
    append(state, "late", "v")
    _, summary = export(capsys, state, "events", tmp_path / "out")
    assert summary["metrics"] == {"rows": 0, "removed": 2}
    assert pairs(tmp_path / "out") == [("w", "a")]


def test_another_log_is_refused(state: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    code, _ = export(capsys, state, "events", tmp_path / "out", "--after", "1000")
    assert code == 64
    assert run(["export", "events", "--state", str(tmp_path / "none"), "--out", str(tmp_path / "out")]) == 74
    assert not (tmp_path / "none").exists()


def test_a_second_export_into_the_directory_ends_with_75(
    state: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    with writing(tmp_path / "out"):
        code, summary = export(capsys, state, "events", tmp_path / "out")
    assert (code, summary["status"]) == (75, "locked")


def test_a_directory_that_cannot_be_is_an_input_output_error(
    state: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    (tmp_path / "file").touch()
    assert export(capsys, state, "events", tmp_path / "file" / "out")[0] == 74


def test_items_and_facts_are_snapshots(
    state: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    (tmp_path / "items.csv").write_text("item_id,title\na,Tea\n")
    (tmp_path / "facts.csv").write_text("visitor_id,fact,value\nv,likes,tea\nv,likes,milk\n")
    for what in ("items", "facts"):
        assert run(["import", what, str(tmp_path / f"{what}.csv"), "--state", str(state)]) == 0
    _, items = export(capsys, state, "items", tmp_path / "items")
    _, facts = export(capsys, state, "facts", tmp_path / "facts")
    assert (items["metrics"], items["cursor"]) == ({"rows": 1}, 1)
    assert (facts["metrics"], facts["read"], facts["cursor"]) == ({"rows": 2}, 1, None)
    files = {path.name: path.read_bytes() for path in tmp_path.glob("*/*.parquet")}
    export(capsys, state, "items", tmp_path / "items")
    export(capsys, state, "facts", tmp_path / "facts")
    assert {path.name: path.read_bytes() for path in tmp_path.glob("*/*.parquet")} == files


def test_an_export_that_is_killed_goes_on_in_the_next(
    state: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    """Killed at the rename, the last moment at which anything could be half there."""
    program = (
        "import os, signal, sys\n"
        "from recsvc.__main__ import run\n"
        "def kill(event, arguments):\n"
        "    if event == 'os.rename' and 'events-' in str(arguments[0]):\n"
        "        os.kill(os.getpid(), signal.SIGKILL)\n"
        "sys.addaudithook(kill)\n"
        "run(sys.argv[1:])\n"
    )
    out = tmp_path / "out"
    command = ["export", "events", "--state", str(state), "--out", str(out)]
    killed = subprocess.run([sys.executable, "-c", program, *command], check=False, timeout=60)
    assert killed.returncode == -signal.SIGKILL
    assert list(out.glob("*.parquet")) == []
    assert export(capsys, state, "events", out)[1]["metrics"] == {"rows": 3, "removed": 0}
    assert sorted(path.name for path in out.iterdir() if path.name.startswith(".")) == [".lock"]
