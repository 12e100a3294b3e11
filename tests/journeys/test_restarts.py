"""The real service under constant load while models, placements and workers change: nothing is lost."""

import http.client
import itertools
import os
import signal
import threading
import time
from collections import Counter
from collections.abc import Callable, Iterator
from contextlib import closing, contextmanager
from pathlib import Path

import pytest

from recsvc.model import versions
from recsvc.stores import open_store
from tests.artifacts import VERSION, publish_artifact
from tests.contracts.engines import log
from tests.journeys.servers import Server, serve
from tests.journeys.test_faults import workers

pytestmark = pytest.mark.server
NEXT = "20260402T120000Z-0000000f"
HOME = "/v1/slates/home?limit=3"
SENDERS = 4
PAUSE_S = 0.02
PLACEMENT = '[[placements]]\nid = "home"\nstrategy = "personal"\nlimit = {limit}\n'


class Shop:
    """Asks for slates and sends events, one after the other, each on a connection of its own."""

    def __init__(self, name: str) -> None:
        self.acked: list[str] = []
        self.seen: Counter[str] = Counter()
        self.wrong: list[object] = []
        self.unanswered = 0
        self._name = name

    def work(self, server: Server, done: threading.Event) -> None:
        """Go on until it is done; what came and was no answer is noted."""
        for number in itertools.count():
            if done.wait(PAUSE_S):
                return
            event = f"{self._name}-{number}"
            try:
                self._ask(server)
                self._send(server, event)
            except (OSError, http.client.HTTPException):
                self.unanswered += 1
            except Exception as error:  # noqa: BLE001 (it would be lost with its thread)
                self.wrong.append(error)

    def _ask(self, server: Server) -> None:
        status, slate = server.get(HOME, **{"Recsvc-Visitor": f"id={self._name}"})
        if status != 200 or not slate["items"]:
            self.wrong.append((status, slate))
        else:
            self.seen[f"{slate['model']} {slate['revision']}"] += 1

    def _send(self, server: Server, event_id: str) -> None:
        event = {"event_id": event_id, "kind": "view", "visitor": {"id": self._name}, "item_id": "item-01"}
        status, answer = server.post("/v1/events", {"events": [event]})
        if (status, answer["results"][0]["verdict"]) != (200, "accepted"):
            self.wrong.append((status, answer))
        self.acked.append(event_id)


@contextmanager
def asked(server: Server) -> Iterator[list[Shop]]:
    """Shops at work until the block ends."""
    shops, done = [Shop(f"shop{number}") for number in range(SENDERS)], threading.Event()
    threads = [threading.Thread(target=shop.work, args=(server, done)) for shop in shops]
    for thread in threads:
        thread.start()
    try:
        yield shops
    finally:
        done.set()
        for thread in threads:
            thread.join()


def until(holds: Callable[[], object]) -> None:
    end = time.monotonic() + 60
    while not holds():
        assert time.monotonic() < end
        time.sleep(0.05)


def renew(server: Server) -> None:
    """Let a fresh worker take the place of the old one."""
    before = set(workers(server))
    os.kill(server.process.pid, signal.SIGHUP)
    until(lambda: len(workers(server)) == 1 and not before & set(workers(server)))


def kept(state: Path) -> Counter[str]:
    store = open_store(f"sqlite:///{state / 'recsvc.sqlite'}")
    try:
        return Counter(event.event_id for event in log(store))
    finally:
        store.close()


def test_swaps_and_renewed_workers_lose_no_request_and_no_event(tmp_path: Path) -> None:
    publish_artifact(tmp_path / "models")
    publish_artifact(tmp_path / "models", NEXT)
    placements = tmp_path / "placements.toml"
    placements.write_text(PLACEMENT.format(limit=3))
    versions.point(tmp_path / "models", VERSION)
    with serve(tmp_path, "--placements", str(placements)) as server, asked(server) as shops:
        until(lambda: all(shop.seen for shop in shops))
        versions.point(tmp_path / "models", NEXT)
        placements.write_text(PLACEMENT.format(limit=2))
        until(lambda: all(len(shop.seen) > 1 for shop in shops))
        renew(server)
        versions.point(tmp_path / "models", VERSION)
        renew(server)
        until(lambda: all(len(shop.seen) > 2 for shop in shops))
    assert [shop.wrong for shop in shops] == [[]] * SENDERS
    assert [shop.unanswered for shop in shops] == [0] * SENDERS
    found = kept(tmp_path)
    assert found == Counter(event_id for shop in shops for event_id in shop.acked)
    assert set(found.values()) == {1}


def test_a_connection_that_has_said_nothing_outlives_the_worker(tmp_path: Path) -> None:
    publish_artifact(tmp_path / "models")
    with serve(tmp_path) as server, closing(http.client.HTTPConnection("127.0.0.1", server.port)) as silent:
        silent.connect()
        time.sleep(0.2)  # for a worker to take it
        renew(server)
        silent.request("GET", HOME)
        assert silent.getresponse().status == 200


def test_stopped_service_answers_what_it_began_and_has_what_it_acked(tmp_path: Path) -> None:
    publish_artifact(tmp_path / "models")
    with serve(tmp_path) as server, asked(server) as shops:
        until(lambda: all(len(shop.acked) > 5 for shop in shops))
        server.process.terminate()
        assert server.process.wait(25) == 0
    assert [shop.wrong for shop in shops] == [[]] * SENDERS
    assert {event_id for shop in shops for event_id in shop.acked} <= kept(tmp_path).keys()


def test_reload_takes_new_settings_and_refuses_those_that_cannot_be(tmp_path: Path) -> None:
    publish_artifact(tmp_path / "models")
    config = tmp_path / "recsvc.toml"
    config.write_text("elements = true\n")
    cards = f"{HOME}&cards=en"
    with serve(tmp_path, "--config", str(config)) as server:
        assert server.get(cards)[0] == 200
        config.write_text("elements = false\n")
        renew(server)
        assert server.get(cards)[0] == 503
        before = workers(server)
        for text, said in (
            ("no_setting = true\n", "no_setting"),
            ("host = 'localhost'\n", "takes a restart"),
        ):
            config.write_text(text)
            os.kill(server.process.pid, signal.SIGHUP)
            until(lambda said=said: said in server.log.read_text())
        assert workers(server) == before
        assert server.get(HOME)[0] == 200
