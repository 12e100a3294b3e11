"""The real service on SQLite while its database takes nothing: slates go on, writes are refused whole."""

import resource
import sqlite3
import subprocess
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import Any

import pytest

from tests.artifacts import publish_artifact
from tests.journeys.servers import Server, serve, until

pytestmark = pytest.mark.server
BATCH = 200


@pytest.fixture(scope="module")
def server(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Server]:
    """A service with a model, and a store that knows `ann`."""
    with opened(tmp_path_factory.mktemp("state")) as running:
        yield running


@contextmanager
def opened(state: Path) -> Iterator[Server]:
    publish_artifact(state / "models")
    with serve(state) as running:
        assert verdicts(running, "first", count=1) == {"accepted"}
        yield running


def send(server: Server, name: str, count: int = BATCH) -> tuple[int, Any]:
    events = [
        {"event_id": f"{name}-{number}", "kind": "view", "visitor": {"id": "ann"}, "item_id": "item-09"}
        for number in range(count)
    ]
    return server.post("/v1/events", {"events": events})


def verdicts(server: Server, name: str, count: int = BATCH) -> set[str]:
    status, answer = send(server, name, count)
    assert status == 200, answer
    return {result["verdict"] for result in answer["results"]}


def refuses_whole(server: Server, name: str) -> None:
    """A write is refused, and what is read still rests on what was kept before."""
    status, problem = send(server, name)
    assert (status, problem["type"]) == (503, "/problems/store-unavailable")
    status, slate = server.get("/v1/slates/home?limit=3", **{"Recsvc-Visitor": "id=ann"})
    assert (status, slate["basis"], len(slate["items"])) == (200, "history", 3)


def takes_again(server: Server, name: str) -> None:
    """The refused batch is taken when it is sent again, and none of it had been kept."""
    until(lambda: send(server, f"{name}-probe", 1)[0] == 200)
    assert verdicts(server, name) == {"accepted"}
    assert verdicts(server, name) == {"duplicate"}


def test_database_that_another_process_locks(server: Server) -> None:
    other = sqlite3.connect(server.log.parent / "recsvc.sqlite", isolation_level=None)
    other.execute("BEGIN IMMEDIATE")
    refuses_whole(server, "locked")
    other.execute("ROLLBACK")
    other.close()
    takes_again(server, "locked")


@pytest.mark.parametrize("name", ["may-not-grow", "read-only"])
def test_file_that_takes_no_byte(server: Server, name: str) -> None:
    (worker,) = workers(server)
    grown = (server.log.parent / "recsvc.sqlite-wal").stat().st_size if name == "may-not-grow" else 0
    before = resource.prlimit(worker, resource.RLIMIT_FSIZE, (grown, resource.RLIM_INFINITY))
    refuses_whole(server, name)
    resource.prlimit(worker, resource.RLIMIT_FSIZE, before)
    takes_again(server, name)


def test_disk_that_is_full(tmp_path: Path) -> None:
    with disk(tmp_path / "state") as state, opened(state) as server:
        filler = state / "filler"
        fill(filler)
        refuses_whole(server, "full")
        filler.unlink()
        takes_again(server, "full")


@contextmanager
def disk(at: Path) -> Iterator[Path]:
    """A disk of 16 MiB; the test is skipped where none may be mounted."""
    at.mkdir()
    command = ["mount", "-t", "tmpfs", "-o", "size=16m", "tmpfs", str(at)]
    mounted = subprocess.run(command, check=False, capture_output=True, text=True)
    if mounted.returncode:
        pytest.skip(f"no disk may be mounted here: {mounted.stderr.strip()}")
    try:
        yield at
    finally:
        subprocess.run(["umount", "--lazy", str(at)], check=True)


def fill(path: Path) -> None:
    """Write until not one more page fits."""
    with path.open("wb", buffering=0) as file, suppress(OSError):
        while True:
            file.write(bytes(4096))


def workers(server: Server) -> list[int]:
    children = Path(f"/proc/{server.process.pid}/task/{server.process.pid}/children").read_text().split()
    commands = {int(pid): Path(f"/proc/{pid}/cmdline").read_bytes() for pid in children}
    return [pid for pid, command in commands.items() if b"resource_tracker" not in command]
