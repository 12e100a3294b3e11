"""A real server on loopback that keeps what it is sent and answers what a test tells it to."""

import json
import threading
from collections import deque
from collections.abc import Iterator
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any, NamedTuple, TypeVar


class Request(NamedTuple):
    """What came in."""

    method: str
    path: str
    headers: dict[str, str]
    body: bytes

    @property
    def json(self) -> Any:
        return json.loads(self.body)


class Answer(NamedTuple):
    """What goes out."""

    status: int
    body: object = None
    headers: tuple[tuple[str, str], ...] = ()


class Receiver:
    """Requests as they came; the answers that were put go first, then every request is taken."""

    def __init__(self, url: str) -> None:
        self.url = url
        self.requests: list[Request] = []
        self.answers: deque[Answer] = deque()

    def answer(self, request: Request) -> Answer:
        self.requests.append(request)
        return self.answers.popleft() if self.answers else Answer(202)


Kind = TypeVar("Kind", bound=Receiver)


@contextmanager
def receiving(kind: type[Kind]) -> Iterator[Kind]:
    """Run a server of a kind until the block ends."""

    class Takes(BaseHTTPRequestHandler):
        protocol_version = "HTTP/1.1"

        def do_POST(self) -> None:
            length = int(self.headers.get("content-length") or 0)
            headers = {name.lower(): value for name, value in self.headers.items()}
            request = Request(self.command, self.path, headers, self.rfile.read(length))
            given = receiver.answer(request)
            body = given.body if isinstance(given.body, bytes) else json.dumps(given.body or {}).encode()
            self.send_response(given.status)
            for name, value in (*given.headers, ("content-length", str(len(body)))):
                self.send_header(name, value)
            self.end_headers()
            self.wfile.write(body)

        do_GET = do_PUT = do_DELETE = do_POST  # noqa: N815 (the names that http.server looks for)

        def log_message(self, *_: object) -> None:
            """Say nothing."""

    class Server(ThreadingHTTPServer):
        def handle_error(self, *_: object) -> None:
            """A client that hangs up early is what some tests are about."""

    server = Server(("127.0.0.1", 0), Takes)
    receiver = kind(f"http://127.0.0.1:{server.server_address[1]}")
    thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.01})
    thread.start()
    try:
        yield receiver
    finally:
        server.shutdown()
        server.server_close()
        thread.join()
