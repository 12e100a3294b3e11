"""The page of a shop in a real browser, on another origin: it asks, reports and reads refusals."""

import threading
from collections.abc import Iterator
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any

import pytest

from tests.artifacts import publish_artifact
from tests.journeys.browsers import tab
from tests.journeys.servers import Server, serve
from tests.journeys.test_keys import keys

pytestmark = [pytest.mark.server, pytest.mark.browser]
ASK = """async ([service, key]) => {
  const call = async (path, options = {}) => {
    const headers = {Authorization: `Bearer ${key}`, "Content-Type": "application/json", ...options.headers};
    const answer = await fetch(service + path, {...options, headers});
    return [answer.status, await answer.json(), answer.headers.get("X-Request-Id") !== null];
  };
  const [, visitor] = await call("/v1/visitors", {method: "POST"});
  const headers = {"Recsvc-Visitor": `anonymous_id=${visitor.anonymous_id}`};
  const event = {event_id: "b1", kind: "purchase", item_id: "item-09", visitor};
  const body = new Blob([JSON.stringify({key, events: [event]})], {type: "text/plain"});
  const sent = navigator.sendBeacon(service + "/v1/events", body);
  let slate;
  for (let tries = 0; tries < 600; tries++) {
    slate = await call("/v1/slates/home", {headers});
    if (slate[1].basis === "history") break;
    await new Promise(resolve => setTimeout(resolve, 50));
  }
  const refused = await call("/v1/slates/home", {headers: {"Recsvc-Visitor": "id=customer-7"}});
  return {sent, slate, refused};
}"""
TRY = """async ([service, key]) => {
  try {
    await fetch(service + "/v1/slates/home", {headers: {Authorization: `Bearer ${key}`}});
    return "read";
  } catch (error) {
    return error.name;
  }
}"""


class EmptyPage(BaseHTTPRequestHandler):
    """A page of a shop without anything on it."""

    def do_GET(self) -> None:
        self.send_response(200)
        self.send_header("Content-Type", "text/html")
        self.end_headers()

    def log_message(self, *_: Any) -> None:
        """Say nothing."""


@contextmanager
def shop_page() -> Iterator[str]:
    """The origin of a page on a port of its own."""
    server = ThreadingHTTPServer(("127.0.0.1", 0), EmptyPage)
    threading.Thread(target=server.serve_forever, daemon=True).start()
    yield f"http://127.0.0.1:{server.server_address[1]}"
    server.shutdown()
    server.server_close()


@pytest.fixture(scope="module")
def service(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Server]:
    state = tmp_path_factory.mktemp("browser-keys")
    publish_artifact(state / "models")
    with serve(state) as running:
        yield running


def test_page_with_a_key_asks_reports_and_reads_refusals(chromium: Any, service: Server) -> None:
    with shop_page() as origin:
        key = keys(service.log.parent, "create", "--publishable", "--name", "web", "--origin", origin)
        with tab(chromium, origin) as page:
            page.goto("/")
            said = page.evaluate(ASK, [service.url, key["text"]])
    assert said["sent"] is True
    status, slate, has_request_id = said["slate"]
    assert (status, slate["basis"], has_request_id) == (200, "history", True)
    status, problem, _ = said["refused"]
    assert (status, problem["type"]) == (403, "/problems/not-allowed")


def test_page_of_another_origin_reads_nothing(chromium: Any, service: Server) -> None:
    with shop_page() as origin, shop_page() as elsewhere:
        key = keys(service.log.parent, "create", "--publishable", "--name", "web", "--origin", origin)
        page = chromium.new_page()
        page.goto(elsewhere)
        assert page.evaluate(TRY, [service.url, key["text"]]) == "TypeError"
        page.close()
