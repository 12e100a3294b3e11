"""The demo shop in a real browser: by thumb, by keyboard and without scripts, before and after consent."""

import re
from typing import Any

import pytest

from tests.journeys.browsers import tab
from tests.journeys.conftest import HOUSEHOLD

playwright = pytest.importorskip("playwright.sync_api", reason="playwright is not installed")
BOUGHT = {"en": "Based on your purchases", "ja": "ご購入履歴から"}
DESKTOP = {"width": 1280, "height": 900}
MOST_TABS = 80
SHIFTS = """new Promise((done) => {
  new PerformanceObserver((list) => done(list.getEntries().map((one) => one.value)))
    .observe({ type: "layout-shift", buffered: true });
  setTimeout(() => done([]), 500);
})"""

pytestmark = [pytest.mark.browser, pytest.mark.server]


def agree(page: Any, path: str = "/") -> None:
    page.goto(path)
    page.locator(".consent button[value=grant]").click()
    playwright.expect(page.locator(".consent")).to_have_count(0)


def answer(page: Any, choice: str) -> None:
    page.locator("rec-quiz .rec-choice", has_text=choice).click()
    page.locator("rec-quiz .rec-submit").click()


def asked(page: Any, words: str) -> None:
    playwright.expect(page.locator("rec-quiz h3").first).to_have_text(words)


def is_shown(page: Any, slates: int) -> None:
    playwright.expect(page.locator("rec-slate[state=shown]")).to_have_count(slates)


def test_answers_on_a_product_page_change_its_shelves_and_can_be_forgotten(
    chromium: Any, demo_url: str
) -> None:
    with tab(chromium, demo_url) as page:
        agree(page)
        page.locator("#home .card-link").first.click()
        page.locator("#quiz").scroll_into_view_if_needed()
        asked(page, "Which?")
        answer(page, "Coffee")
        asked(page, "How strong?")
        playwright.expect(page.locator("rec-quiz h3").first).to_be_focused()
        playwright.expect(page.locator("rec-quiz .rec-card").first).to_be_visible()
        playwright.expect(page.locator("#panel")).to_contain_text("Coffee")
        page.goto("/")
        playwright.expect(page.locator(".basis").first).to_contain_text("your answers")
        page.goto("/answers")
        playwright.expect(page.locator(".known-words")).to_have_text("Coffee")
        page.locator(".change summary").click()
        page.locator(".choice", has_text="Tea").click()
        page.locator(".change button").click()
        playwright.expect(page.locator(".known-words")).to_have_text("Tea")
        page.locator(".known button[value=forget]").click()
        playwright.expect(page.locator(".known")).to_have_count(0)
        page.goto("/")
        playwright.expect(page.locator(".basis").first).to_have_text("Based on what you looked at")


def test_before_consent_nothing_is_kept_and_shelves_rest_on_the_page(chromium: Any, demo_url: str) -> None:
    with tab(chromium, demo_url) as page:
        sent: list[str] = []
        page.on("request", lambda one: sent.append(one.post_data or "") if "/v1/" in one.url else None)
        page.goto("/products/item-03")
        is_shown(page, 2)
        playwright.expect(page.locator(".basis").first).to_have_text("Based on this product")
        assert [body for body in sent if "anonymous_id" in body] == []
        assert page.evaluate("localStorage.length") == 0
        page.locator(".consent button[value=deny]").click()
        playwright.expect(page.locator(".consent")).to_have_count(0)
        is_shown(page, 2)
        page.locator("#panel summary").click()
        playwright.expect(page.locator("#panel")).to_contain_text("no profile was read")


def test_household_sees_its_shelves_from_the_elements(chromium: Any, demo_url: str) -> None:
    with tab(chromium, demo_url, viewport=DESKTOP) as page:
        page.goto("/visitors")
        page.get_by_role("button", name=f"Household {HOUSEHOLD}").click()
        playwright.expect(page.locator(".basis").first).to_have_text(BOUGHT["en"])
        page.wait_for_load_state("networkidle")  # an answer to the page before is gone with it
        with page.expect_response("**/v1/slates**") as answered:
            page.reload()
        assert {slate["basis"] for slate in answered.value.json()["slates"]} == {"history"}
        page.locator("#panel summary").click()
        playwright.expect(page.locator(".explained .bar").first).to_be_visible()


@pytest.mark.parametrize(("locale", "scripts"), [("en", True), ("ja", False)], ids=["en-scripts", "ja-none"])
def test_what_a_card_bought_at_the_till_is_on_the_site_of_whoever_has_it(
    chromium: Any, demo_url: str, locale: str, *, scripts: bool
) -> None:
    bought = "Item 5" if locale == "en" else "商品5"
    with tab(chromium, demo_url, locale=locale, java_script_enabled=scripts) as page:
        agree(page, "/till")
        page.locator("#card").fill(f"{locale}7")
        page.locator(".till-row .button-outline").click()
        page.locator(".till .chip[value=toys]").click()
        page.locator(".till-product[value=item-05]").click()
        page.locator(".till-product[value=item-08]").click()
        page.locator(".till-lines [value=item-08]").click()
        page.locator(".cart-total .button-wide").click()
        playwright.expect(page.locator(".ordered")).to_contain_text(f"{locale}7")
        page.goto("/")
        playwright.expect(page.locator(".basis").first).not_to_have_text(BOUGHT[locale])
        page.goto("/answers")
        page.locator("#card").fill(f"{locale}7")
        page.locator(".sheet form[action='/demo/card'] button").click()
        playwright.expect(page.locator("[role=status].purpose")).to_contain_text(f"{locale}7")
        page.goto("/")
        playwright.expect(page.locator(".basis").first).to_have_text(BOUGHT[locale])
        playwright.expect(page.locator("#panel", has_text=bought)).to_be_attached()


def reach(page: Any, target: Any) -> None:
    """Tab forward until the target has the focus, with a ring around it."""
    for _ in range(MOST_TABS):
        page.keyboard.press("Tab")
        if target.evaluate("one => one === document.activeElement"):
            assert target.evaluate("one => getComputedStyle(one).outlineStyle") == "solid"
            return
    raise AssertionError(f"no key reaches {target}")


def test_purchase_by_keyboard_alone(chromium: Any, demo_url: str) -> None:
    with tab(chromium, demo_url, viewport=DESKTOP) as page:
        page.goto("/")
        reach(page, page.locator(".skip"))
        reach(page, page.locator("#q"))
        page.keyboard.type("item 5")
        page.keyboard.press("Enter")
        page.wait_for_url("**/search?q=item+5")
        reach(page, page.locator(".consent button[value=grant]"))
        page.keyboard.press("Enter")
        playwright.expect(page.locator(".consent")).to_have_count(0)
        reach(page, page.locator(".card-link").first)
        page.keyboard.press("Enter")
        playwright.expect(page.locator("h1")).to_have_text("Item 5")
        reach(page, page.locator(".product-buy .button"))
        page.keyboard.press("Enter")
        playwright.expect(page.locator(".in-cart")).to_have_text(re.compile("1 in your cart"))
        reach(page, page.locator(".in-cart a"))
        page.keyboard.press("Enter")
        playwright.expect(page.locator("h1")).to_have_text("Your cart")
        reach(page, page.locator(".cart-total .button"))
        page.keyboard.press("Enter")
        playwright.expect(page.locator("h1")).to_have_text("Thank you for your order")


def test_without_scripts_every_page_is_whole(chromium: Any, demo_url: str) -> None:
    with tab(chromium, demo_url, java_script_enabled=False) as page:
        agree(page)
        assert page.locator("#home .rec-card").count() == 12
        page.locator(".quiz .button").click()
        page.locator(".choice", has_text="Coffee").click()
        page.locator("button", has_text="Next").first.click()
        playwright.expect(page.locator("h1, legend").first).to_contain_text("How strong?")
        page.goto("/")
        playwright.expect(page.locator(".basis").first).to_have_text("Based on your answers")
        page.locator("#home .round").first.click()
        playwright.expect(page.locator(".count")).to_have_text("1")
        page.goto("/mail")
        playwright.expect(page.frame_locator("iframe").locator("li")).to_have_count(5)
        page.frame_locator("iframe").locator(".rec-link").first.click()
        playwright.expect(page.locator(".product h1")).to_be_visible()


def test_scripts_fill_the_cart_without_loading_the_page_again(chromium: Any, demo_url: str) -> None:
    with tab(chromium, demo_url) as page:
        agree(page, "/products/item-03")
        is_shown(page, 2)
        page.evaluate("window.stayed = true")
        added = page.locator("rec-slate .round").first
        title = page.locator("rec-slate .card-title").first.inner_text()
        assert added.get_attribute("aria-label") == f"Add {title} to the cart"
        added.click()
        playwright.expect(page.locator(".tool-cart .count")).to_have_text("1")
        playwright.expect(added).to_be_focused()
        assert page.evaluate("window.stayed")
        page.goto("/cart")
        playwright.expect(page.locator(".cart-title")).to_have_text(title)
        page.locator(".stepper button[value=add]").click()
        playwright.expect(page.locator(".stepper > span")).to_contain_text("2")


def test_nothing_moves_while_the_elements_take_over(chromium: Any, demo_url: str) -> None:
    with tab(chromium, demo_url, viewport=DESKTOP) as page:
        page.goto("/")
        is_shown(page, 1)
        assert sum(page.evaluate(SHIFTS)) < 0.01


def test_service_that_is_gone_leaves_the_page_whole(chromium: Any, demo_url: str) -> None:
    with tab(chromium, demo_url) as page:
        page.route("**/v1/**", lambda route: route.abort())
        page.goto("/")
        page.locator("#home").scroll_into_view_if_needed()
        playwright.expect(page.locator("rec-slate[state=left] .rec-card")).to_have_count(12)
        page.locator("#quiz").scroll_into_view_if_needed()
        playwright.expect(page.locator(".quiz .button")).to_be_visible()
        page.unroute("**/v1/**")
        page.route("**/demo/cart", lambda route: route.fulfill(status=503, body="<h1>away</h1>"))
        page.locator("#home .round").first.click()
        playwright.expect(page.locator("h1")).to_have_text("away")


def test_language_switch_keeps_the_page(chromium: Any, demo_url: str) -> None:
    with tab(chromium, demo_url) as page:
        page.goto("/search?q=item")
        page.locator(".tool[hreflang=ja]").click()
        playwright.expect(page.locator("html")).to_have_attribute("lang", "ja")
        assert "/search?q=item" in page.url
