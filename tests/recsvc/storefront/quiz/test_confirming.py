"""The page behind the link in a mail: looking confirms nothing, the button does once."""

import asyncio
import html
import re
from pathlib import Path

import pytest

from recsvc.domain.contacts import Contact
from recsvc.domain.events import EventKind
from recsvc.domain.limits import Limits
from recsvc.serving.confirmation_token import write_token
from recsvc.serving.contacts import Wish
from tests.recsvc.http.keys import keys_of
from tests.recsvc.storefront.quiz.conftest import BROWSER, Browser, Client, pages_of
from tests.shop import SECRET, Shop

WISH = Wish("ada@example.com", "family", "2", "en")
CONTACT_QUIZ = Path(__file__).with_name("mail.quiz.toml").read_bytes()
LINE = b', { via = "line", purpose = "line", confirm = "platform" }'
MAIL = "/confirm?token={}&locale={}"


def ask(shop: Shop, wish: Wish = WISH) -> str:
    """The token of the link that the mail carries."""
    contact: Contact = asyncio.run(shop.contacts.ask("anon:browser", wish))
    return write_token(SECRET, contact.contact_id, contact.expires_at or 0.0)


def consents(shop: Shop) -> list[str]:
    return list(shop.store.read_visitor("anon:browser").profile.consents)


def press(browser: Browser) -> str:
    """Press the button of the page."""
    answer = browser.client.post(browser.action, data=browser.fields(), headers=BROWSER)
    browser.page, browser.status = answer.text, answer.status_code
    return browser.page


def test_looking_confirms_nothing_however_often(browser: Browser, shop: Shop) -> None:
    token = ask(shop)
    for _ in range(3):
        assert "Is this your address?" in browser.get(MAIL.format(token, "en"))
    assert browser.status == 200
    assert "We keep it ten days." in browser.page
    assert "a…@example.com" in browser.page
    assert "ada@example.com" not in browser.page
    assert list(shop.store.read_events(set(EventKind))) == []


def test_the_button_confirms_once(browser: Browser, shop: Shop) -> None:
    token = ask(shop)
    browser.get(MAIL.format(token, "en"))
    action, fields = browser.action, browser.fields()
    assert "Confirmed. Thank you." in press(browser)
    assert (browser.status, consents(shop)) == (200, ["family"])
    again = browser.client.post(action, data=fields, headers=BROWSER)
    assert (again.status_code, "This link has been used already" in again.text) == (409, True)
    browser.get(MAIL.format(token, "en"))
    assert (browser.status, "<form" in browser.page) == (409, False)
    assert len(list(shop.store.read_events({EventKind.CONSENT}))) == 1


def test_no_cookie_is_needed_nor_set(client: Client, shop: Shop) -> None:
    client.cookies.clear()
    answer = client.post("/confirm", data={"token": ask(shop)}, headers=BROWSER)
    assert (answer.status_code, "set-cookie" in answer.headers) == (200, False)
    assert answer.headers["referrer-policy"] == "no-referrer"
    assert answer.headers["cache-control"] == "no-store"


@pytest.mark.parametrize(
    ("locale", "button", "over"),
    [
        ("en", "Yes, this is my address", "This link is over"),
        ("ja", "はい、わたしのアドレスです", "リンクの有効期限が過ぎました"),
    ],
)
def test_the_pages_speak_the_language_of_the_mail(
    browser: Browser, shop: Shop, locale: str, button: str, over: str
) -> None:
    token = ask(shop, WISH._replace(locale=locale))
    page = browser.get(MAIL.format(token, locale), **{"accept-language": "fr"})
    assert button in page
    assert f'<html lang="{locale}">' in page
    action, fields = browser.action, browser.fields()
    shop.clock.advance(hours=48)
    assert over in browser.get(MAIL.format(token, locale))
    assert browser.status == 410
    late = browser.client.post(action, data=fields, headers=BROWSER | {"accept-language": "fr"})
    assert (late.status_code, over in late.text) == (410, True)
    assert consents(shop) == []


@pytest.mark.parametrize("token", ["", "forged", "a.1." + "0" * 32, "x" * 5000, "%00", "<script>"])
def test_a_link_of_somebody_else_is_a_kind_404(browser: Browser, token: str) -> None:
    assert "We do not know this link" in browser.get(MAIL.format(token, "en"))
    assert browser.status == 404
    assert "<script>" not in browser.page.replace('<script type="module"', "")


@pytest.mark.parametrize(
    ("body", "status"),
    [
        ({"x": "y"}, 400),
        ({"token": "x" * 201}, 400),
        ({"token": "x", "more": "y"}, 400),
        ({"token": "x"}, 404),
    ],
)
def test_a_form_that_is_none_is_told_by_a_page(client: Client, body: dict[str, str], status: int) -> None:
    answer = client.post("/confirm", data=body, headers=BROWSER)
    assert (answer.status_code, "<h1>" in answer.text) == (status, True)
    assert client.post("/confirm", json=body, headers=BROWSER).status_code == 415


def test_a_purpose_that_no_quiz_words_is_said_in_general(browser: Browser, shop: Shop) -> None:
    token = ask(shop, WISH._replace(purpose="newsletter", locale="fr"))
    page = browser.get(MAIL.format(token, "fr"), **{"accept-language": "ja"})
    assert "このアドレスにお届けすること。" in page


def test_the_wording_is_in_the_language_of_the_page_and_so_is_the_proof(browser: Browser, shop: Shop) -> None:
    token = ask(shop, WISH._replace(locale="fr"))
    page = browser.get(MAIL.format(token, "fr"), **{"accept-language": "ja"})
    assert "十日" in page
    assert "We keep it ten days." not in page
    press(browser)
    (granted,) = shop.store.read_events({EventKind.CONSENT})
    assert granted.wording is not None
    assert (granted.wording.policy, granted.wording.locale) == ("2", "ja")


def test_the_result_of_a_quiz_says_what_becomes_of_the_address(browser: Browser, shop: Shop) -> None:
    shop.publish(CONTACT_QUIZ)
    browser.get("/quizzes/mail")
    browser.answer("a")
    assert "We send one message to this address" in browser.page
    browser.answer("email", "ada@example.com")
    assert "We have sent you a mail. Open the link in it to confirm" in browser.page
    (contact,) = [one for row in shop.store._contacts.values() if (one := row.contact)]
    asyncio.run(shop.contacts.confirm(write_token(SECRET, contact.contact_id, contact.expires_at or 0.0)))
    assert "Your address is confirmed." in browser.get(browser.path)


def test_one_way_to_be_written_to_needs_no_choice(browser: Browser, shop: Shop) -> None:
    shop.publish(CONTACT_QUIZ.replace(LINE, b""))
    browser.get("/quizzes/mail")
    browser.answer("a")
    form = browser.page.partition('id="offer"')[2]
    assert 'type="radio"' not in form
    assert '<input type="hidden" name="value" value="email">' in form
    assert "Write to me." in form
    browser.answer("email", "")
    assert "Enter an e-mail address, such as name@example.com." in browser.page
    browser.answer("email", "ada@example.com")
    assert "We have sent you a mail." in browser.page


def test_pages_ask_no_more_owners_than_one_place_may(shop: Shop) -> None:
    keys_of(shop).create_secret("server", [])
    shop.publish(CONTACT_QUIZ)
    with Client(pages_of(shop, api={"limits": Limits(contacts_per_minute=1)})) as client:
        browser = Browser(client)
        browser.get("/quizzes/mail")
        browser.answer("a")
        browser.answer("email", "0@example.com")
        browser.get(f"{browser.path}?change=stay")
        form = browser.fields() | {"value": ["email", "1@example.com"]}
        refused = client.post(browser.action, data=form, headers=BROWSER)
    assert (refused.status_code, "too much at once" in refused.text) == (429, True)
    assert shop.store.notice_depth().waiting == 1


def test_the_result_of_a_quiz_says_that_line_asks_by_itself(browser: Browser, shop: Shop) -> None:
    shop.publish(CONTACT_QUIZ)
    browser.get("/quizzes/mail")
    browser.answer("a")
    browser.answer("line")
    assert re.search("Add our account there as a friend", html.unescape(browser.page))
    assert shop.store._contacts == {}
