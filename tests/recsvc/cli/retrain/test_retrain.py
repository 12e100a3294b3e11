"""One command from the log to a published model, for schedulers: twice, killed, stopped, refused."""

import json
import os
import signal
import subprocess
import sys
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import polars as pl
import pytest

from recsvc.__main__ import run
from recsvc.model import artifact, versions
from recsvc.model.lease import held, read
from tests.recsvc.cli.retrain.monitor import Monitor, listening
from tests.training.shops import SMALL
from training.synthetic import START, planted_world

SETTINGS = [f"--set={setting}" for setting in SMALL]


class Job:
    """The job of one service, with the monitor that it tells."""

    def __init__(self, folder: Path, monitor: Monitor) -> None:
        self.state = folder / "state"
        self.models = self.state / "models"
        self.metrics = folder / "job.prom"
        self.monitor = monitor

    def arguments(self, *more: str) -> list[str]:
        told = ["--metrics", str(self.metrics), "--heartbeat", self.monitor.url]
        return ["retrain", "--state", str(self.state), *told, *SETTINGS, *more]

    def run(self, capsys: pytest.CaptureFixture[str], *more: str) -> tuple[int, dict[str, Any]]:
        self.monitor.heard.clear()
        code = -1
        with pytest.raises(SystemExit) as end:
            run(self.arguments(*more))
        code = int(end.value.code or 0)
        return code, json.loads(capsys.readouterr().out.splitlines()[-1])


@pytest.fixture
def job(tmp_path: Path) -> Iterator[Job]:
    """The job of a service without a log."""
    with listening() as monitor:
        yield Job(tmp_path, monitor)


@pytest.fixture(scope="module")
def shop(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Job]:
    """The job of a service whose log holds a world with planted tastes."""
    folder = tmp_path_factory.mktemp("shop")
    with listening() as monitor:
        found = Job(folder, monitor)
        world = planted_world(visitors=900, items=120)
        told_at = pl.lit(START)  # what was said after the newest event teaches nothing yet
        world = world._replace(facts=world.facts.with_columns(answered_at=told_at))
        for name, frame in world._asdict().items():
            frame.write_parquet(folder / f"{name}.parquet")
            command = ["import", name, str(folder / f"{name}.parquet"), "--state", str(found.state)]
            assert run(command) == 0
        yield found


def test_the_log_becomes_a_published_model_and_twice_is_nothing_new(
    shop: Job, capsys: pytest.CaptureFixture[str]
) -> None:
    code, summary = shop.run(capsys)
    assert (code, summary["exit"], summary["status"], summary["step"]) == (0, 0, "published", "train")
    assert summary["version"] == versions.current(shop.models)
    assert summary["exported"]["items"]["rows"] == 120
    assert summary["exported"]["events"]["rows"] + 120 + 1_800 == summary["read"]
    assert set(summary["stages"]) >= {"read", "fit", "publish"}
    model = artifact.read(shop.models / summary["version"])
    assert {fact.fact for fact in model.parameters.facts} == {"taste", "coin"}
    assert "taste.floral" in model.parameters.directions
    assert shop.monitor.ways() == ["/s3cret/start", "/s3cret"]
    assert 'recsvc_train_status{status="published"} 1.0' in shop.metrics.read_text("utf-8")

    code, again = shop.run(capsys)
    assert (code, again["status"], again["exported"]["events"]["rows"]) == (3, "nothing_new", 0)
    assert shop.monitor.ways() == ["/s3cret/start", "/s3cret"]
    assert 'recsvc_train_status{status="nothing_new"} 1.0' in shop.metrics.read_text("utf-8")

    (extra := shop.state.parent / "extra.csv").write_text("visitor_id,item_id\nnew,i00001\n")
    code, dry = shop.run(capsys, "--events", str(extra), "--dry-run", "--as-of", "2026-07-01")
    assert (code, dry["status"], dry["read"]) == (0, "dry_run", summary["read"] + 1)
    assert versions.versions(shop.models) == [summary["version"]]


def test_a_failure_is_told_with_its_code(job: Job, capsys: pytest.CaptureFixture[str]) -> None:
    (events := job.state.parent / "events.csv").write_text("visitor_id,item_id\nv,a\n")
    code, summary = job.run(capsys, "--events", str(events))
    assert (code, summary["status"], summary["exported"]) == (65, "bad_data", {})
    ending = {"status": "bad_data", "exit": 65, "step": "train"}
    assert job.monitor.heard == [("/s3cret/start", {}), ("/s3cret/fail", ending)]
    assert "recsvc_train_exit_code 65.0" in job.metrics.read_text("utf-8")


def test_an_unknown_option_is_refused_by_the_training(job: Job, capsys: pytest.CaptureFixture[str]) -> None:
    code, summary = job.run(capsys, "--events", "x.csv", "--colour", "red")
    assert (code, summary["status"], summary["exit"]) == (64, "usage", 64)


def test_an_export_that_fails_ends_the_job(job: Job, capsys: pytest.CaptureFixture[str]) -> None:
    code, summary = job.run(capsys, "--database", "oracle://x")
    assert (code, summary["status"], summary["step"]) == (64, "usage", "export events")


def test_while_another_run_is_at_work_nobody_is_told(job: Job, capsys: pytest.CaptureFixture[str]) -> None:
    job.models.mkdir(parents=True)
    with held(job.models):
        code, summary = job.run(capsys, "--events", "x.csv")
    assert (code, summary["status"]) == (75, "locked")
    assert f"process {os.getpid()}" in summary["message"]
    assert job.monitor.ways() == ["/s3cret/start"]
    assert not job.metrics.exists()


@pytest.mark.parametrize("arguments", [[], ["--events", "x.csv", "--heartbeat", "ftp://monitor/s3cret"]])
def test_a_job_that_cannot_be_is_refused_at_once(
    tmp_path: Path, arguments: list[str], capsys: pytest.CaptureFixture[str]
) -> None:
    assert run(["retrain", "--state", str(tmp_path / "state"), *arguments]) == 64
    assert "s3cret" not in capsys.readouterr().err
    assert list(tmp_path.iterdir()) == []


@pytest.mark.parametrize(
    ("stopped", "number", "code", "status"),
    [("job", signal.SIGTERM, 130, "interrupted"), ("training", signal.SIGKILL, 70, "failed")],
)
def test_a_run_that_is_stopped_says_so_and_blocks_no_other(
    job: Job, stopped: str, number: signal.Signals, code: int, status: str
) -> None:
    os.mkfifo(events := job.state.parent / "events.csv")  # reading it never ends
    command = [sys.executable, "-m", "recsvc", *job.arguments("--events", str(events))]
    with subprocess.Popen(command, stdout=subprocess.PIPE, text=True) as process:
        while (owner := read(job.models)) is None:
            assert process.poll() is None
            time.sleep(0.02)
        os.kill(process.pid if stopped == "job" else owner.pid, number)
        out, _ = process.communicate(timeout=60)
    summary = json.loads(out.splitlines()[-1])
    assert (process.returncode, summary["exit"], summary["status"]) == (code, code, status)
    assert job.monitor.heard[-1] == ("/s3cret/fail", {"status": status, "exit": code, "step": "train"})
    with held(job.models) as lease:
        lease.confirm()
