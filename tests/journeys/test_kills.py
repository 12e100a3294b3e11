"""The real service, killed at any moment of its work: what it acknowledged is there, exactly once.

`RECSVC_KILLS` in the environment says how many times; a few suffice to notice, a hundred to believe.
"""

import http.client
import itertools
import os
import random
import threading
from collections import Counter
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest

from recsvc.domain.events import EventKind
from recsvc.stores import open_store
from recsvc.stores.rebuild import rebuild_profiles
from tests.artifacts import publish_artifact
from tests.contracts.engines import log
from tests.journeys.servers import Server, serve
from tests.shop import TEA_QUIZ, Shop

pytestmark = pytest.mark.server
KILLS = int(os.environ.get("RECSVC_KILLS", "4"))
SENDERS, BATCH = 3, 20
KINDS = ("view", "purchase", "add_to_cart", "consent", "identify")


class Sender:
    """A shop that sends batches, and a batch without an answer again, until its service is gone."""

    def __init__(self, name: str) -> None:
        self.acked: set[str] = set()
        self.batches: list[list[str]] = []
        self._pending: list[dict[str, Any]] | None = None
        self._name = name
        self._numbers = itertools.count()

    def work(self, server: Server) -> None:
        """Send until nobody answers."""
        while True:
            batch = self._pending or self._next()
            self._pending = batch
            try:
                status, answer = server.post("/v1/events", {"events": batch})
            except (OSError, http.client.HTTPException):
                return
            assert status == 200, answer
            verdicts = {result["verdict"] for result in answer["results"]}
            assert verdicts in ({"accepted"}, {"duplicate"}), verdicts  # a batch is whole
            self.acked |= {event["event_id"] for event in batch}
            self._pending = None

    def _next(self) -> list[dict[str, Any]]:
        batch = [self._event(next(self._numbers)) for _ in range(BATCH)]
        self.batches.append([event["event_id"] for event in batch])
        return batch

    def _event(self, number: int) -> dict[str, Any]:
        kind = KINDS[number % len(KINDS)]
        more: dict[str, Any] = {"item_id": f"item-{number % 12:02}"}
        if kind == "consent":
            more = {"consent": {"share": bool(number % 2)}}
        elif kind == "identify":
            more = {"identities": [{"kind": "loyalty_card", "value": f"{self._name}-{number % 7}"}]}
        visitor = {"id": f"{self._name}-{number % 9}"}
        return {"event_id": f"{self._name}-{number}", "kind": kind, "visitor": visitor, **more}


class Asked:
    """A visitor who changes the answer to one question again and again."""

    def __init__(self) -> None:
        self.acked = 0
        self.sent = 0

    def work(self, server: Server) -> None:
        """Answer until nobody listens."""
        try:
            _, view = server.post("/v1/quizzes/tea/sessions", {"visitor": {"id": "asked"}})
            path = f"/v1/quiz-sessions/{view['session']}/answers/drink"
            for choice in itertools.cycle(("tea", "coffee")):
                self.sent += 1
                status, view = server.ask("PUT", path, {"value": choice}, {"Recsvc-Visitor": "id=asked"})
                assert status == 200, view
                self.acked += 1
        except (OSError, http.client.HTTPException):
            return


def live(server: Server, work: list[Callable[[Server], None]]) -> Iterator[BaseException]:
    """Let all work on a service that is killed at some moment; what went wrong meanwhile."""
    wrong: list[BaseException] = []

    def run(one: Callable[[Server], None]) -> None:
        try:
            one(server)
        except BaseException as error:  # noqa: BLE001 (it would be lost with its thread)
            wrong.append(error)

    threads = [threading.Thread(target=run, args=(one,)) for one in work]
    threads.append(threading.Timer(random.uniform(0, 0.5), server.kill))  # noqa: S311
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    yield from wrong


def test_whatever_moment_it_is_killed_at_every_acked_event_is_there_exactly_once(tmp_path: Path) -> None:
    publish_artifact(tmp_path / "models")
    Shop(tmp_path).publish(TEA_QUIZ)
    senders, asked = [Sender(f"s{number}") for number in range(SENDERS)], Asked()
    work = [one.work for one in (*senders, asked)]
    for _ in range(KILLS):
        with serve(tmp_path) as server:
            assert list(live(server, work)) == []
    store = open_store(f"sqlite:///{tmp_path / 'recsvc.sqlite'}")
    events = log(store)
    kept = Counter(event.event_id for event in events)
    assert set(kept.values()) == {1}
    for sender in senders:
        assert sender.acked <= kept.keys()
        assert all(len(kept.keys() & set(batch)) in {0, BATCH} for batch in sender.batches)
    answers = sum(event.kind is EventKind.QUESTION_ANSWERED for event in events)
    assert asked.acked <= answers <= asked.sent
    assert sum(map(len, (sender.acked for sender in senders))) > BATCH
    rebuilt = rebuild_profiles(store)
    assert (rebuilt.differed, rebuilt.regrouped) == (0, 0)
    store.close()
