"""What a page tells the service, and what it keeps: under consent, once, and of the right visitor."""

import json
import subprocess
import sys
import time
from typing import Any

import pytest

from tests.journeys.elements.conftest import Storefront
from tests.journeys.elements.test_slate import JSON_LD

playwright = pytest.importorskip("playwright.sync_api", reason="playwright is not installed")
pytestmark = [pytest.mark.browser, pytest.mark.server]
GRANTED, DENIED = 'data-consent="granted"', 'data-consent="denied"'
HOME = '<rec-slate placement="home" limit="8"></rec-slate>'
KEPT = "() => localStorage.getItem('recsvc.visitor')"
CONSENT = """dataLayer = []; gtag = function () { dataLayer.push(arguments); };
gtag("consent", "default", { personalization_storage: "denied" });"""
GRANT = 'gtag("consent", "update", { personalization_storage: "granted" })'
SOLD = """dataLayer.push({ event: "purchase", ecommerce: { transaction_id: "T-%s", currency: "EUR",
  items: [{ item_id: "item-05", price: 105, quantity: 2 }] } })"""
PATIENCE_S = 30.0


def await_events(storefront: Storefront, visitor_id: str, kind: str, count: int) -> list[str]:
    """The items of a visitor's events of a kind, once there are so many."""
    limit = time.monotonic() + PATIENCE_S
    while True:
        found = [
            items[0]
            for who, what, items in storefront.events()
            if (who, what) == (f"anon:{visitor_id}", kind)
        ]
        if len(found) >= count or time.monotonic() > limit:
            return found
        time.sleep(0.1)


def reported(storefront: Storefront, placement: str) -> list[int]:
    """Visitors, slates, impressions and clicks of a placement."""
    command = [
        sys.executable,
        "-m",
        "recsvc",
        "report",
        "placements",
        "--json",
        "--state",
        str(storefront.state),
    ]
    done = subprocess.run(command, capture_output=True, text=True, check=False)
    found = map(json.loads, done.stdout.splitlines())
    arms = [one["arms"][0] for one in found if one.get("placement") == placement]
    names = ("visitors", "slates", "impressions", "clicks")
    return [arms[0][name] if arms else 0 for name in names]


def kept_visitor(page: Any) -> str:
    page.wait_for_function(KEPT)
    found: str = page.evaluate(KEPT)
    return found


def test_impressions_are_those_that_were_on_the_screen(page: Any, storefront: Storefront) -> None:
    page.goto(storefront.pages.put("/", HOME, tag=GRANTED))
    playwright.expect(page.locator(".rec-card")).to_have_count(8)
    seen = await_events(storefront, kept_visitor(page), "impression", 2)
    assert sorted(seen) == ["item-00", "item-01"]  # two of the eight fit a phone
    page.locator(".rec-list").evaluate("(list) => list.scrollTo(list.scrollWidth, 0)")
    seen = await_events(storefront, kept_visitor(page), "impression", 4)
    assert sorted(seen) == ["item-00", "item-01", "item-06", "item-07"]


def test_click_is_told_though_the_page_goes(page: Any, storefront: Storefront) -> None:
    storefront.pages.put("/p/item-01", "")
    page.goto(storefront.pages.put("/", HOME, tag=GRANTED))
    visitor_id = kept_visitor(page)
    page.wait_for_load_state("networkidle")
    page.locator(".rec-card a").nth(1).click()
    page.wait_for_url("**/p/item-01")
    assert await_events(storefront, visitor_id, "click", 1) == ["item-01"]


def test_what_was_seen_and_clicked_is_in_the_report_of_its_placement(
    page: Any, storefront: Storefront
) -> None:
    before = reported(storefront, "similar")
    storefront.pages.put("/p/item-05", "")
    similar = '<rec-slate placement="similar" item="item-04" limit="8"></rec-slate>'
    page.goto(storefront.pages.put("/", similar, tag=GRANTED))
    visitor_id = kept_visitor(page)
    await_events(storefront, visitor_id, "impression", 2)
    page.locator(".rec-card a").first.click()
    page.wait_for_url("**/p/item-05")
    await_events(storefront, visitor_id, "click", 1)
    after = reported(storefront, "similar")
    assert [now - then for now, then in zip(after, before, strict=True)] == [1, 1, 2, 1]


@pytest.mark.parametrize("tag", ["", DENIED], ids=["unsaid", "denied"])
def test_without_consent_nothing_is_kept_or_told(page: Any, storefront: Storefront, tag: str) -> None:
    before, calls = storefront.events(), []
    storefront.pages.put("/p/item-00", "")
    page.on("request", lambda one: calls.append(one.url))
    page.goto(storefront.pages.put("/", HOME, tag=tag))
    playwright.expect(page.locator(".rec-card")).to_have_count(8)
    page.locator(".rec-card a").first.click()
    page.wait_for_url("**/p/item-00")
    assert [url for url in calls if "/v1/visitors" in url or "/v1/events" in url] == []
    assert page.evaluate("[Object.keys(localStorage), document.cookie]") == [[], ""]
    assert storefront.events() == before


def test_consent_that_is_withdrawn_takes_the_id_with_it(page: Any, storefront: Storefront) -> None:
    page.goto(storefront.pages.put("/", HOME, tag=GRANTED))
    kept_visitor(page)
    page.goto(storefront.pages.put("/", HOME, tag=DENIED))
    playwright.expect(page.locator(".rec-card")).to_have_count(8)
    assert page.evaluate(KEPT) is None


def test_browser_that_opts_out_everywhere_denies(page: Any, storefront: Storefront) -> None:
    page.add_init_script("Object.defineProperty(navigator, 'globalPrivacyControl', { value: true })")
    page.goto(storefront.pages.put("/", HOME, tag=GRANTED))
    playwright.expect(page.locator(".rec-card")).to_have_count(8)
    assert page.evaluate(KEPT) is None


def test_what_ga4_is_told_is_told_to_the_service_once_somebody_agreed(
    page: Any, storefront: Storefront
) -> None:
    page.add_init_script(CONSENT)
    page.goto(storefront.pages.put("/", HOME, tag='data-events="datalayer"'))
    playwright.expect(page.locator(".rec-card")).to_have_count(8)
    page.wait_for_function("() => dataLayer.push !== Array.prototype.push")
    page.evaluate(SOLD % "1")
    page.evaluate("dataLayer.push({ event: 'gtm.js' })")
    assert page.evaluate(KEPT) is None
    page.evaluate(GRANT)
    visitor_id = kept_visitor(page)
    assert await_events(storefront, visitor_id, "purchase", 1) == ["item-05"]
    page.evaluate(SOLD % "2")
    assert await_events(storefront, visitor_id, "purchase", 2) == ["item-05"] * 2
    page.evaluate("gtag('event', 'view_item', { items: [{ item_id: 'item-03' }] })")
    assert await_events(storefront, visitor_id, "view", 1) == ["item-03"]


def quiz_seen(storefront: Storefront) -> list[str]:
    """Who saw a quiz."""
    return [who for who, what, _ in storefront.events() if what == "quiz_seen"]


def test_quiz_whose_first_question_was_on_the_screen_is_seen(page: Any, storefront: Storefront) -> None:
    before = quiz_seen(storefront)
    quiz = '<div class="tall"></div><rec-quiz quiz="tea"></rec-quiz>'
    page.goto(storefront.pages.put("/", quiz, tag=GRANTED))
    page.evaluate("scrollTo(0, 2700)")  # near enough to be there, and not to be seen
    playwright.expect(page.locator("rec-quiz h3").first).to_be_attached()
    page.wait_for_timeout(1500)
    page.evaluate("document.dispatchEvent(new Event('visibilitychange'))")
    assert quiz_seen(storefront) == before
    page.locator("rec-quiz h3").first.scroll_into_view_if_needed()
    limit = time.monotonic() + PATIENCE_S
    while quiz_seen(storefront) == before and time.monotonic() < limit:
        time.sleep(0.1)
    assert quiz_seen(storefront) == [*before, f"anon:{kept_visitor(page)}"]


def test_quiz_that_is_seen_without_consent_is_not_told(page: Any, storefront: Storefront) -> None:
    calls: list[str] = []
    page.on("request", lambda one: calls.append(one.url))
    page.goto(storefront.pages.put("/", '<rec-quiz quiz="tea"></rec-quiz>'))
    playwright.expect(page.locator("rec-quiz h3").first).to_be_visible()
    page.wait_for_timeout(3500)  # a second to be seen, two for the batch
    assert [url for url in calls if "/v1/events" in url] == []


def test_product_of_the_page_is_a_view_where_the_shop_wants_it(page: Any, storefront: Storefront) -> None:
    page.goto(storefront.pages.put("/", "", head=JSON_LD, tag=f'{GRANTED} data-events="page"'))
    assert await_events(storefront, kept_visitor(page), "view", 1) == ["item-03"]


def test_what_was_bought_changes_the_next_page(page: Any, storefront: Storefront) -> None:
    page.add_init_script(f"{CONSENT}; {GRANT}")
    page.goto(storefront.pages.put("/", HOME, tag='data-events="datalayer"'))
    page.wait_for_function("() => dataLayer.push !== Array.prototype.push")
    page.evaluate(SOLD % "3")
    await_events(storefront, kept_visitor(page), "purchase", 1)
    with page.expect_response("**/v1/slates?*") as answered:
        page.reload()
    assert answered.value.json()["slates"][0]["basis"] == "history"
