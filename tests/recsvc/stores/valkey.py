"""A real server that speaks Valkey's protocol, for tests: on a free loopback port, with nothing on disk."""

import shutil
import socket
import subprocess
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import NamedTuple

import pytest

from tests.journeys.servers import free_port

START_S = 20.0


class ValkeyServer(NamedTuple):
    """One running server."""

    url: str
    process: "subprocess.Popen[bytes]"

    def stop(self) -> None:
        """End it at once."""
        self.process.kill()
        self.process.wait()


@contextmanager
def valkey_server(directory: Path) -> Iterator[ValkeyServer]:
    """Run a server until the block ends; where none is installed the test is skipped."""
    program = shutil.which("valkey-server") or shutil.which("redis-server")
    if program is None:
        pytest.skip("neither valkey-server nor redis-server is installed")
    port = free_port()
    where = ["--bind", "127.0.0.1", "--port", str(port), "--dir", str(directory)]
    command = [program, *where, "--save", "", "--appendonly", "no"]
    process = subprocess.Popen(command, stdout=subprocess.DEVNULL)
    server = ValkeyServer(f"valkey://127.0.0.1:{port}/0", process)
    try:
        _wait(port)
        yield server
    finally:
        server.stop()


def _wait(port: int) -> None:
    limit = time.monotonic() + START_S
    while time.monotonic() < limit:
        try:
            with socket.create_connection(("127.0.0.1", port), 1):
                return
        except OSError:
            time.sleep(0.05)
    raise AssertionError("the server did not start")
