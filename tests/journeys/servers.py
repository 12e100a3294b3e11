"""Real servers for tests: started on a free loopback port, waited for, and stopped by their own id."""

import http.client
import json
import os
import secrets
import signal
import socket
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import Any, NamedTuple

START_S = 60.0
PORTS = range(15_000, 32_000)


class Server(NamedTuple):
    """One running service."""

    url: str
    port: int
    process: "subprocess.Popen[bytes]"
    log: Path

    def get(self, path: str, **headers: str) -> tuple[int, Any]:
        """Status and JSON of one GET, over a connection of its own."""
        return self.ask("GET", path, None, headers)

    def post(self, path: str, body: object, **headers: str) -> tuple[int, Any]:
        """Status and JSON of one POST."""
        return self.ask("POST", path, body, headers)

    def ask(self, method: str, path: str, body: object, headers: dict[str, str]) -> tuple[int, Any]:
        """Status and JSON of one request."""
        connection = http.client.HTTPConnection("127.0.0.1", self.port, timeout=30)
        try:
            sent = None if body is None else json.dumps(body)
            connection.request(method, path, sent, {"Content-Type": "application/json", **headers})
            answer = connection.getresponse()
            text = answer.read()
            return answer.status, json.loads(text) if "json" in answer.headers.get(
                "Content-Type", ""
            ) else text
        finally:
            connection.close()

    def kill(self) -> None:
        """Kill every process of it; the first one first, for it replaces the others."""
        first = self.process.pid
        others = Path(f"/proc/{first}/task/{first}/children").read_text().split()
        for pid in (first, *map(int, others)):
            os.kill(pid, signal.SIGKILL)
        self.process.wait()


def until(holds: Callable[[], object]) -> None:
    """Wait for something to become so, as long as a busy machine may take."""
    end = time.monotonic() + START_S
    while not holds():
        assert time.monotonic() < end, "it did not happen in time"
        time.sleep(0.02)


def free_port() -> int:
    """A port that nobody listens on just now.

    It is below those that the system gives to whoever connects: another test would have it before it is used.
    It is not drawn by `random`, which draws the same for every worker of the tests.
    """
    with socket.socket() as probe:
        probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        while True:
            port = secrets.choice(PORTS)
            with suppress(OSError):
                probe.bind(("127.0.0.1", port))
                return port


@contextmanager
def serve(state: Path, *arguments: str, **environ: str) -> Iterator[Server]:
    """Run `recsvc serve` on a state directory until the block ends."""
    port = free_port()
    state.mkdir(parents=True, exist_ok=True)
    log = state / "server.log"
    command = [
        sys.executable,
        "-m",
        "recsvc",
        "serve",
        "--state",
        str(state),
        "--port",
        str(port),
        *arguments,
    ]
    with log.open("wb") as stream:
        process = subprocess.Popen(command, stdout=stream, stderr=stream, env=os.environ | environ)
    server = Server(f"http://127.0.0.1:{port}", port, process, log)
    try:
        _wait(server)
        yield server
    finally:
        process.terminate()
        try:
            process.wait(20)
        except subprocess.TimeoutExpired:
            process.kill()
            process.wait()


def _wait(server: Server) -> None:
    limit = time.monotonic() + START_S
    while time.monotonic() < limit:
        if server.process.poll() is not None:
            break
        try:
            if server.get("/livez")[0] == 200:
                return
        except OSError:
            time.sleep(0.1)
    raise AssertionError(f"the server did not start:\n{server.log.read_text()}")
