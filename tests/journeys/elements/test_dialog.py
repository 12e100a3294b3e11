"""A quiz that opens over the page: by thumb and keys, left and come back to, or a plain link."""

from typing import Any

import pytest

from tests.journeys.browsers import tab
from tests.journeys.elements.conftest import Storefront
from tests.journeys.elements.test_accessibility import complaints
from tests.journeys.elements.test_quiz import take

playwright = pytest.importorskip("playwright.sync_api", reason="playwright is not installed")
pytestmark = [pytest.mark.browser, pytest.mark.server]
LINK = '<h2>Tea</h2><rec-quiz quiz="{quiz}" mode="{mode}"><a href="#quiz-page">Find my tea</a></rec-quiz>'


@pytest.mark.parametrize("mode", ["popup", "full"])
def test_quiz_opens_on_a_press_and_leads_to_its_result(page: Any, storefront: Storefront, mode: str) -> None:
    page.goto(storefront.pages.put("/", LINK.format(quiz="kinds", mode=mode)))
    playwright.expect(page.locator("rec-quiz[state=shown]")).to_have_count(1)
    dialog = page.get_by_role("dialog", name="Find my tea")
    playwright.expect(dialog).to_have_count(0)
    page.get_by_text("Find my tea").click()
    playwright.expect(dialog.locator("h3").first).to_be_focused()
    assert "#quiz-page" not in page.url
    assert complaints(page) == []
    width = dialog.evaluate("one => one.offsetWidth")
    assert width == 390 if mode == "full" else width < 390
    assert len(take(page)) == 8


def test_quiz_closes_on_escape_and_beside_it_and_goes_on_where_it_was(
    page: Any, storefront: Storefront
) -> None:
    page.goto(storefront.pages.put("/", LINK.format(quiz="tea", mode="popup")))
    playwright.expect(page.locator("rec-quiz[state=shown]")).to_have_count(1)
    link = page.get_by_text("Find my tea")
    link.focus()
    page.keyboard.press("Enter")
    page.get_by_label("Coffee").check()
    page.get_by_role("button", name="Next").click()
    playwright.expect(page.get_by_role("heading", name="How strong?")).to_be_focused()
    page.keyboard.press("Escape")
    playwright.expect(page.get_by_role("dialog")).to_have_count(0)
    playwright.expect(link).to_be_focused()
    link.click()
    playwright.expect(page.get_by_role("heading", name="How strong?")).to_be_visible()
    page.mouse.click(3, 3)
    playwright.expect(page.get_by_role("dialog")).to_have_count(0)
    link.click()
    page.get_by_role("button", name="Close").click()
    playwright.expect(page.get_by_role("dialog")).to_have_count(0)


def test_press_does_what_the_shop_wrote_where_the_quiz_cannot_come(
    chromium: Any, storefront: Storefront
) -> None:
    with tab(chromium, storefront.pages.origin) as page:
        page.route("**/opening**", lambda route: route.abort())
        page.goto(storefront.pages.put("/", LINK.format(quiz="tea", mode="popup")))
        playwright.expect(page.locator("rec-quiz[state=left]")).to_have_count(1)
        page.get_by_text("Find my tea").click()
        assert page.url.endswith("#quiz-page")
