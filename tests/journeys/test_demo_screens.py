"""Every screen of the demo shop, as axe-core judges it, at its width, and as a picture to look at.

Pictures are taken only where `RECSVC_PICTURES` names a directory for them.
"""

import os
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from tests.journeys.browsers import PHONE, tab
from tests.journeys.conftest import HOUSEHOLD
from tests.journeys.elements.test_accessibility import complaints

playwright = pytest.importorskip("playwright.sync_api", reason="playwright is not installed")
pytestmark = [pytest.mark.browser, pytest.mark.server]

PICTURES = os.environ.get("RECSVC_PICTURES")
DESKTOP = {"width": 1280, "height": 900}
TILL = f"/till?card={HOUSEHOLD}&scanned=item-03&scanned=item-04&scanned=item-04"
SCREENS = {
    "home": "/",
    "department": "/departments/tea?category=tea",
    "product": "/products/item-03",
    "search": "/search?q=item",
    "search-none": "/search?q=nothing",
    "cart": "/cart",
    "order": "/orders/demo-1",
    "answers": "/answers",
    "visitors": "/visitors",
    "till": TILL,
    "receipt": f"/till?card={HOUSEHOLD}&receipt=till-1",
    "mail": "/mail",
    "missing": "/products/none",
}
LOOKS = {
    "phone-ja-dark": {"viewport": PHONE, "locale": "ja", "color_scheme": "dark"},
    "desktop-en-light": {"viewport": DESKTOP, "locale": "en", "color_scheme": "light"},
}
LOW = """[...document.querySelectorAll("button, summary")]
  .filter((one) => one.checkVisibility() && one.offsetHeight < 44)
  .map((one) => one.outerHTML.slice(0, 80))"""


@pytest.fixture(params=LOOKS)
def look(request: pytest.FixtureRequest, chromium: Any, demo_url: str) -> Iterator[tuple[str, Any]]:
    """The name of a look and a tab that has it."""
    with tab(chromium, demo_url, **LOOKS[request.param]) as page:
        yield request.param, page


def judge(page: Any, name: str, look: str) -> None:
    """Let every element arrive, take the picture, then hold the screen to what axe knows and its width."""
    for slate in page.locator("rec-slate").all():
        slate.scroll_into_view_if_needed()
        playwright.expect(slate).to_have_attribute("state", "shown")
    if PICTURES:
        page.evaluate("scrollTo({ top: 0, behavior: 'instant' })")
        page.screenshot(path=Path(PICTURES) / f"{name}-{look}.png", full_page=True)
    assert complaints(page) == []
    assert page.evaluate("document.documentElement.scrollWidth <= innerWidth")
    assert page.evaluate(LOW) == []


def test_screens_are_sound_for_a_stranger(look: tuple[str, Any]) -> None:
    name, page = look
    for path in ("/", "/products/item-03", "/answers"):
        page.goto(path)
        judge(page, f"stranger{path.replace('/', '-').rstrip('-')}", name)


def test_screens_are_sound_for_somebody_known(look: tuple[str, Any]) -> None:
    name, page = look
    page.goto("/")
    page.locator("button[value=grant]").click()
    page.goto("/products/item-01")
    page.locator(".product-buy .button").click()
    page.locator("#quiz").scroll_into_view_if_needed()
    page.locator("rec-quiz .rec-choice").first.click()
    page.locator("rec-quiz .rec-submit").click()
    playwright.expect(page.locator("rec-quiz .rec-card").first).to_be_visible()
    page.locator("#panel summary").click()
    judge(page, "product-answered", name)
    for screen, path in SCREENS.items():
        page.goto(path)
        for closed in page.locator(".change summary").all():
            closed.click()
        judge(page, screen, name)


def test_long_words_are_no_wider_than_a_phone(chromium: Any, demo_url: str) -> None:
    with tab(chromium, demo_url) as page:
        for path in SCREENS.values():
            page.goto(path)
            assert page.evaluate("document.documentElement.scrollWidth") <= PHONE["width"], path
