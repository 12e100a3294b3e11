"""The engines behind the ports: every test here runs on each."""

import shutil
from collections.abc import Iterator
from pathlib import Path

import pytest

from recsvc.stores import open_store
from recsvc.stores.memory import MemoryStore
from tests.contracts.engines import ENGINES, AnyStore


@pytest.fixture(scope="session")
def with_tables(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A file of SQLite with empty tables, to copy: making the tables takes 50 ms, opening the file 7."""
    path = tmp_path_factory.mktemp("with-tables") / "recsvc.sqlite"
    open_store(f"sqlite:///{path}").close()
    return path


@pytest.fixture
def sqlite_database(with_tables: Path, tmp_path: Path) -> str:
    """The URL of a file with empty tables."""
    path = tmp_path / "state" / "recsvc.sqlite"
    path.parent.mkdir()
    return f"sqlite:///{shutil.copyfile(with_tables, path)}"


@pytest.fixture(params=ENGINES)
def database(request: pytest.FixtureRequest) -> str:
    """The URL of a database of each engine with empty tables."""
    url: str = request.getfixturevalue(
        "postgres_database" if request.param == "postgres" else "sqlite_database"
    )
    return url


@pytest.fixture(params=["memory", *ENGINES])
def store(request: pytest.FixtureRequest) -> Iterator[AnyStore]:
    """One store of each engine."""
    opened: AnyStore
    if request.param == "memory":
        opened = MemoryStore()
    else:
        name = "postgres_database" if request.param == "postgres" else "sqlite_database"
        opened = open_store(request.getfixturevalue(name))
    yield opened
    opened.close()
