"""What every test may rely on: loopback only, a clock that stands still, needs that are explicit."""

import ipaddress
import os
import sys
from collections.abc import Generator, Iterator
from itertools import count
from pathlib import Path
from typing import Any

import pytest

from recsvc.stores.moving import migrate
from tests.clock import FixedClock
from tests.needs import refuse_skip, required
from tests.postgres import PostgresServer, running

REQUIRED = required()
DATABASES = count()


def _allow_loopback_only(event: str, arguments: tuple[Any, ...]) -> None:
    if event in {"socket.connect", "socket.sendto"} and isinstance(arguments[1], tuple):
        host = str(arguments[1][0])
        if not _is_loopback(host):
            raise PermissionError(f"A test reached for {host}; tests talk to loopback only.")


def _is_loopback(host: str) -> bool:
    try:
        return ipaddress.ip_address(host.partition("%")[0]).is_loopback
    except ValueError:
        return host in {"", "localhost"}


sys.addaudithook(_allow_loopback_only)


@pytest.fixture
def clock() -> FixedClock:
    """Stands still until a test moves it."""
    return FixedClock()


@pytest.fixture(scope="session")
def data_sets() -> Path:
    """The directory of real data sets; tests that take it carry the marker `data`."""
    named = os.environ.get("RECSVC_TEST_DATA")
    if not named or not Path(named).is_dir():
        pytest.skip("RECSVC_TEST_DATA names no directory of data sets")
    return Path(named)


@pytest.fixture(scope="session")
def postgres() -> Iterator[PostgresServer]:
    """A PostgreSQL server with the empty tables in the database `template`; its tests carry the marker."""
    with running() as server:
        server.sql("CREATE DATABASE template")
        migrate(server.url("template"))
        yield server


@pytest.fixture
def postgres_database(postgres: PostgresServer) -> Iterator[str]:
    """The URL of a database with empty tables."""
    name = f"test{next(DATABASES)}"
    postgres.sql(f"CREATE DATABASE {name} TEMPLATE template")
    yield postgres.url(name)
    postgres.sql(f"DROP DATABASE {name} WITH (FORCE)")


@pytest.hookimpl(wrapper=True)
def pytest_runtest_makereport() -> Generator[None, pytest.TestReport, pytest.TestReport]:
    """Whatever skipped a test, and wherever: a required need fails it instead."""
    report = yield
    refuse_skip(report, REQUIRED)
    return report
