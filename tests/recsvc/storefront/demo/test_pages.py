import html
import re
from pathlib import Path

import msgspec
import pytest
from litestar import Litestar
from litestar.testing import TestClient

from recsvc.domain.errors import StoreUnavailableError
from recsvc.storefront.demo.routes import demo_router
from recsvc.storefront.demo.texts import LANGUAGES
from tests.recsvc.storefront.demo.conftest import HOUSEHOLD, Browser, parts_of
from tests.shop import Shop, item, sold_out

HOSTILE = (
    "<script>alert(1)</script>",
    '"><img src=x onerror=alert(1)>',
    "' onmouseover='alert(1)",
    "{{ 7 * 7 }}{% raw %}",
    "</title></svg><svg onload=alert(1)>",
    "javascript:alert(1)//",
)
PAGES = ("/", "/products/item-03", "/cart", "/departments/tea", "/answers")


def cards(page: str) -> list[str]:
    return re.findall(r'class="card-link" href="/products/([^?"]+)', page)


def test_new_visitor_sees_what_is_popular_and_is_asked(visitor: Browser) -> None:
    page = visitor.get("/")
    assert "Popular right now" in page
    assert cards(page)[0] == "item-00"
    assert "Which?" in page
    assert "To pick products." in page


def test_household_sees_its_own_history(browser: Browser) -> None:
    browser.shop_as(HOUSEHOLD)
    assert "Based on your purchases" in browser.page
    assert f"Household {HOUSEHOLD}" in browser.page


def test_product_page_shows_both_slates_without_a_product_twice(visitor: Browser) -> None:
    page = visitor.get("/products/item-03")
    assert "Similar products" in page
    assert "Often bought together" in page
    shown = cards(page)
    assert len(shown) == len(set(shown)) > 0
    assert "item-03" not in shown


def test_reasons_come_with_their_shares(browser: Browser) -> None:
    browser.shop_as(HOUSEHOLD)
    panel = re.search(r'</summary>\s*<div class="why-panel">(.*?)</div>', browser.page, re.DOTALL)
    assert panel
    assert re.search(r"<b>\d+%</b>", panel[1])


@pytest.mark.parametrize("path", PAGES)
@pytest.mark.parametrize("locale", LANGUAGES)
def test_page_is_whole_in_each_language(visitor: Browser, path: str, locale: str) -> None:
    page = visitor.get(f"{path}?locale={locale}")
    assert f'<html lang="{locale}">' in page
    assert page.count("<h1") == 1
    assert "¥" not in page
    assert "How this page was answered" in page or "このページのしくみ" in page


def test_language_stays_when_it_was_chosen(visitor: Browser) -> None:
    assert "商品3" in visitor.get("/products/item-03?locale=ja")
    assert "商品4" in visitor.get("/products/item-04")
    assert "Item 4" in visitor.get("/products/item-04?locale=en")


def test_browser_language_decides_before_anybody_chose(visitor: Browser) -> None:
    answer = visitor.client.get("/", headers={"accept-language": "de, ja;q=0.9, en;q=0.3"})
    assert '<html lang="ja">' in answer.text


@pytest.mark.parametrize("path", [*PAGES, "/products/nobody", "/departments/nothing"])
def test_every_page_carries_the_policy_and_no_inline_code(visitor: Browser, path: str) -> None:
    answer = visitor.client.get(path)
    assert answer.headers["content-security-policy"].startswith("default-src 'self'")
    assert "unsafe" not in answer.headers["content-security-policy"]
    assert answer.headers["cache-control"] == "private, no-store"
    assert not re.search(r"<script(?![^>]* src=)|<style|\son\w+=|\sstyle=|javascript:", answer.text)


def test_hostile_texts_are_shown_as_text(shop: Shop, browser: Browser) -> None:
    for title in HOSTILE:
        hostile = item(1, title=title, titles={}, brand=title, category=title)
        shop.store.put_items([hostile]).result()
        for path in ("/", "/products/item-01", "/products/item-04", "/departments/tea"):
            page = browser.get(path)
            assert title not in page.replace(html.escape(title), "") or html.escape(title) == title
            assert "<img src=x" not in page
            assert "alert(1)</script>" not in page


def test_unknown_product_is_a_page_of_its_own(visitor: Browser) -> None:
    answer = visitor.client.get("/products/none")
    assert answer.status_code == 404
    assert "We could not find that" in answer.text


@pytest.mark.parametrize("path", ["/departments/tea?page=x", "/demo/nowhere.html"])
def test_what_cannot_be_understood_is_never_a_500(visitor: Browser, path: str) -> None:
    assert visitor.client.get(path).status_code in {400, 404}


def test_department_shows_its_pages_and_categories(visitor: Browser) -> None:
    page = visitor.get("/departments/tea?page=99")
    assert "tea (en)" in page
    assert len(re.findall(r'class="card-link"', page)) == 4


def test_sold_out_product_cannot_be_bought(shop: Shop, browser: Browser) -> None:
    shop.store.put_items([sold_out(3)]).result()
    page = browser.get("/products/item-03")
    assert "Not available right now" in page
    assert 'action="/demo/orders"' not in page


def test_shop_without_anything_still_opens(tmp_path: Path) -> None:
    with TestClient(Litestar([demo_router(parts_of(Shop(tmp_path)))], openapi_config=None)) as client:
        answer = client.get("/")
    assert answer.status_code == 200
    assert "No model is published yet" in answer.text
    assert 'id="quiz"' not in answer.text


class DownIngest:
    async def take(self, _: object) -> object:
        raise StoreUnavailableError("The store does not answer.")


def test_store_that_takes_nothing_leaves_the_pages_readable(shop: Shop) -> None:
    router = demo_router(parts_of(shop, ingest=DownIngest()))
    with TestClient(Litestar([router], openapi_config=None)) as client:
        browser = Browser(client)
        assert "could not be remembered" in browser.get("/products/item-03")
        answer = client.post(
            "/demo/cart", data={"token": browser.token, "item_id": "item-03", "action": "add"}
        )
    assert answer.status_code == 503
    assert "Nothing was changed" in answer.text


def test_reduced_price_stands_beside_the_old_one(shop: Shop, browser: Browser) -> None:
    shop.store.put_items([msgspec.structs.replace(item(2), sale_price=80.0, currency="USD")]).result()
    page = browser.get("/products/item-02")
    assert "$80.00" in page
    assert "$102.00</s>" in page


def test_static_files_are_served_and_nothing_beside_them(visitor: Browser) -> None:
    page = visitor.client.get("/").text
    for address in re.findall(r'(?:href|src)="(/demo/static/[^"]+)"', page):
        assert visitor.client.get(address).status_code == 200
    assert visitor.client.get("/demo/static/..%2froutes.py").status_code in {400, 404}
