"""The text file says how the last run ended, and when one last succeeded."""

from io import StringIO
from pathlib import Path
from typing import Any

import pytest
from prometheus_client.parser import text_string_to_metric_families
from rich.console import Console

from recsvc.cli.retrain.metrics import SUCCESS, write_metrics

QUALITY = {"visitors": 80, "model": {"ndcg@10": 0.25}, "popularity": {"ndcg@10": 0.125}}


def summary(**changes: Any) -> dict[str, Any]:
    return {
        "status": "published",
        "exit": 0,
        "read": 900,
        "rejected": 3,
        "seconds": 12.5,
        "peak_mb": 300.0,
        "gate": {"passed": True},
        "metrics": QUALITY,
        "stages": {"read": 1.5, "fit": 8.0},
        "exported": {"events": {"rows": 42, "removed": 0, "cursor": 7}},
    } | changes


def written(path: Path, now: float, **changes: Any) -> dict[str, float]:
    """What the file says after a run: name{label} → number."""
    write_metrics(path, summary(**changes), now, Console(file=StringIO()))
    found = {}
    for family in text_string_to_metric_families(path.read_text("utf-8")):
        assert family.documentation
        assert family.type == "gauge"
        for sample in family.samples:
            found["/".join([sample.name, *sample.labels.values()])] = sample.value
    return found


def test_a_success_is_told_with_everything_known(tmp_path: Path) -> None:
    assert written(tmp_path / "textfile" / "job.prom", 1000.0) == {
        "recsvc_train_last_completion_timestamp_seconds": 1000.0,
        SUCCESS: 1000.0,
        "recsvc_train_status/published": 1.0,
        "recsvc_train_exit_code": 0.0,
        "recsvc_train_duration_seconds": 12.5,
        "recsvc_train_stage_duration_seconds/read": 1.5,
        "recsvc_train_stage_duration_seconds/fit": 8.0,
        "recsvc_train_exported_rows/events": 42.0,
        "recsvc_train_read_lines": 900.0,
        "recsvc_train_rejected_lines": 3.0,
        "recsvc_train_peak_memory_bytes": 300e6,
        "recsvc_train_gate_passed": 1.0,
        "recsvc_train_ndcg/model": 0.25,
        "recsvc_train_ndcg/popularity": 0.125,
    }
    assert [path.name for path in (tmp_path / "textfile").iterdir()] == ["job.prom"]


def test_the_last_success_stays_through_failures(tmp_path: Path) -> None:
    path = tmp_path / "job.prom"
    nothing = {"gate": None, "metrics": None, "peak_mb": None, "read": None, "exported": {}}
    assert SUCCESS not in written(path, 900.0, status="bad_data", exit=65, **nothing)
    assert written(path, 1000.0)[SUCCESS] == 1000.0
    failed = written(path, 2000.0, status="failed", exit=70, **nothing)
    assert (failed[SUCCESS], failed["recsvc_train_exit_code"]) == (1000.0, 70.0)
    refused = written(path, 3000.0, status="gate_refused", exit=4, gate={"passed": False})
    assert (refused[SUCCESS], refused["recsvc_train_gate_passed"]) == (1000.0, 0.0)
    assert "recsvc_train_status/published" not in refused
    assert written(path, 4000.0, status="nothing_new", exit=3, **nothing)[SUCCESS] == 4000.0


def test_a_file_that_cannot_be_read_is_replaced(tmp_path: Path) -> None:
    path = tmp_path / "job.prom"
    path.write_bytes(b"\xff{{{")
    assert SUCCESS not in written(path, 2000.0, status="failed", exit=70)


def test_a_place_that_cannot_be_written_is_named_and_stops_nothing(tmp_path: Path) -> None:
    (tmp_path / "file").touch()
    console = Console(file=StringIO(), width=300)
    write_metrics(tmp_path / "file" / "job.prom", summary(), 1.0, console)
    assert isinstance(console.file, StringIO)
    assert "job.prom cannot be written" in console.file.getvalue()


@pytest.mark.parametrize("status", ["published", "gate_refused"])
def test_without_a_path_nothing_is_written(status: str) -> None:
    write_metrics(None, summary(status=status), 1.0, Console(file=StringIO()))
