"""WCAG 2.2 AA on every screen of the elements, as axe-core judges it."""

from typing import Any

import pytest

from tests.journeys.browsers import tab
from tests.journeys.elements.conftest import Storefront
from tests.journeys.elements.test_quiz import KINDS, MOST, give, is_done

playwright = pytest.importorskip("playwright.sync_api", reason="playwright is not installed")
axe = pytest.importorskip("axe_playwright_python.sync_playwright", reason="axe-core is not installed")
pytestmark = [pytest.mark.browser, pytest.mark.server]
SCREENS = [{"width": 390, "height": 844}, {"width": 1280, "height": 900}]
RULES = {
    "runOnly": ["wcag2a", "wcag2aa", "wcag21a", "wcag21aa", "wcag22aa", "best-practice"],
    "preload": False,
}
SLATES = """<h2>Shelves</h2><rec-slate placement="home" limit="5"></rec-slate>
<rec-slate placement="similar" item="item-03" limit="3" layout="grid"></rec-slate>"""


def complaints(page: Any) -> list[str]:
    found = axe.Axe().run(page, options=RULES).response["violations"]
    return [f"{one['id']}: {node['html'][:120]}" for one in found for node in one["nodes"]]


@pytest.mark.parametrize("locale", ["en", "ja"])
@pytest.mark.parametrize("viewport", SCREENS, ids=["phone", "desktop"])
def test_shelves_are_accessible(
    chromium: Any, storefront: Storefront, viewport: dict[str, int], locale: str
) -> None:
    with tab(chromium, storefront.pages.origin, viewport=viewport) as page:
        page.goto(storefront.pages.put("/", SLATES, locale=locale))
        playwright.expect(page.locator("rec-slate[state=shown]")).to_have_count(2)
        assert complaints(page) == []


def test_elements_suit_a_dark_page_that_sets_none_of_their_colours(
    chromium: Any, storefront: Storefront
) -> None:
    dark = '<link rel="stylesheet" href="/dark.css">'
    tea = '<h2>Quiz</h2><rec-quiz quiz="tea"></rec-quiz>'
    with tab(chromium, storefront.pages.origin) as page:
        page.goto(storefront.pages.put("/", f"{SLATES}{tea}", head=dark))
        playwright.expect(page.locator("rec-slate[state=shown]")).to_have_count(2)
        page.locator("rec-quiz").scroll_into_view_if_needed()
        page.locator("rec-quiz .rec-submit").click()
        playwright.expect(page.locator("rec-quiz [role=alert]")).not_to_be_empty()
        assert complaints(page) == []


@pytest.mark.parametrize("viewport", SCREENS, ids=["phone", "desktop"])
def test_every_screen_of_a_quiz_is_accessible(
    chromium: Any, storefront: Storefront, viewport: dict[str, int]
) -> None:
    with tab(chromium, storefront.pages.origin, viewport=viewport) as page:
        page.goto(storefront.pages.put("/", f"<h2>Quiz</h2>{KINDS}"))
        heading, said = page.locator("rec-quiz h3").first, ""
        for _ in range(MOST):
            playwright.expect(heading).not_to_have_text(said)
            said = heading.inner_text()
            assert complaints(page) == []
            if is_done(page):
                return
            give(page)
            page.locator("rec-quiz .rec-submit").click()
        raise AssertionError("the quiz did not end")
