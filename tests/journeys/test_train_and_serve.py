"""From files to answers: import, train against the running service, swap, roll back; no request lost."""

import json
import os
import subprocess
import sys
import threading
from collections import Counter
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from recsvc.model import versions
from tests.journeys.servers import Server, serve, until
from training.synthetic import planted_world

pytestmark = pytest.mark.server
QUICK = ("factors=12", "iterations=5", "residual_rank=4", "item_item.neighbours=30")
HOME = "/v1/slates/home?limit=5"


def command(*arguments: object, expect: int = 0) -> dict[str, Any]:
    """Run `recsvc …` as a user does; the summary of a --json command."""
    asked = [sys.executable, "-m", "recsvc", *map(str, arguments)]
    ended = subprocess.run(asked, capture_output=True, text=True, check=False, env=os.environ)
    assert ended.returncode == expect, ended.stderr
    return json.loads(ended.stdout.splitlines()[-1]) if "--json" in arguments else {}


def train(state: Path, *more: object, expect: int = 0) -> dict[str, Any]:
    files = [
        part for name in ("events", "items", "facts") for part in (f"--{name}", state / f"{name}.parquet")
    ]
    settings = [part for setting in QUICK for part in ("--set", setting)]
    return command("train", *files, "--models", state / "models", *settings, *more, "--json", expect=expect)


def test_files_become_answers_and_training_under_load_loses_no_request(tmp_path: Path) -> None:
    world = planted_world(visitors=700, items=80)
    for name, frame in world._asdict().items():
        frame.write_parquet(tmp_path / f"{name}.parquet")
    for what in ("items", "facts", "events"):
        command("import", what, tmp_path / f"{what}.parquet", "--state", tmp_path)
    visitor = {"Recsvc-Visitor": f"id={world.events['visitor_id'][0]}"}
    with serve(tmp_path) as server:
        assert server.get(HOME)[1]["model"] is None
        seen, stop = ask_until(server, visitor)
        first = train(tmp_path)
        until(lambda: seen[first["version"]] > 10)
        second = train(tmp_path, "--set", "seed=8")
        until(lambda: seen[second["version"]] > 10)
        assert train(tmp_path, "--set", "seed=8", expect=3)["status"] == "nothing_new"
        command("model", "rollback", "--models", tmp_path / "models")
        before = seen[first["version"]]
        until(lambda: seen[first["version"]] > before + 10)
        failures = stop()
        basis = server.get(HOME, **visitor)[1]["basis"]
    assert failures == []
    assert basis in {"history", "both"}
    assert set(seen) == {None, first["version"], second["version"]}
    assert versions.is_withdrawn(tmp_path / "models", second["version"])
    train(tmp_path, "--set", "seed=8", expect=3)  # what was withdrawn is not published again by itself


def ask_until(
    server: Server, visitor: dict[str, str]
) -> tuple[Counter[str | None], Callable[[], list[object]]]:
    """Ask from four threads until told to stop; models seen and requests failed."""
    seen: Counter[str | None] = Counter()
    failures: list[object] = []
    done = threading.Event()

    def ask() -> None:
        while not done.is_set():
            status, slate = server.get(HOME, **visitor)
            if status == 200 and (slate["model"] is None or len(slate["items"]) == 5):
                seen[slate["model"]] += 1
            else:
                failures.append((status, slate))

    askers = [threading.Thread(target=ask) for _ in range(4)]
    for asker in askers:
        asker.start()

    def stop() -> list[object]:
        done.set()
        for asker in askers:
            asker.join()
        return failures

    return seen, stop
