"""A batch over a real server: it streams, lets others in between, and can be taken up where it broke off."""

import http.client
import json
from collections.abc import Iterator
from contextlib import closing, contextmanager
from typing import Any

import pytest

from recsvc.stores import open_store
from tests.artifacts import publish_artifact
from tests.journeys.servers import Server, serve
from tests.shop import N, item

pytestmark = pytest.mark.server
COUNT = 1000
VISITORS = [{"id": f"c{number}"} for number in range(COUNT)]


@pytest.fixture(scope="module")
def server(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Server]:
    state = tmp_path_factory.mktemp("batches")
    publish_artifact(state / "models")
    store = open_store(f"sqlite:///{state / 'recsvc.sqlite'}")
    store.put_items([item(number) for number in range(N)]).result()
    store.close()
    with serve(state) as running:
        yield running


@contextmanager
def answer(server: Server, visitors: list[dict[str, str]]) -> Iterator[http.client.HTTPResponse]:
    """The answer to a batch, of which nothing has been read."""
    connection = http.client.HTTPConnection("127.0.0.1", server.port, timeout=60)
    body = json.dumps({"placements": [{"id": "mail"}], "visitors": visitors})
    connection.request("POST", "/v1/slate-batches", body, {"Content-Type": "application/json"})
    with closing(connection), connection.getresponse() as response:
        yield response


def lines(server: Server, visitors: list[dict[str, str]]) -> list[bytes]:
    with answer(server, visitors) as response:
        return response.readlines()


def shown(found: list[bytes]) -> list[Any]:
    return [[one["id"] for one in json.loads(line)["slates"][0]["items"]] for line in found]


def test_others_are_answered_while_a_batch_is_streamed(server: Server) -> None:
    with answer(server, VISITORS) as response:
        assert json.loads(response.readline())["index"] == 0
        assert server.get("/v1/slates/home")[0] == 200
        rest = response.readlines()
    assert [json.loads(line)["index"] for line in rest] == list(range(1, COUNT))


def test_batch_that_broke_off_is_taken_up_after_the_last_whole_line(server: Server) -> None:
    whole = lines(server, VISITORS[:40])
    with answer(server, VISITORS) as broken:
        found = [broken.readline() for _ in range(10)]
    found += lines(server, VISITORS[10:40])
    assert shown(found) == shown(whole)
    assert server.get("/livez")[0] == 200
