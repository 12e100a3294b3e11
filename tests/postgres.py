"""A real PostgreSQL for tests: made in a directory of its own, on loopback, stopped by its own id."""

import os
import pwd
import shutil
import signal
import subprocess
import tempfile
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import pytest

from recsvc.stores.moving import migrate
from recsvc.stores.schema import CATALOGUE, KEYS, metadata
from tests.journeys.servers import free_port

OWNERS = ("postgres", "nobody")
"""Whom a server runs as where the tests run as root, which PostgreSQL refuses."""
START_S = 30.0


class PostgresServer:
    """One server with its files; databases on it are made and dropped by name."""

    def __init__(self, programs: Path, directory: Path) -> None:
        self.programs = programs
        self.port = free_port()
        self._directory = directory
        self._as_owner = _as_owner(directory)
        self._process: subprocess.Popen[bytes] | None = None
        make = ("-D", "data", "-U", "recsvc", "--auth=trust", "-E", "UTF8", "--locale=C", "--no-sync")
        subprocess.run([programs / "initdb", *make], check=True, stdout=subprocess.DEVNULL, **self._as_owner)

    def url(self, database: str) -> str:
        """The URL of a database."""
        return f"postgresql://recsvc:hunter2@127.0.0.1:{self.port}/{database}"

    def start(self) -> None:
        """Start, and wait until it answers."""
        settings = {"port": self.port, "listen_addresses": "127.0.0.1", "unix_socket_directories": ""}
        options = [part for name, value in settings.items() for part in ("-c", f"{name}={value}")]
        command = [self.programs / "postgres", "-D", "data", *options]
        with (self._directory / "log").open("ab") as log:
            self._process = subprocess.Popen(command, stdout=log, stderr=log, **self._as_owner)
        limit = time.monotonic() + START_S
        while not self._answers():
            if time.monotonic() > limit or self._process.poll() is not None:
                raise AssertionError((self._directory / "log").read_text())
            time.sleep(0.02)

    def signal(self, number: int) -> None:
        """Send a signal to the server and all it forked, as a machine that stops would do to them."""
        assert self._process is not None
        children = Path(f"/proc/{self._process.pid}/task/{self._process.pid}/children").read_text().split()
        for pid in (self._process.pid, *map(int, children)):
            os.kill(pid, number)

    def kill(self) -> None:
        """End it without a chance to write anything."""
        self.signal(signal.SIGKILL)
        assert self._process is not None
        self._process.wait()

    def stop(self) -> None:
        """End it, whoever is connected, without a checkpoint: its files are not needed again."""
        if self._process is not None and self._process.poll() is None:
            self._process.send_signal(signal.SIGQUIT)
            self._process.wait(30)

    def connect(self, database: str, *, autocommit: bool = False) -> Any:
        """A connection of the driver's own."""
        import psycopg  # noqa: PLC0415 (an extra)

        return psycopg.connect(self.url(database), autocommit=autocommit)

    def sql(self, statement: str, database: str = "postgres") -> list[tuple[object, ...]]:
        """Run one statement in a transaction of its own."""
        with self.connect(database, autocommit=True) as connection:
            cursor = connection.execute(statement)
            return cursor.fetchall() if cursor.description else []

    def make(self, database: str) -> str:
        """A new database with the tables; its URL."""
        self.sql(f"CREATE DATABASE {database}")
        migrate(self.url(database))
        return self.url(database)

    def empty(self, database: str) -> None:
        """Take all rows out of a database: a new one for each test costs ten times as long.

        TRUNCATE would make the files of each table anew, which takes most of a test.
        """
        rows = "; ".join(f"DELETE FROM {table}" for table in reversed(metadata.sorted_tables))  # noqa: S608
        counters = f"INSERT INTO counters VALUES ('{CATALOGUE}', 0), ('{KEYS}', 0)"  # noqa: S608
        self.sql(f"{rows}; ALTER SEQUENCE events_seq_seq RESTART; {counters}", database)

    def _answers(self) -> bool:
        import psycopg  # noqa: PLC0415 (an extra)

        try:
            psycopg.connect(self.url("postgres"), connect_timeout=2).close()
        except psycopg.OperationalError:
            return False
        return True


@contextmanager
def running() -> Iterator[PostgresServer]:
    """A server until the block ends; skips where the programs or the driver are missing."""
    pytest.importorskip("psycopg", reason="psycopg is not installed (the extra `postgres`)")
    with tempfile.TemporaryDirectory(prefix="recsvc-postgres-") as directory:
        server = PostgresServer(_programs(), Path(directory))
        server.start()
        try:
            server.make("recsvc")
            yield server
        finally:
            server.stop()


def _programs() -> Path:
    found = shutil.which("postgres")
    installed = [Path(found).resolve().parent] if found else sorted(Path("/usr/lib/postgresql").glob("*/bin"))
    if not installed:
        pytest.skip("PostgreSQL's programs are not on this machine; on Debian: apt-get install postgresql")
    return installed[-1]


def _as_owner(directory: Path) -> dict[str, Any]:
    """What starts a program in a directory of its own, as somebody who is not root."""
    if os.geteuid() != 0:
        return {"cwd": directory}
    known = {entry.pw_name: entry for entry in pwd.getpwall()}
    owner = next(known[name] for name in OWNERS if name in known)
    os.chown(directory, owner.pw_uid, owner.pw_gid)
    return {"cwd": directory, "user": owner.pw_uid, "group": owner.pw_gid, "extra_groups": []}
