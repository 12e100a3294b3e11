"""The page behind the unsubscribe link: looking ends nothing, one button or one click does."""

import asyncio

import pytest

from recsvc.domain.events import EventKind
from recsvc.serving.erasing import erase_all
from recsvc.serving.unsubscribing import UnsubscribeLinks
from tests.recsvc.storefront.quiz.conftest import BROWSER, Browser, Client
from tests.shop import SECRET, Shop

NAME = "email:" + "a" * 64
LINKS = UnsubscribeLinks(SECRET, "http://testserver.local")


def link(visitor_id: str = NAME, purpose: str = "family", locale: str = "en") -> str:
    return LINKS.of(visitor_id, purpose, locale).removeprefix("http://testserver.local")


def agree(shop: Shop, visitor_id: str = NAME, purpose: str = "family") -> None:
    shop.happen(visitor_id, EventKind.CONSENT, consent={purpose: True})
    shop.clock.advance(hours=1)


def granted(shop: Shop, visitor_id: str = NAME) -> dict[str, bool]:
    found = shop.store.read_visitor(visitor_id).profile.consents
    return {purpose: one.granted for purpose, one in found.items()}


def press(browser: Browser) -> str:
    answer = browser.client.post(browser.action, data=browser.fields(), headers=BROWSER)
    browser.page, browser.status = answer.text, answer.status_code
    return browser.page


def test_looking_ends_nothing_however_often(browser: Browser, shop: Shop) -> None:
    agree(shop)
    for _ in range(3):
        assert "Do you want no more mail" in browser.get(link())
    assert "We keep it ten days." in browser.page
    assert granted(shop) == {"family": True}


def test_button_ends_the_purpose_of_the_link_and_no_other(browser: Browser, shop: Shop) -> None:
    agree(shop)
    agree(shop, purpose="news")
    browser.get(link())
    assert "You are unsubscribed" in press(browser)
    assert granted(shop) == {"family": False, "news": True}


@pytest.mark.parametrize("encoding", ["urlencoded", "multipart"])
def test_mail_program_ends_it_by_one_click_years_later(client: Client, shop: Shop, encoding: str) -> None:
    agree(shop)
    shop.clock.advance(days=4 * 365)
    client.cookies.clear()
    if encoding == "multipart":
        answer = client.post(link(), files={"List-Unsubscribe": (None, "One-Click")})
    else:
        answer = client.post(link(), data={"List-Unsubscribe": "One-Click"})
    assert (answer.status_code, answer.history, "set-cookie" in answer.headers) == (200, [], False)
    assert granted(shop) == {"family": False}


def test_again_and_again_is_written_once_until_it_is_granted_anew(client: Client, shop: Shop) -> None:
    agree(shop)
    for _ in range(3):
        assert client.post(link()).status_code == 200
    assert len(list(shop.store.events_of({NAME}))) == 2
    agree(shop)
    client.post(link())
    assert granted(shop) == {"family": False}


def test_ledger_has_where_it_came_from_and_its_proof(client: Client, shop: Shop) -> None:
    agree(shop)
    client.post(link(locale="ja"))
    event = shop.store.events_of({NAME})[-1]
    assert (event.source, event.channel, event.consent) == ("unsubscribe", "email", {"family": False})
    assert event.wording is not None
    assert event.wording.locale == "ja"
    assert len(event.wording.proof or "") == 32


def test_answer_tells_nobody_who_is_known(client: Client, shop: Shop) -> None:
    agree(shop)
    known = [client.get(link()), client.post(link()), client.post(link())]
    other = link("email:" + "b" * 64)
    strange = [client.get(other), client.post(other), client.post(other)]

    def without_token(text: str) -> str:
        return text.split("token=", maxsplit=1)[0] + text.rsplit("locale=", maxsplit=1)[-1]

    assert [(one.status_code, without_token(one.text)) for one in known] == [
        (one.status_code, without_token(one.text)) for one in strange
    ]


def test_old_link_writes_no_erased_name_anew(client: Client, shop: Shop) -> None:
    agree(shop)
    asyncio.run(erase_all(shop.store, SECRET, [NAME]))
    assert client.post(link()).status_code == 200
    assert shop.store.events_of({NAME}) == []
    assert shop.store.visitors("", 9) == []


def test_grant_of_a_clock_that_runs_ahead_is_ended_too(client: Client, shop: Shop) -> None:
    shop.happen(NAME, EventKind.CONSENT, consent={"family": True}, days_ago=-0.002)
    client.post(link())
    assert granted(shop) == {"family": False}


def test_page_speaks_the_language_of_the_mail(browser: Browser) -> None:
    assert "配信の停止" in browser.get(link(locale="ja"), **{"accept-language": "en"})
    assert "配信を停止しました" in press(browser)
    assert "Do you want no more mail" in browser.get(link(locale="fr"), **{"accept-language": "fr"})


@pytest.mark.parametrize("token", ["", "forged", "x" * 5000, "%00", "<script>", "AAAA" * 40, "é"])
def test_link_of_somebody_else_is_a_kind_404(browser: Browser, token: str) -> None:
    assert "We do not know this link" in browser.get(f"/unsubscribe?token={token}")
    assert browser.status == 404
    assert browser.client.post(f"/unsubscribe?token={token}", headers=BROWSER).status_code == 404


def test_page_keeps_its_link_to_itself(client: Client) -> None:
    answer = client.get(link())
    assert answer.headers["referrer-policy"] == "no-referrer"
    assert answer.headers["cache-control"] == "no-store"
    assert "script-src 'self'" in answer.headers["content-security-policy"]
