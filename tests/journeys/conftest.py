"""A real demo shop for browsers: the service as `recsvc serve` runs it, on a small known shop."""

import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from recsvc.domain.events import Event, EventKind, EventLine
from recsvc.stores import open_store
from tests.artifacts import NOW, publish_artifact
from tests.journeys.browsers import launched
from tests.journeys.servers import serve
from tests.shop import TEA_QUIZ, N, Shop, item

HOUSEHOLD = "4711"


@pytest.fixture(scope="module")
def chromium() -> Iterator[Any]:
    """A browser for the tests of one file."""
    yield from launched()


@pytest.fixture(scope="session")
def demo_url(tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    """The address of a demo shop with twelve items, one household and the tea quiz."""
    state = tmp_path_factory.mktemp("demo")
    publish_artifact(state / "models", n=N)
    Shop(state).publish(TEA_QUIZ)
    _fill(state)
    config = state / "demo.toml"
    config.write_text("demo = true\n", encoding="utf-8")
    with serve(state, "--config", str(config)) as server:
        yield server.url


def _fill(state: Path) -> None:
    (state / "data").mkdir()
    (state / "data" / "households.json").write_text(json.dumps([HOUSEHOLD]), encoding="utf-8")
    store = open_store(f"sqlite:///{state / 'recsvc.sqlite'}")
    store.put_items([item(number, currency="USD") for number in range(N)]).result()
    lines = (EventLine("item-05"), EventLine("item-08"))
    bought = Event(
        event_id="bought",
        kind=EventKind.PURCHASE,
        visitor_id=HOUSEHOLD,
        occurred_at=NOW,
        received_at=NOW,
        lines=lines,
    )
    store.append([bought]).result()
    store.close()
