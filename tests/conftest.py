"""What every test may rely on: loopback only, a clock that stands still, needs that are explicit."""

import gc
import ipaddress
import os
import sys
from collections.abc import Generator, Iterator
from pathlib import Path
from typing import Any

import pytest
from hypothesis import settings

from tests.clock import FixedClock
from tests.needs import heaviest_first, refuse_skip, required, seconds_by_need
from tests.postgres import PostgresServer, running
from tests.scratch import write_to_memory

REQUIRED = required()
FEW_ROUNDS = 50_000
"""New objects until garbage is looked for, in place of 700: 29 % of the tests' time went there."""


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
settings.register_profile("no verdict hangs on time", deadline=None)
settings.load_profile("no verdict hangs on time")
write_to_memory()


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
    """A PostgreSQL server; the tests that take it carry its marker."""
    with running() as server:
        yield server


@pytest.fixture
def postgres_database(postgres: PostgresServer) -> Iterator[str]:
    """The URL of a database with empty tables."""
    yield postgres.url("recsvc")
    postgres.empty("recsvc")


@pytest.hookimpl(wrapper=True)
def pytest_collection() -> Generator[None, object, object]:
    """Look for no garbage among the tests themselves: they stay, all nine thousand."""
    gc.disable()
    try:
        return (yield)
    finally:
        gc.freeze()
        gc.set_threshold(FEW_ROUNDS)
        gc.enable()


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Let no worker begin with what takes minutes when the others are at their last."""
    items.sort(key=heaviest_first(items))


@pytest.hookimpl(wrapper=True)
def pytest_runtest_makereport() -> Generator[None, pytest.TestReport, pytest.TestReport]:
    """Whatever skipped a test, and wherever: a required need fails it instead."""
    report = yield
    refuse_skip(report, REQUIRED)
    return report


def pytest_terminal_summary(terminalreporter: pytest.TerminalReporter) -> None:
    """Say where the time went: what the browser takes of it is to stay under four minutes."""
    found = (one for many in terminalreporter.stats.values() for one in many)
    spent = seconds_by_need(one for one in found if isinstance(one, pytest.TestReport))
    named = ", ".join(f"{need} {seconds:.0f} s" for need, seconds in spent.items() if seconds > 1)
    if named:
        terminalreporter.write_line(f"Of all workers together: {named}")
