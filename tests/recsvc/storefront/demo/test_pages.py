import base64
import hashlib
import html
import json
import re
from pathlib import Path

import msgspec
import pytest
from litestar import Litestar
from litestar.testing import TestClient

from recsvc.domain.errors import StoreUnavailableError
from recsvc.domain.events import EventKind
from recsvc.domain.profile import FactValue
from recsvc.http.signing import is_anonymous_id
from recsvc.storefront.demo.routes import demo_router
from recsvc.storefront.demo.texts import LANGUAGES
from tests.artifacts import NOW
from tests.recsvc.storefront.demo.conftest import HOUSEHOLD, Browser, parts_of, visitor_of
from tests.shop import SECRET, Shop, item, sold_out

HOSTILE = (
    "<script>alert(1)</script>",
    '"><img src=x onerror=alert(1)>',
    "' onmouseover='alert(1)",
    "{{ 7 * 7 }}{% raw %}",
    "</title></svg><svg onload=alert(1)>",
    "javascript:alert(1)//",
)
PAGES = (
    "/",
    "/products/item-03",
    "/cart",
    "/departments/tea",
    "/departments/tea?category=tea",
    "/answers",
    "/search?q=item",
    "/search?q=nothing",
    "/orders/demo-1",
    "/visitors",
    "/till",
    "/mail",
)


def cards(page: str) -> list[str]:
    return re.findall(r'class="card-link" data-rec="link" href="/products/([^?"]+)', page)


def test_new_visitor_sees_what_is_popular_and_is_asked(visitor: Browser) -> None:
    page = visitor.get("/")
    assert "Popular right now" in page
    assert cards(page)[0] == "item-00"
    assert '<rec-quiz quiz="tea">' in page
    assert 'href="/quizzes/tea?locale=en"' in page


def test_household_sees_its_own_history(browser: Browser) -> None:
    browser.shop_as(HOUSEHOLD)
    assert "Based on your purchases" in browser.page
    assert f"household {HOUSEHOLD} really bought" in browser.page


def test_elements_speak_for_the_household_by_an_id_of_this_browser(shop: Shop, browser: Browser) -> None:
    browser.shop_as(HOUSEHOLD)
    found = re.search(r'data-visitor="([^"]+)" data-consent="granted"', browser.page)
    assert found
    assert is_anonymous_id(SECRET, found[1])
    assert shop.store.read_visitor(f"anon:{found[1]}").profile.visitor_id == HOUSEHOLD


def test_page_describes_its_product_for_machines(shop: Shop, browser: Browser) -> None:
    shop.store.put_items([item(3, title="</script><b>", titles={}, currency="JPY")]).result()
    found = re.search(r'<script type="application/ld\+json">(.*?)</script>', browser.get("/products/item-03"))
    assert found
    told = json.loads(found[1])
    assert (told["sku"], told["name"]) == ("item-03", "</script><b>")
    assert told["offers"] == {"@type": "Offer", "price": 103.0, "priceCurrency": "JPY"}


def test_panel_says_what_was_known_and_what_counted(browser: Browser) -> None:
    browser.shop_as(HOUSEHOLD)
    panel = browser.page.partition('id="panel"')[2]
    assert "bought Item 8" in panel
    assert "candidates looked at" in panel
    assert re.search(r"<b>\d+%</b>", panel)


def test_panel_of_a_stranger_says_that_nothing_was_read(stranger: Browser) -> None:
    assert "no profile was read" in stranger.get("/")


def test_search_finds_products_by_all_their_words(visitor: Browser) -> None:
    assert cards(visitor.get("/search?q=ITEM%201")) == ["item-01", "item-10", "item-11"]
    assert "Nothing has all of these words" in visitor.get("/search?q=item%20nothing")
    assert cards(visitor.page)  # what is popular
    assert cards(visitor.get("/search?locale=ja&q=%E5%95%86%E5%93%81%EF%BC%93")) == ["item-03"]


def test_mail_runs_nothing_and_looks_like_its_own_style_only(browser: Browser) -> None:
    browser.shop_as(HOUSEHOLD)
    answer = browser.client.get("/mail/body")
    style = re.search(r"<style>(.*?)</style>", answer.text, re.DOTALL)
    assert style
    digest = base64.b64encode(hashlib.sha256(style[1].encode()).digest()).decode()
    assert f"style-src 'sha256-{digest}'" in answer.headers["content-security-policy"]
    assert answer.headers["content-security-policy"].startswith("default-src 'none'")
    assert "<script" not in answer.text
    assert answer.text.count('class="rec-card"') == 5


def test_mail_shows_nothing_of_a_sensitive_answer(shop: Shop, browser: Browser) -> None:
    before = browser.get("/"), browser.get("/mail"), browser.get("/mail/body")
    said = FactValue(
        ("dry",), NOW.timestamp(), purpose="personalise", quiz="unpublished", revision=1, question="skin"
    )
    shop.happen(visitor_of(browser.client), EventKind.QUESTION_ANSWERED, fact="skin", value=said)
    home, mail, body = browser.get("/"), browser.get("/mail"), browser.get("/mail/body")
    assert cards(home) != cards(before[0])
    assert cards(mail) == cards(before[1])
    assert body == before[2]


def test_product_page_shows_both_slates_without_a_product_twice(visitor: Browser) -> None:
    page = visitor.get("/products/item-03")
    assert "Similar products" in page
    assert "Often bought together" in page
    shown = cards(page)
    assert len(shown) == len(set(shown)) > 0
    assert "item-03" not in shown


@pytest.mark.parametrize("path", PAGES)
@pytest.mark.parametrize("locale", LANGUAGES)
def test_page_is_whole_in_each_language(visitor: Browser, path: str, locale: str) -> None:
    page = visitor.get(f"{path}{'&' if '?' in path else '?'}locale={locale}")
    assert f'<html lang="{locale}">' in page
    assert page.count("<h1") == 1
    assert "¥" not in page
    assert "What the service knew" in page or "サービスが知っていたこと" in page


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
    assert not re.search(
        r"<script(?![^>]* (?:src=|type=.application/ld))|<style|\son\w+=|\sstyle=|javascript:", answer.text
    )


def test_hostile_texts_are_shown_as_text(shop: Shop, browser: Browser) -> None:
    for title in HOSTILE:
        hostile = item(1, title=title, titles={}, brand=title, category=title)
        shop.store.put_items([hostile]).result()
        for path in ("/", "/products/item-01", "/products/item-04", "/departments/tea"):
            page = re.sub(r"ld\+json\">[^<]*</script>", "", browser.get(path))
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
    assert len(re.findall(r'<li class="rec-card"', page)) == 4


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
    assert "rec-quiz" not in answer.text


class DownIngest:
    async def take(self, _: object) -> object:
        raise StoreUnavailableError("The store does not answer.")


def test_store_that_takes_nothing_leaves_the_pages_readable(shop: Shop) -> None:
    router = demo_router(parts_of(shop, ingest=DownIngest()))
    with TestClient(Litestar([router], openapi_config=None)) as client:
        browser = Browser(client)
        browser.agree()
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
