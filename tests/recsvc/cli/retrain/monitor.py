"""A monitor on loopback that writes down what it is told."""

import json
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any, NamedTuple


class Monitor(NamedTuple):
    """Its address, with a secret path, and what it heard: (path, body)."""

    url: str
    heard: list[tuple[str, dict[str, Any]]]

    def ways(self) -> list[str]:
        """What was pinged, in order."""
        return [path for path, _ in self.heard]


@contextmanager
def listening(status: int = 200) -> Iterator[Monitor]:
    """A monitor that answers everything with one status."""
    heard: list[tuple[str, dict[str, Any]]] = []

    class Ear(BaseHTTPRequestHandler):
        def do_POST(self) -> None:
            body = self.rfile.read(int(self.headers["Content-Length"]))
            heard.append((self.path, json.loads(body)))
            self.send_response(status)
            self.end_headers()

        def log_message(self, *_arguments: object) -> None:
            """Say nothing."""

    with ThreadingHTTPServer(("127.0.0.1", 0), Ear) as server:
        threading.Thread(target=server.serve_forever, daemon=True).start()
        try:
            yield Monitor(f"http://127.0.0.1:{server.server_port}/s3cret", heard)
        finally:
            server.shutdown()
