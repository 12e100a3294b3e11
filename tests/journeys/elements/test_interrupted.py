"""What ends in the middle: an answer, the service under a quiz, an element; the page keeps what it showed."""

import threading
from collections.abc import Iterator
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any

import pytest

from tests.journeys.elements.conftest import Storefront
from tests.journeys.elements.test_hostile import GRANTED, HOME, OPEN

playwright = pytest.importorskip("playwright.sync_api", reason="playwright is not installed")
pytestmark = [pytest.mark.browser, pytest.mark.server]
TEA = '<rec-quiz quiz="tea"><p>Our own quiz</p></rec-quiz>'
FULL = """Storage.prototype.setItem = () => { throw new DOMException("full", "QuotaExceededError"); }"""


@pytest.fixture
def stalling() -> Iterator[str]:
    """The address of a service that begins every answer and never ends it."""
    over = threading.Event()

    class Answer(BaseHTTPRequestHandler):
        def do_POST(self) -> None:
            self.send_response(200)
            self.send_header("Access-Control-Allow-Origin", "*")
            self.send_header("Content-Type", "application/json")
            self.send_header("Content-Length", "1000")
            self.end_headers()
            self.wfile.write(b'{"slates": [')
            over.wait()

        def log_message(self, *_: Any) -> None:
            """Say nothing."""

    server = ThreadingHTTPServer(("127.0.0.1", 0), Answer)
    threading.Thread(target=server.serve_forever, daemon=True).start()
    yield f"http://127.0.0.1:{server.server_address[1]}/"
    over.set()
    server.shutdown()
    server.server_close()


def test_answer_that_stops_half_way_is_not_waited_for(
    page: Any, storefront: Storefront, stalling: str
) -> None:
    page.route("**/v1/**", lambda route: route.continue_(url=stalling))
    page.goto(storefront.pages.put("/", HOME, tag='data-timeout="300"'))
    playwright.expect(page.locator("rec-slate")).to_have_attribute("state", "left")
    playwright.expect(page.get_by_text("Our own", exact=True)).to_be_visible()


def test_quiz_goes_on_where_the_service_went_away_and_came_back(page: Any, storefront: Storefront) -> None:
    page.goto(storefront.pages.put("/", TEA))
    page.locator("rec-quiz label").first.click()
    page.route("**/v1/**", lambda route: route.abort("connectionrefused"))
    page.locator("rec-quiz .rec-submit").click()
    playwright.expect(page.locator("rec-quiz [role=alert]")).to_have_text(
        "That did not work. Please try again."
    )
    playwright.expect(page.locator("rec-quiz input").first).to_be_checked()
    page.unroute("**/v1/**")
    page.locator("rec-quiz .rec-submit").click()
    playwright.expect(page.locator("rec-quiz h3").first).to_have_text("Children at home?")


def test_asking_again_in_vain_leaves_the_products_that_are_there(page: Any, storefront: Storefront) -> None:
    page.goto(storefront.pages.put("/", HOME))
    playwright.expect(page.locator(".rec-card")).to_have_count(6)
    page.route("**/v1/**", lambda route: route.abort("internetdisconnected"))
    page.locator("rec-slate").evaluate("(slate) => slate.refresh()")
    playwright.expect(page.locator("rec-slate")).to_have_attribute("state", "left")
    playwright.expect(page.locator(".rec-card")).to_have_count(6)


def test_quiz_that_goes_while_its_code_comes_asks_nothing_of_the_page(
    page: Any, storefront: Storefront
) -> None:
    waiting: list[Any] = []
    page.route("**/fields.js", lambda route: waiting.append(route))  # noqa: PLW0108 (playwright marks it)
    page.goto(storefront.pages.put("/", TEA))
    page.wait_for_function("() => document.querySelector('link[href$=\"fields.js\"]')")
    page.evaluate("() => document.querySelector('rec-quiz').remove()")
    while waiting:
        waiting.pop(0).continue_()
    page.wait_for_load_state("networkidle")
    playwright.expect(page.get_by_text("After")).to_be_visible()
    playwright.expect(page.locator("rec-quiz")).to_have_count(0)


def test_products_come_though_no_id_can_be_had(page: Any, storefront: Storefront) -> None:
    page.route("**/v1/visitors", lambda route: route.fulfill(status=503, headers=OPEN))
    page.goto(storefront.pages.put("/", HOME, tag=GRANTED))
    playwright.expect(page.locator(".rec-card")).to_have_count(6)


def test_storage_that_is_full_is_done_without(page: Any, storefront: Storefront) -> None:
    page.add_init_script(FULL)
    page.goto(storefront.pages.put("/", HOME + TEA, tag=GRANTED))
    playwright.expect(page.locator(".rec-card")).to_have_count(6)
    page.locator("rec-quiz label").first.click()
    page.locator("rec-quiz .rec-submit").click()
    playwright.expect(page.locator("rec-quiz h3").first).to_have_text("Children at home?")
