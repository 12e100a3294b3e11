"""The real service as users run it: acked is kept, swaps lose nothing, nothing of training is in it."""

import json
import threading
from collections import Counter
from collections.abc import Iterator
from pathlib import Path

import pytest

from recsvc.model import versions
from tests.artifacts import VERSION, publish_artifact
from tests.journeys.servers import Server, serve, until
from tests.shop import TEA_QUIZ, Shop

pytestmark = pytest.mark.server
NEXT = "20260402T120000Z-0000000f"
HOME = "/v1/slates/home?limit=3"
WHO = {"Recsvc-Visitor": "anonymous_id=a"}


@pytest.fixture(scope="module")
def server(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Server]:
    """A service with a model, a quiz and an empty store."""
    state = tmp_path_factory.mktemp("state")
    publish_artifact(state / "models")
    Shop(state).publish(TEA_QUIZ)
    with serve(state) as running:
        yield running


def state_of(server: Server) -> Path:
    return server.log.parent


def test_event_and_answer_that_were_acked_are_in_the_next_slate(server: Server) -> None:
    event = {"event_id": "1", "kind": "purchase", "visitor": {"anonymous_id": "a"}, "item_id": "item-09"}
    status, answer = server.post("/v1/events", {"events": [event]})
    assert (status, answer["results"][0]["verdict"]) == (200, "accepted")
    assert server.get(HOME, **WHO)[1]["basis"] == "history"
    status, view = server.post("/v1/quizzes/tea/sessions", {"visitor": {"anonymous_id": "a"}})
    assert status == 201
    path = f"/v1/quiz-sessions/{view['session']}/answers/drink"
    status, view = server.ask("PUT", path, {"value": "tea"}, WHO)
    assert (status, view["question"]["id"]) == (200, "kids")
    assert server.get(HOME, **WHO)[1]["basis"] == "both"


def test_worker_holds_nothing_of_training(server: Server) -> None:
    children = Path(f"/proc/{server.process.pid}/task/{server.process.pid}/children").read_text().split()
    mapped = "".join(Path(f"/proc/{child}/maps").read_text() for child in children)
    assert "numpy" in mapped
    assert not [name for name in ("/implicit/", "/polars", "/scipy/", "libgomp") if name in mapped]


def test_database_and_secret_are_the_owners_alone(server: Server) -> None:
    assert (state_of(server) / "secret").stat().st_mode & 0o077 == 0


def test_log_is_json_but_for_the_address(server: Server) -> None:
    server.get(HOME)
    first, *lines = server.log.read_text().splitlines()
    assert first.startswith(f"Listening on {server.url}")
    assert {"_granian"} <= {json.loads(line).get("logger") for line in lines}


def test_swaps_under_load_lose_no_request(server: Server) -> None:
    models = state_of(server) / "models"
    seen: Counter[str] = Counter()
    failures: list[object] = []
    done = threading.Event()

    def ask() -> None:
        while not done.is_set():
            status, slate = server.get(HOME)
            if status != 200 or len(slate["items"]) != 3:
                failures.append((status, slate))
            else:
                seen[slate["model"]] += 1

    askers = [threading.Thread(target=ask) for _ in range(4)]
    for asker in askers:
        asker.start()
    publish_artifact(models, NEXT)
    until(lambda: seen[NEXT] > 20)
    for version in (VERSION, NEXT, VERSION, NEXT):
        before = seen[version]
        versions.point(models, version)
        until(lambda version=version, before=before: seen[version] > before + 20)
    done.set()
    for asker in askers:
        asker.join()
    assert failures == []


def test_broken_model_is_refused_and_readyz_says_why(server: Server) -> None:
    models = state_of(server) / "models"
    broken = "20260403T120000Z-0000000a"
    before = server.get(HOME)[1]["model"]
    path = publish_artifact(models, broken) / "factors.npy"
    path.write_bytes(path.read_bytes()[:100])
    until(lambda: server.get("/readyz")[1]["model"]["reason"])
    status, ready = server.get("/readyz")
    assert (status, ready["status"]) == (200, "degraded")
    assert "factors.npy" in ready["model"]["reason"]
    assert server.get(HOME)[1]["model"] == before
    assert "factors.npy" in server.log.read_text()
    versions.rollback(models, before)
    until(lambda: server.get("/readyz")[1]["status"] == "ready")


def test_service_without_a_model_answers_empty_and_is_not_ready(tmp_path: Path) -> None:
    with serve(tmp_path) as bare:
        assert bare.get("/readyz")[0] == 503
        status, slate = bare.get(HOME)
        assert (status, slate["items"], slate["model"], slate["basis"]) == (200, [], None, "popular")


def test_killed_service_has_every_acked_event(tmp_path: Path) -> None:
    publish_artifact(tmp_path / "models")
    with serve(tmp_path) as running:
        for number in range(20):
            event = {
                "event_id": str(number),
                "kind": "view",
                "visitor": {"anonymous_id": "a"},
                "item_id": "item-01",
            }
            assert running.post("/v1/events", {"events": [event]})[0] == 200
        running.kill()
    with serve(tmp_path) as again:
        events = [
            {"event_id": str(number), "kind": "view", "visitor": {"anonymous_id": "a"}, "item_id": "item-01"}
            for number in range(20)
        ]
        _, answer = again.post("/v1/events", {"events": events})
        assert {result["verdict"] for result in answer["results"]} == {"duplicate"}
