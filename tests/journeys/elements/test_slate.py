"""`<rec-slate>` on a page of a shop: one call a page, nothing moves, the shop's look and its own content."""

from typing import Any

import pytest

from tests.journeys.browsers import PHONE, tab
from tests.journeys.elements.conftest import Storefront, open_storefront

playwright = pytest.importorskip("playwright.sync_api", reason="playwright is not installed")
pytestmark = [pytest.mark.browser, pytest.mark.server]
DESKTOP, TALL = {"width": 1280, "height": 900}, {"width": 1280, "height": 2400}
JSON_LD = """<script type="application/ld+json">{"@context": "https://schema.org", "@graph": [
{"@type": "BreadcrumbList"}, {"@type": "Product", "sku": "item-03",
"offers": {"price": "103.00", "priceCurrency": "EUR"}}]}</script>
<script type="application/ld+json">{ not JSON</script>"""
HOME = '<rec-slate placement="home" limit="6"><p>Our own</p></rec-slate>'
TEMPLATE = """<rec-slate placement="home" light limit="3"><template><a data-rec="link">
<b data-rec="title"></b> <i data-rec="price"></i><em data-rec="before"></em></a></template></rec-slate>"""
SHIFTS = """addEventListener("DOMContentLoaded", () => new PerformanceObserver((list) => {
  for (const one of list.getEntries()) window.shifted = (window.shifted ?? 0) + one.value;
}).observe({ type: "layout-shift", buffered: true }))"""
LISTEN = """window.told = []; for (const name of ["rec:shown", "rec:click"]) {
  document.addEventListener(name, (event) => told.push([name, event.target.localName, event.detail])); }"""


def asked(page: Any) -> list[Any]:
    """The bodies of all calls for slates, filled while the page lives."""
    bodies: list[Any] = []
    page.on("request", lambda one: bodies.append(one.post_data_json) if "/v1/slates?" in one.url else None)
    return bodies


def test_one_tag_and_one_element_show_products(page: Any, storefront: Storefront) -> None:
    page.goto(storefront.pages.put("/", HOME))
    cards = page.locator("rec-slate .rec-card")
    playwright.expect(cards).to_have_count(6)
    playwright.expect(page.locator("rec-slate .rec-heading")).to_have_text("For you")
    playwright.expect(cards.first).to_contain_text("Item 0")
    playwright.expect(cards.first.locator(".rec-price")).to_have_text("€100.00 €90.00")
    link = cards.first.locator("a")
    playwright.expect(link).to_have_attribute("href", f"{storefront.pages.origin}/p/item-00")
    playwright.expect(page.get_by_text("Our own")).to_be_hidden()


def test_page_in_japanese_reads_japanese(page: Any, storefront: Storefront) -> None:
    page.goto(storefront.pages.put("/", HOME, locale="ja"))
    playwright.expect(page.locator(".rec-heading")).to_have_text("あなたへのおすすめ")
    playwright.expect(page.locator(".rec-title").first).to_have_text("商品0")


def test_all_placements_of_a_page_are_asked_for_in_one_call(page: Any, storefront: Storefront) -> None:
    first = '<rec-slate placement="similar" limit="3"></rec-slate>'
    body = f'{first}<div class="tall"></div><rec-slate placement="home" limit="3"></rec-slate>'
    bodies = asked(page)
    page.goto(storefront.pages.put("/p", body, head=JSON_LD))
    playwright.expect(page.locator("rec-slate[state=shown]")).to_have_count(2)
    assert [[one["id"] for one in body["placements"]] for body in bodies] == [["similar", "home"]]
    assert bodies[0]["placements"][0]["item"] == "item-03"


def test_nothing_is_asked_before_the_element_is_near(page: Any, storefront: Storefront) -> None:
    bodies = asked(page)
    page.goto(storefront.pages.put("/", f'<div class="tall"></div>{HOME}'))
    page.wait_for_load_state("networkidle")
    assert bodies == []
    page.locator("#after").scroll_into_view_if_needed()
    playwright.expect(page.locator(".rec-card")).to_have_count(6)


EVERYTHING = f"""{HOME}<p>Beneath</p><rec-slate placement="similar" item="item-03" limit="2"></rec-slate>
<rec-quiz quiz="kinds"></rec-quiz><p>Beneath</p><rec-question page="product"></rec-question><p>Beneath</p>
<rec-question page="nowhere"></rec-question><rec-slate placement="nowhere"><p>Own</p></rec-slate>"""


@pytest.mark.parametrize("viewport", [PHONE, DESKTOP, TALL], ids=["phone", "desktop", "all at once"])
def test_nothing_on_the_page_moves(chromium: Any, storefront: Storefront, viewport: Any) -> None:
    with tab(chromium, storefront.pages.origin, viewport=viewport) as page:
        page.add_init_script(SHIFTS)
        page.goto(storefront.pages.put("/", EVERYTHING, tag='data-consent="granted"'))
        playwright.expect(page.locator("rec-slate[state=shown]")).to_have_count(2)
        page.wait_for_load_state("networkidle")
        page.locator("#after").scroll_into_view_if_needed()
        playwright.expect(page.locator("[state=shown]")).to_have_count(4)
        page.wait_for_load_state("networkidle")
        assert page.evaluate("window.shifted ?? 0") == 0
        assert page.evaluate("document.documentElement.scrollWidth") <= viewport["width"]


def test_buttons_turn_a_list_that_is_wider_than_its_place(chromium: Any, storefront: Storefront) -> None:
    body = '<rec-slate placement="home"></rec-slate>'
    for locale, sign in (("en", 1), ("ar", -1)):
        with tab(chromium, storefront.pages.origin, viewport=DESKTOP) as page:
            page.goto(
                storefront.pages.put(
                    "/", f'<div dir="{"rtl" if sign < 0 else "ltr"}">{body}</div>', locale=locale
                )
            )
            page.get_by_role("button", name="More products").click()
            page.wait_for_function(
                "s => s * document.querySelector('rec-slate').shadowRoot.querySelector('ul').scrollLeft > 99",
                arg=sign,
            )


def test_card_template_of_the_shop_stands_in_the_page_itself(page: Any, storefront: Storefront) -> None:
    page.goto(storefront.pages.put("/", TEMPLATE))
    playwright.expect(page.locator("rec-slate > ul b")).to_have_text(["Item 0", "Item 1", "Item 2"])
    playwright.expect(page.locator("rec-slate em").nth(1)).to_be_hidden()
    assert page.evaluate("document.querySelector('rec-slate').shadowRoot") is None


def test_page_hears_what_was_shown_and_chosen(page: Any, storefront: Storefront) -> None:
    page.add_init_script(LISTEN)
    page.goto(storefront.pages.put("/", HOME))
    page.locator(".rec-card").nth(1).locator("a").evaluate("(link) => link.removeAttribute('href')")
    page.locator(".rec-card").nth(1).locator("a").click()
    shown, chosen = page.evaluate("told")
    assert (shown[0], shown[1], shown[2]["basis"], len(shown[2]["items"])) == (
        "rec:shown",
        "rec-slate",
        "popular",
        6,
    )
    assert (chosen[0], chosen[2]["item"]) == ("rec:click", "item-01")
    assert chosen[2]["slate_id"] == shown[2]["slate_id"]


def test_attribute_that_changes_asks_again(page: Any, storefront: Storefront) -> None:
    page.goto(storefront.pages.put("/", HOME))
    playwright.expect(page.locator(".rec-card")).to_have_count(6)
    page.evaluate("document.querySelector('rec-slate').setAttribute('limit', '2')")
    playwright.expect(page.locator(".rec-card")).to_have_count(2)


def test_switch_leaves_the_page_as_the_shop_wrote_it(chromium: Any, tmp_path: Any) -> None:
    config = tmp_path / "off.toml"
    config.write_text("elements = false\n", encoding="utf-8")
    with open_storefront(tmp_path, "--config", str(config)) as off, tab(chromium, off.pages.origin) as page:
        page.goto(off.pages.put("/", HOME))
        page.wait_for_load_state("networkidle")
        playwright.expect(page.get_by_text("Our own")).to_be_visible()
        assert page.evaluate("customElements.get('rec-slate')") is None
