import re

import pytest
from litestar import Litestar
from litestar.testing import TestClient

from recsvc.domain.events import EventKind
from recsvc.domain.profile import Profile
from recsvc.storefront.visitor import ShopVisitor
from tests.recsvc.storefront.demo.conftest import HOUSEHOLD, Browser, profile_of
from tests.shop import SECRET, Shop

FORMS = (
    "/demo/cart",
    "/demo/orders",
    "/demo/visitor",
    "/demo/till",
    "/demo/card",
    "/demo/answers",
    "/demo/consent",
    "/demo/erase",
)


def kinds(profile: Profile) -> list[str]:
    return [line.kind for line in profile.recent]


def test_click_is_recorded_once_and_changes_the_next_answer(
    shop: Shop, client: TestClient[Litestar], browser: Browser
) -> None:
    page = browser.get("/")
    place = re.search(r'class="card-link" data-rec="link" href="([^"]+)"', page)
    assert place
    browser.get(place[1].replace("&amp;", "&"))
    browser.get(place[1].replace("&amp;", "&"))
    assert sorted(kinds(profile_of(shop, client))) == [EventKind.CLICK, EventKind.VIEW]
    assert "Based on what you looked at" in browser.get("/")


def test_cart_and_order_become_events_and_change_the_next_answer(
    shop: Shop, client: TestClient[Litestar], browser: Browser
) -> None:
    browser.get("/products/item-03")
    assert browser.post("/demo/cart", item_id="item-03", action="add", return_to="/products/item-03")
    browser.post("/demo/cart", item_id="item-03", action="add", return_to="/cart")
    assert "$" not in browser.page
    assert "206.00" in browser.page
    assert "Goes with your cart" in browser.page
    assert browser.post("/demo/orders").startswith("/orders/demo-")
    assert "Thank you for your order" in browser.page
    bought = [line for line in profile_of(shop, client).recent if line.kind == EventKind.PURCHASE]
    assert [(line.item_id, line.quantity) for line in bought] == [("item-03", 2.0)]
    assert "Based on your purchases" in browser.get("/")
    assert "Your cart is empty" in browser.get("/cart")


def test_taking_out_is_recorded(shop: Shop, client: TestClient[Litestar], browser: Browser) -> None:
    browser.get("/products/item-03")
    for action in ("add", "add", "less", "remove", "remove"):
        browser.post("/demo/cart", item_id="item-03", action=action, return_to="/cart")
    assert kinds(profile_of(shop, client)).count(EventKind.REMOVE_FROM_CART) == 2
    assert "Your cart is empty" in browser.page


def test_buying_at_once_leaves_the_cart_alone(browser: Browser) -> None:
    browser.get("/products/item-03")
    browser.post("/demo/cart", item_id="item-03", action="add", return_to="/cart")
    browser.get("/products/item-04")
    browser.post("/demo/orders", item_id="item-04")
    assert "Item 3" in browser.get("/cart")


def test_empty_cart_orders_nothing(browser: Browser) -> None:
    browser.get("/products/item-03")
    assert browser.post("/demo/orders") == "/cart"


def test_switching_the_visitor_leaves_the_cart_behind(browser: Browser) -> None:
    browser.get("/products/item-03")
    browser.post("/demo/cart", item_id="item-03", action="add", return_to="/")
    browser.post("/demo/visitor", household=HOUSEHOLD, return_to="/")
    assert f"household {HOUSEHOLD} really bought" in browser.page
    assert "Your cart is empty" in browser.get("/cart")
    browser.get("/visitors")
    browser.post("/demo/visitor", household="", return_to="/")
    assert "Hello, and welcome" in browser.page


@pytest.mark.parametrize("household", ["anon:somebody", "x" * 65, "a\x00b", " ", "99999999"])
def test_household_that_cannot_be_becomes_a_new_visitor(visitor: Browser, household: str) -> None:
    visitor.shop_as(household)
    somebody = ShopVisitor.of_cookie(SECRET, visitor.client.cookies["recsvc_visitor"])
    assert somebody
    assert somebody.customer is None
    assert somebody.visitor_id != household


@pytest.mark.parametrize("path", FORMS)
def test_form_without_the_token_of_this_visit_changes_nothing(
    shop: Shop, client: TestClient[Litestar], browser: Browser, path: str
) -> None:
    browser.get("/")
    before = profile_of(shop, client)
    fields = {
        "item_id": "item-03",
        "action": "add",
        "household": HOUSEHOLD,
        "card": "77",
        "scanned": "item-03",
    }
    others = ShopVisitor.stranger(SECRET).form_token(SECRET)
    for token in ({}, {"token": ""}, {"token": "wrong"}, {"token": "ü"}, {"token": others}):
        assert client.post(path, data=fields | token).status_code == 403
    assert profile_of(shop, client) == before


@pytest.mark.parametrize("body", [b"\xff\xfe=%ff", b"{}", b"a=" + b"x" * 100_000, b"token=" * 2000])
def test_bodies_that_are_no_form_are_refused(visitor: Browser, body: bytes) -> None:
    answer = visitor.client.post(
        "/demo/cart", content=body, headers={"content-type": "application/x-www-form-urlencoded"}
    )
    assert answer.status_code in {400, 403, 413}


@pytest.mark.parametrize("place", ["https://example.org/", "//example.org", "/\\example.org", "\r\nx: y", ""])
def test_form_never_leads_elsewhere(visitor: Browser, place: str) -> None:
    visitor.get("/products/item-03")
    assert visitor.post("/demo/cart", item_id="item-03", action="add", return_to=place) == "/cart"


@pytest.mark.parametrize(
    ("fields", "status"),
    [({"item_id": "none", "action": "add"}, 404), ({"item_id": "item-03", "action": "burn"}, 400)],
)
def test_form_that_asks_for_what_is_not_is_refused(
    visitor: Browser, fields: dict[str, str], status: int
) -> None:
    visitor.get("/")
    assert visitor.client.post("/demo/cart", data=fields | {"token": visitor.token}).status_code == status


@pytest.mark.parametrize("name", ["recsvc_visitor", "recsvc_cart", "recsvc_consent", "recsvc_locale"])
@pytest.mark.parametrize("value", ["x", "eyJ9.aaaa", "IjEi.", ".", "é", "a" * 3000])
def test_cookie_that_was_not_made_here_counts_as_absent(visitor: Browser, name: str, value: str) -> None:
    answer = visitor.client.get("/", headers={b"cookie": f"{name}={value}".encode()})
    assert answer.status_code == 200
    assert "May we remember" in answer.text


def test_cookie_of_a_household_that_was_altered_is_a_new_visitor(
    client: TestClient[Litestar], browser: Browser
) -> None:
    browser.shop_as(HOUSEHOLD)
    body, signature = client.cookies["recsvc_visitor"].split(".")
    swapped = ShopVisitor.known(b"another", "1").cookie.split(".")[0]
    client.cookies.clear()
    assert "Hello, and welcome" in browser.get("/", cookie=f"recsvc_visitor={swapped}.{signature}")
    assert body != swapped


def test_cookies_are_kept_from_scripts_and_other_sites(visitor: Browser) -> None:
    for cookie in visitor.client.get("/").headers.get_list("set-cookie"):
        assert "HttpOnly" in cookie
        assert "samesite=lax" in cookie.lower()
