"""A constant answer: one GET of Litestar without middleware, of as many bytes as CONSTANT_BYTES says."""

import os
import socket
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from litestar import Litestar, MediaType, Response, get

from tests.journeys.servers import START_S, free_port


def create_app() -> Litestar:
    """The application."""
    body = b"x" * int(os.environ["CONSTANT_BYTES"])

    @get("/", sync_to_thread=False)
    def get_constant() -> Response[bytes]:
        return Response(body, media_type=MediaType.TEXT)

    return Litestar([get_constant], openapi_config=None, logging_config=None)


@contextmanager
def constant(size: int) -> Iterator[int]:
    """The port of a constant answer, until the block ends."""
    port = free_port()
    command = [sys.executable, "-m", "granian", "--interface", "asgi", "--factory", "--no-ws", "--no-log"]
    command += ["--port", str(port), "benchmarks.constant_app:create_app"]
    environ = os.environ | {
        "CONSTANT_BYTES": str(size),
        "PYTHONPATH": str(Path(__file__).resolve().parent.parent),
    }
    process = subprocess.Popen(command, env=environ)
    try:
        _wait(port)
        yield port
    finally:
        process.terminate()
        process.wait(20)


def _wait(port: int) -> None:
    """Until it listens, which takes long on a busy machine."""
    end = time.monotonic() + START_S
    while True:
        try:
            socket.create_connection(("127.0.0.1", port), timeout=1).close()
        except OSError:
            if time.monotonic() > end:
                raise
            time.sleep(0.1)
        else:
            return
