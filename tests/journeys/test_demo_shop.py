"""The demo shop in a real browser: with and without scripts, by thumb and by keyboard, in both languages."""

import re
from typing import Any

import pytest

from tests.journeys.browsers import tab
from tests.journeys.conftest import HOUSEHOLD

playwright = pytest.importorskip("playwright.sync_api", reason="playwright is not installed")
BOUGHT = {"en": "Based on your purchases", "ja": "ご購入履歴から"}
PHONE = {"width": 360, "height": 740}
DESKTOP = {"width": 1280, "height": 900}
TILL = f"/till?card={HOUSEHOLD}&scanned=item-03&scanned=item-04&scanned=item-04"
PAGES = ("/", "/products/item-03", "/cart", "/departments/tea", "/answers", "/products/none", "/till", TILL)

pytestmark = [pytest.mark.browser, pytest.mark.server]


def answer(page: Any, choice: str) -> None:
    page.locator("#quiz .choice", has_text=choice).click()
    page.locator("#quiz button[value=answer]").click()


@pytest.mark.parametrize("scripts", [True, False], ids=["with-scripts", "without-scripts"])
def test_answering_refines_the_pages_and_buying_changes_them(
    chromium: Any, demo_url: str, *, scripts: bool
) -> None:
    with tab(chromium, demo_url, java_script_enabled=scripts) as page:
        page.goto("/")
        playwright.expect(page.locator(".basis").first).to_have_text("Popular right now")
        page.locator(".card-link").first.click()
        answer(page, "Coffee")
        playwright.expect(page.locator("#quiz legend")).to_have_text("How strong?")
        playwright.expect(page.locator("#quiz .fits li").first).to_be_visible()
        page.locator("#quiz button[value=back]").click()
        playwright.expect(page.locator("#quiz legend")).to_have_text("Which?")
        answer(page, "Tea")
        playwright.expect(page.locator("#quiz legend")).to_have_text("Children at home?")
        page.locator("#quiz button[value=skip]").click()
        playwright.expect(page.locator("#quiz h3")).to_contain_text("Thank you")
        page.locator(".product-buy button[value=add]").click()
        playwright.expect(page.locator(".in-cart")).to_have_text(re.compile("1 in your cart"))
        page.goto("/cart")
        page.locator(".cart-total button").click()
        playwright.expect(page.locator("h1")).to_have_text("Thank you for your order")
        page.goto("/")
        playwright.expect(page.locator(".basis").first).to_have_text("Based on your purchases and answers")


def test_scripts_answer_without_loading_the_page_again(chromium: Any, demo_url: str) -> None:
    with tab(chromium, demo_url) as page:
        page.goto("/products/item-03")
        page.evaluate("window.stayed = true")
        answer(page, "Coffee")
        playwright.expect(page.locator("#quiz legend")).to_have_text("How strong?")
        playwright.expect(page.locator("#quiz legend")).to_be_focused()
        page.locator(".cards .round").first.click()
        playwright.expect(page.locator(".tool-cart .count")).to_have_text("1")
        playwright.expect(page.locator(".cards .round").first).to_be_focused()
        assert page.evaluate("window.stayed")


def test_quiz_is_answered_by_keyboard_alone(chromium: Any, demo_url: str) -> None:
    with tab(chromium, demo_url, viewport=DESKTOP) as page:
        page.goto("/products/item-03")
        page.locator("#quiz input[type=radio]").first.focus()
        page.keyboard.press("ArrowDown")
        page.keyboard.press("Tab")
        page.keyboard.press("Enter")
        playwright.expect(page.locator("#quiz legend")).to_have_text("How strong?")


def test_reason_opens_and_closes_on_escape(chromium: Any, demo_url: str) -> None:
    with tab(chromium, demo_url, viewport=DESKTOP) as page:
        page.goto("/")
        first, second = page.locator(".why").nth(0), page.locator(".why").nth(1)
        first.locator("summary").click()
        second.locator("summary").click()
        playwright.expect(first).not_to_have_attribute("open", "")
        playwright.expect(second.locator(".why-panel")).to_be_visible()
        page.keyboard.press("Escape")
        playwright.expect(second.locator(".why-panel")).to_be_hidden()


def test_household_is_chosen_with_one_press(chromium: Any, demo_url: str) -> None:
    with tab(chromium, demo_url) as page:
        page.goto("/")
        page.get_by_role("button", name=f"Household {HOUSEHOLD}").click()
        playwright.expect(page.locator(".basis").first).to_have_text("Based on your purchases")


@pytest.mark.parametrize("scripts", [True, False], ids=["with-scripts", "without-scripts"])
@pytest.mark.parametrize("locale", ["en", "ja"])
def test_what_a_card_bought_at_the_till_is_on_the_site_of_whoever_has_it(
    chromium: Any, demo_url: str, locale: str, *, scripts: bool
) -> None:
    number = f"{locale}{int(scripts)}"
    bought = "Item 5" if locale == "en" else "商品5"
    with tab(chromium, demo_url, locale=locale, java_script_enabled=scripts) as page:
        page.goto("/till")
        page.locator("#card").fill(number)
        page.locator(".till-row .button-outline").click()
        page.locator(".till .chip[value=toys]").click()
        page.locator(".till-product[value=item-05]").click()
        page.locator(".till-product[value=item-05]").click()
        page.locator(".till-product[value=item-08]").click()
        page.locator(".till-lines [value=item-05]").click()
        playwright.expect(page.locator(".till-lines li")).to_have_count(2)
        page.locator(".cart-total .button-wide").click()
        playwright.expect(page.locator(".ordered")).to_contain_text(number)
    with tab(chromium, demo_url, locale=locale, java_script_enabled=scripts) as page:
        page.goto("/answers")
        page.locator("#card").fill(number)
        page.locator(".cart-total .button-outline").click()
        playwright.expect(page.locator("[role=status].purpose")).to_contain_text(number)
        page.goto("/")
        playwright.expect(page.locator(".basis").first).to_have_text(BOUGHT[locale])
        playwright.expect(page.locator(".why-panel, .why-line", has_text=bought).first).to_be_attached()


@pytest.mark.parametrize("locale", ["en", "ja"])
@pytest.mark.parametrize("viewport", [PHONE, DESKTOP], ids=["phone", "desktop"])
def test_no_page_is_wider_than_the_screen_and_targets_fit_a_thumb(
    chromium: Any, demo_url: str, viewport: dict[str, int], locale: str
) -> None:
    with tab(chromium, demo_url, viewport=viewport, locale=locale) as page:
        for path in PAGES:
            page.goto(path)
            assert page.evaluate("document.documentElement.scrollWidth") <= viewport["width"]
            heights = page.evaluate(
                "[...document.querySelectorAll('button, summary, .choice')].map(one => one.offsetHeight)"
            )
            assert min(heights, default=44) >= 44


def test_language_switch_keeps_the_page(chromium: Any, demo_url: str) -> None:
    with tab(chromium, demo_url) as page:
        page.goto("/departments/tea")
        page.locator(".tool[hreflang=ja]").click()
        assert "/departments/tea" in page.url
        playwright.expect(page.locator("html")).to_have_attribute("lang", "ja")


def test_service_that_is_gone_leaves_the_page_whole(chromium: Any, demo_url: str) -> None:
    with tab(chromium, demo_url) as page:
        page.goto("/products/item-03")
        page.route("**/demo/quiz", lambda route: route.fulfill(status=503, body="<h1>away</h1>"))
        page.locator("#quiz .choice").first.click()
        page.locator("#quiz button[value=answer]").click()
        playwright.expect(page.locator("h1")).to_have_text("away")
        page.go_back()
        playwright.expect(page.locator("#quiz legend")).to_have_text("Which?")
