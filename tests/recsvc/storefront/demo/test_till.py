import pytest
from litestar import Litestar
from litestar.testing import TestClient

from recsvc.domain.events import Event, EventKind
from recsvc.storefront.addresses import link
from tests.recsvc.storefront.demo.conftest import HOUSEHOLD, Browser
from tests.shop import Shop


def purchases(shop: Shop) -> list[Event]:
    return [event for event in shop.store.read_events([EventKind.PURCHASE]) if event.source == "demo"]


def pay(browser: Browser, card: str, *items: str) -> str:
    browser.get("/answers")
    return browser.post("/demo/till", card=card, scanned=list(items))


def test_products_are_scanned_and_put_back_in_the_address(visitor: Browser) -> None:
    page = visitor.get("/till?card=77&scanned=item-05&scanned=item-05&scanned=item-08&back=item-05")
    assert "1 × Item 5" in page
    assert "1 × Item 8" in page
    assert "213.00" in page
    assert "Pay with card 77" in page


def test_last_card_and_department_win(visitor: Browser) -> None:
    page = visitor.get("/till?card=77&card=88&department=tea&department=toys&scanned=item-05")
    assert "Pay with card 88" in page
    assert "Item 5</b>" in page
    assert "Item 3</b>" not in page


def test_paying_is_a_purchase_of_the_card_with_store_and_channel(shop: Shop, browser: Browser) -> None:
    place = pay(browser, "77", "item-05", "item-05", "item-08")
    (bought,) = purchases(shop)
    assert (bought.visitor_id, bought.channel, bought.store_id) == ("card:77", "pos", "demo-corner")
    assert [(line.item_id, line.quantity) for line in bought.lines] == [("item-05", 2.0), ("item-08", 1.0)]
    assert place == f"/till?card=77&receipt={bought.order_id}"
    assert "Popular right now" in browser.get("/")  # who has the card is not known yet


def test_card_that_a_visitor_says_is_theirs_brings_its_purchases(browser: Browser) -> None:
    pay(browser, "77", "item-05", "item-08")
    browser.get("/answers")
    assert browser.post("/demo/card", card="77") == "/answers?card=77#card-title"
    assert "You said that card 77 is yours" in browser.page
    page = browser.get("/")
    assert "Based on your purchases" in page
    assert "Item 5" in page
    pay(browser, "77", "item-02")
    assert "Item 2" in browser.get("/")


def test_card_counts_for_nobody_who_did_not_agree(stranger: Browser) -> None:
    pay(stranger, "77", "item-05")
    stranger.post("/demo/card", card="77")
    assert "Allow personal shelves below first" in stranger.page
    assert "Popular right now" in stranger.get("/")


def test_household_has_its_card_beside_what_it_bought(shop: Shop, browser: Browser) -> None:
    browser.shop_as(HOUSEHOLD)
    before = shop.store.read_visitor(HOUSEHOLD).profile
    pay(browser, HOUSEHOLD, "item-02")
    browser.post("/demo/card", card=HOUSEHOLD)
    after = shop.store.read_visitor(HOUSEHOLD).profile
    assert after.visitor_id == HOUSEHOLD
    assert {line.item_id for line in after.recent} == {line.item_id for line in before.recent} | {"item-02"}


def test_nothing_scanned_is_nothing_bought(shop: Shop, browser: Browser) -> None:
    assert pay(browser, "77") == "/till"
    assert pay(browser, "77", "none") == "/till"
    assert purchases(shop) == []


@pytest.mark.parametrize("card", ["", "a b", "7" * 21, "カード", "x\x00", "../"])
@pytest.mark.parametrize("path", ["/demo/till", "/demo/card"])
def test_number_that_no_card_has_is_refused(
    client: TestClient[Litestar], browser: Browser, path: str, card: str
) -> None:
    browser.get("/answers")
    fields = {"token": browser.token, "card": card, "scanned": "item-05"}
    assert client.post(path, data=fields).status_code == 400
    assert "Show a card first" in browser.get(link("till", card=card, scanned="item-05"))


def test_more_than_the_counter_holds_is_left_out(visitor: Browser) -> None:
    assert "40 × Item 5" in visitor.get("/till?card=77" + "&scanned=item-05" * 60)
