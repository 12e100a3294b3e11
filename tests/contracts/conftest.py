"""The engines behind the ports: every test here runs on each."""

from collections.abc import Iterator
from pathlib import Path

import pytest

from recsvc.stores import open_store
from recsvc.stores.memory import MemoryStore
from tests.contracts.engines import AnyStore


@pytest.fixture
def database(tmp_path: Path) -> str:
    """The URL of a database that does not exist yet."""
    return f"sqlite:///{tmp_path / 'state' / 'recsvc.sqlite'}"


@pytest.fixture(params=["memory", "sqlite"])
def store(request: pytest.FixtureRequest, database: str) -> Iterator[AnyStore]:
    """One store of each engine."""
    opened: AnyStore = MemoryStore() if request.param == "memory" else open_store(database)
    yield opened
    opened.close()
