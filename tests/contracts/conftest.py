"""The engines behind the ports: every test here runs on each."""

from collections.abc import Iterator
from pathlib import Path

import pytest

from recsvc.stores import open_store
from recsvc.stores.memory import MemoryStore
from tests.contracts.engines import ENGINES, AnyStore


@pytest.fixture(params=ENGINES)
def database(request: pytest.FixtureRequest, tmp_path: Path) -> str:
    """The URL of an empty database of each engine."""
    if request.param == "postgres":
        url: str = request.getfixturevalue("postgres_database")
        return url
    return f"sqlite:///{tmp_path / 'state' / 'recsvc.sqlite'}"


@pytest.fixture(params=["memory", *ENGINES])
def store(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[AnyStore]:
    """One store of each engine."""
    opened: AnyStore
    if request.param == "memory":
        opened = MemoryStore()
    elif request.param == "postgres":
        opened = open_store(request.getfixturevalue("postgres_database"))
    else:
        opened = open_store(f"sqlite:///{tmp_path / 'recsvc.sqlite'}")
    yield opened
    opened.close()
