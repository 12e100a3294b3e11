import asyncio
import json
import re

import pytest
from litestar import Litestar
from litestar.testing import TestClient

from recsvc.domain.events import EventKind
from tests.recsvc.storefront.demo.conftest import HOUSEHOLD, Browser, profile_of, visitor_of
from tests.shop import Shop

Client = TestClient[Litestar]


@pytest.fixture
def told(shop: Shop, client: Client, browser: Browser) -> Browser:
    """Somebody who drinks tea and has children, and agreed to that being kept."""
    asyncio.run(shop.facts.change(visitor_of(client), {"drink": "tea", "kids": "yes"}, consent=True))
    browser.get("/answers")
    return browser


def facts(shop: Shop, client: Client) -> dict[str, object]:
    return {name: value.values for name, value in profile_of(shop, client).facts.items()}


def test_answers_stand_with_why_they_are_kept_and_until_when(told: Browser) -> None:
    assert "Tea" in told.page
    assert "We keep it ten days." in told.page
    assert "kept until" in told.page


def test_answer_is_changed(shop: Shop, client: Client, told: Browser) -> None:
    assert re.search(r'value="tea" checked', told.page)
    assert told.post("/demo/answers", action="change", fact="drink", value="coffee") == "/answers"
    assert facts(shop, client) == {"drink": ("coffee",), "kids": ("yes",)}
    assert "Based on your answers" in told.get("/")


@pytest.mark.parametrize("value", [["wine"], [""], ["tea", "coffee"], []])
def test_answer_that_cannot_be_is_refused_in_words(
    shop: Shop, client: Client, told: Browser, value: list[str]
) -> None:
    place = told.post("/demo/answers", action="change", fact="drink", value=value)
    assert place == "/answers?refused=1"
    assert 'role="alert"' in told.page
    assert facts(shop, client)["drink"] == ("tea",)


def test_answers_are_forgotten_one_by_one_and_all(shop: Shop, client: Client, told: Browser) -> None:
    told.post("/demo/answers", action="forget", fact="kids")
    assert facts(shop, client) == {"drink": ("tea",)}
    told.post("/demo/answers", action="forget_all")
    assert facts(shop, client) == {}
    assert "nothing that is kept" in told.page


def test_nothing_else_can_be_done_to_an_answer(client: Client, told: Browser) -> None:
    assert client.post("/demo/answers", data={"token": told.token, "action": "sell"}).status_code == 400


def test_stranger_has_no_answers_and_changes_none(shop: Shop, client: Client, stranger: Browser) -> None:
    assert "nothing that is kept" in stranger.get("/answers")
    assert stranger.post("/demo/answers", action="change", fact="drink", value="tea") == "/answers"
    assert facts(shop, client) == {}


def test_nothing_is_kept_before_anybody_agreed(shop: Shop, client: Client, stranger: Browser) -> None:
    assert "May we remember" in stranger.get("/products/item-03")
    stranger.post("/demo/cart", item_id="item-03", action="add", return_to="/cart")
    stranger.post("/demo/orders")
    assert "nothing of this order is remembered" in stranger.page
    assert profile_of(shop, client).revision == 0
    assert "Popular right now" in stranger.get("/")


def test_refusal_of_somebody_unknown_is_not_written_down(
    shop: Shop, client: Client, stranger: Browser
) -> None:
    stranger.get("/")
    stranger.post("/demo/consent", action="deny", return_to="/")
    assert "May we remember" not in stranger.page
    assert 'data-consent="denied"' in stranger.page
    assert profile_of(shop, client).revision == 0


def test_withdrawing_ends_the_history(shop: Shop, client: Client, told: Browser) -> None:
    told.get("/products/item-03")
    assert [line.kind for line in profile_of(shop, client).recent] == [EventKind.VIEW]
    told.post("/demo/consent", action="deny", purpose="personalise", return_to="/answers")
    assert "Popular right now" in told.get("/")
    assert profile_of(shop, client).recent == ()
    assert "drink" not in facts(shop, client)


def test_household_of_the_demo_keeps_its_history_when_somebody_stops_it(shop: Shop, browser: Browser) -> None:
    browser.shop_as(HOUSEHOLD)
    browser.post("/demo/consent", action="deny", purpose="personalise", return_to="/")
    assert "Popular right now" in browser.page
    assert "no profile was read" in browser.page
    assert shop.store.read_visitor(HOUSEHOLD).profile.recent


def test_sharing_is_granted_by_itself(shop: Shop, client: Client, browser: Browser) -> None:
    browser.get("/answers")
    browser.post("/demo/consent", action="grant", purpose="share", return_to="/answers")
    consents = profile_of(shop, client).consents
    assert {name: one.granted for name, one in consents.items()} == {"personalise": True, "share": True}


@pytest.mark.parametrize(
    "fields", [{"action": "grant", "purpose": "sell"}, {"action": "maybe"}, {"purpose": "share"}]
)
def test_consent_to_anything_else_is_refused(
    client: Client, browser: Browser, fields: dict[str, str]
) -> None:
    assert client.post("/demo/consent", data=fields | {"token": browser.token}).status_code == 400


def test_browser_that_refuses_everywhere_is_not_asked(shop: Shop, client: Client, stranger: Browser) -> None:
    page = stranger.get("/products/item-03", **{"sec-gpc": "1"})
    assert "May we remember" not in page
    assert profile_of(shop, client).revision == 0


def test_everything_is_downloaded(told: Browser) -> None:
    answer = told.client.get("/answers/export")
    assert "attachment" in answer.headers["content-disposition"]
    assert json.loads(answer.text)["profile"]["facts"]["drink"]["values"] == ["tea"]


def test_stranger_has_nothing_to_download(stranger: Browser) -> None:
    assert stranger.client.get("/answers/export").status_code == 404


def test_erasing_leaves_a_stranger(shop: Shop, client: Client, told: Browser) -> None:
    before = visitor_of(client)
    assert told.post("/demo/erase") == "/"
    assert shop.store.read_visitor(before).profile.revision == 0
    assert visitor_of(client) != before
    assert "May we remember" in told.page


def test_household_of_the_demo_is_never_erased(shop: Shop, browser: Browser) -> None:
    browser.shop_as(HOUSEHOLD)
    assert 'action="/demo/erase"' not in browser.get("/answers")
    browser.post("/demo/erase")
    assert shop.store.read_visitor(HOUSEHOLD).profile.recent
