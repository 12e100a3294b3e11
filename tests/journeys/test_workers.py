"""Several workers on one PostgreSQL: what one acknowledged all know, and none stops when it does."""

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from tests.artifacts import publish_artifact
from tests.journeys.servers import Server, serve, until
from tests.postgres import PostgresServer

pytestmark = [pytest.mark.server, pytest.mark.postgres]
HOME = "/v1/slates/home?limit=3"


@pytest.fixture(scope="module")
def server(postgres: PostgresServer, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Server]:
    """A service of two workers with a model and an empty store."""
    state = tmp_path_factory.mktemp("state")
    publish_artifact(state / "models")
    with serve(state, "--database", postgres.url("recsvc"), "--workers", "2") as running:
        yield running
    postgres.empty("recsvc")


def buy(server: Server, visitor_id: str, event_id: str) -> tuple[int, Any]:
    event = {"event_id": event_id, "kind": "purchase", "visitor": {"id": visitor_id}, "item_id": "item-09"}
    return server.post("/v1/events", {"events": [event]})


def basis(server: Server, visitor_id: str) -> str:
    status, slate = server.get(HOME, **{"Recsvc-Visitor": f"id={visitor_id}"})
    assert status == 200
    assert len(slate["items"]) == 3
    return str(slate["basis"])


def test_what_one_worker_acknowledged_the_others_know(server: Server) -> None:
    children = Path(f"/proc/{server.process.pid}/task/{server.process.pid}/children").read_text().split()
    assert len(children) >= 2
    for number in range(30):  # each request over a connection of its own, to whichever worker
        status, answer = buy(server, f"v{number}", f"e{number}")
        assert (status, answer["results"][0]["verdict"]) == (200, "accepted")
        assert basis(server, f"v{number}") == "history"
        assert buy(server, f"v{number}", f"e{number}")[1]["results"][0]["verdict"] == "duplicate"


def test_while_the_database_is_killed_slates_go_on_and_writes_are_refused(
    server: Server, postgres: PostgresServer
) -> None:
    buy(server, "ann", "before")
    postgres.kill()
    for _ in range(20):
        assert basis(server, "ann") == "popular"
        status, problem = buy(server, "ann", "lost")
        assert (status, problem["type"]) == (503, "/problems/store-unavailable")
        assert "hunter2" not in str(problem)
    assert server.get("/readyz")[1]["status"] == "degraded"
    postgres.start()
    until(lambda: all(server.get("/readyz")[1]["status"] == "ready" for _ in range(10)))
    assert basis(server, "ann") == "history"
    assert buy(server, "ann", "lost")[1]["results"][0]["verdict"] == "accepted"
    kept = postgres.sql("SELECT event_id FROM events WHERE visitor_id LIKE '%ann' ORDER BY seq", "recsvc")
    assert [event_id for (event_id,) in kept] == ["before", "lost"]
    assert "hunter2" not in server.log.read_text()
