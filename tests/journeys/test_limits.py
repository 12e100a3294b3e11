"""The real service against senders that are slow or too many."""

import resource
import socket
from collections.abc import Iterator
from contextlib import ExitStack
from functools import partial
from pathlib import Path

import pytest

from tests.artifacts import publish_artifact
from tests.journeys.servers import Server, serve
from tests.journeys.test_keys import keys

pytestmark = pytest.mark.server
HEAD = (
    b"POST /v1/slates HTTP/1.1\r\nHost: shop\r\n"
    b"Content-Type: application/json\r\nContent-Length: 1000\r\n\r\n{"
)
SLOW = 50
IDLE = 1_500


@pytest.fixture
def server(tmp_path: Path) -> Iterator[Server]:
    publish_artifact(tmp_path / "models")
    config = tmp_path / "recsvc.toml"
    config.write_text("[limits]\nbody_s = 0.5\nsecret_per_minute = 20\n")
    with serve(tmp_path, "--config", str(config)) as running:
        yield running


def test_slow_bodies_are_dropped_and_others_are_served(server: Server) -> None:
    with ExitStack() as opened:
        slow = [
            opened.enter_context(socket.create_connection(("127.0.0.1", server.port), 30))
            for _ in range(SLOW)
        ]
        for connection in slow:
            connection.sendall(HEAD)
        assert server.get("/v1/slates/home?limit=3")[0] == 200
        answers = [b"".join(iter(partial(connection.recv, 4096), b"")) for connection in slow]
    # Each was read to its end: the service has closed them all.
    assert all(answer.startswith(b"HTTP/1.1 408 ") for answer in answers)
    assert all(b"/problems/too-slow" in answer for answer in answers)


def test_connections_that_idle_hold_up_nobody(server: Server) -> None:
    _, most = resource.getrlimit(resource.RLIMIT_NOFILE)
    resource.setrlimit(resource.RLIMIT_NOFILE, (min(most, 4 * IDLE), most))
    with ExitStack() as opened:
        for _ in range(IDLE):
            connection = socket.create_connection(("127.0.0.1", server.port), 30)
            opened.enter_context(connection).sendall(b"GET /livez HTTP/1.1\r\nHost: shop\r\n\r\n")
            assert connection.recv(4096).startswith(b"HTTP/1.1 200 ")
        assert server.get("/v1/slates/home?limit=3")[0] == 200


def test_key_that_asks_too_often_is_refused_for_a_while(server: Server) -> None:
    key = keys(server.log.parent, "create", "--secret", "--name", "server")
    by_server = {"Authorization": f"Bearer {key['text']}"}
    found = [server.get("/v1/slates/home", **by_server)[0] for _ in range(30)]
    # A minute may turn meanwhile, and then a part of the last one counts.
    assert 18 <= found.count(200) <= 22
    assert set(found) == {200, 429}
    assert server.get("/livez")[0] == 200
