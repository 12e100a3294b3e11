import pytest

from recsvc.domain.events import EventKind
from recsvc.domain.limits import Limits
from recsvc.storefront.visitor import COOKIE, ShopVisitor
from tests.recsvc.http.keys import keys_of
from tests.recsvc.storefront.quiz.conftest import BROWSER, Browser, Client, pages_of
from tests.shop import SECRET, TEA_QUIZ, Shop

TRIAL = b"""
[experiment]
key = "order"
arms = { control = 0.5, kids = 0.5 }
set = { kids = { first = "kids" } }
"""


def visitor_of(client: Client) -> ShopVisitor:
    visitor = ShopVisitor.of_cookie(SECRET, client.cookies[COOKIE])
    assert visitor
    return visitor


def test_first_page_asks_and_keeps_nothing(shop: Shop, browser: Browser) -> None:
    page = browser.get("/quizzes/tea")
    assert (browser.status, browser.question) == (200, "Which?")
    assert "Tea or coffee" in page
    assert "To pick products." in page
    assert "3 questions at most" in page
    assert dict(browser.client.cookies) == {}
    assert not list(shop.store.read_events(tuple(EventKind)))


def test_known_visitor_who_sees_the_first_question_is_noted_once_a_day(shop: Shop, browser: Browser) -> None:
    visitor = ShopVisitor.stranger(SECRET)
    browser.client.cookies[COOKIE] = visitor.cookie
    browser.get("/quizzes/tea?utm_source=letter")
    form = browser.fields()
    for _ in range(2):
        answer = browser.client.post("/quizzes/tea/seen", data=form, headers=BROWSER)
        assert answer.status_code == 204
    (event,) = shop.store.read_events(tuple(EventKind))
    assert (event.kind, event.visitor_id) == (EventKind.QUIZ_SEEN, visitor.visitor_id)
    assert event.step is not None
    assert (event.step.quiz, event.step.touchpoint) == ("tea", "quiz-page")
    assert (event.step.source, event.step.locale) == ("letter", "en")


def test_of_strangers_and_who_opts_out_nothing_is_noted(shop: Shop, browser: Browser) -> None:
    assert "data-seen" not in browser.get("/quizzes/tea")
    form = browser.fields()
    assert browser.client.post("/quizzes/tea/seen", data=form).status_code == 204
    browser.client.cookies[COOKIE] = ShopVisitor.stranger(SECRET).cookie
    assert 'data-seen="/quizzes/tea/seen"' in browser.get("/quizzes/tea")
    answer = browser.client.post("/quizzes/tea/seen", data=browser.fields(), headers={"sec-gpc": "1"})
    assert answer.status_code == 204
    assert not list(shop.store.read_events(tuple(EventKind)))
    assert browser.client.post("/quizzes/tea/seen", data=form | {"csrf": "x"}).status_code == 403


def test_who_withdrew_is_not_noted(shop: Shop, browser: Browser) -> None:
    visitor = ShopVisitor.stranger(SECRET)
    shop.happen(visitor.visitor_id, EventKind.CONSENT, consent={"personalise": False})
    browser.client.cookies[COOKIE] = visitor.cookie
    browser.get("/quizzes/tea")
    assert browser.client.post("/quizzes/tea/seen", data=browser.fields()).status_code == 204
    assert not list(shop.store.read_events({EventKind.QUIZ_SEEN}))


def test_first_answer_begins_the_session_of_a_new_visitor(shop: Shop, browser: Browser) -> None:
    browser.get("/quizzes/tea?utm_source=letter", **{"user-agent": "Mozilla/5.0 (iPhone; Mobile)"})
    answer = browser.post(value="coffee")
    assert answer.status_code == 303
    cookie = answer.headers["set-cookie"]
    assert "HttpOnly" in cookie
    assert "SameSite=lax" in cookie
    session = shop.store.read_session(answer.headers["location"].rpartition("/")[2])
    assert session
    assert (session.source, session.locale, session.touchpoint) == ("letter", "en", "quiz-page")
    assert session.visitor_id == visitor_of(browser.client).visitor_id
    browser.get(answer.headers["location"])
    assert browser.question == "How strong?"


def test_pages_need_no_key_once_there_are_keys(shop: Shop, browser: Browser) -> None:
    keys_of(shop).create_secret("server", [])
    browser.get("/quizzes/tea")
    browser.answer("coffee")
    assert (browser.status, browser.question) == (200, "How strong?")
    browser.answer("mild")
    assert browser.question == "Children at home?"


def test_pages_that_are_loaded_too_often_say_so(shop: Shop) -> None:
    keys_of(shop).create_secret("server", [])
    with Client(pages_of(shop, api={"limits": Limits(address_per_minute=1)})) as client:
        browser = Browser(client)
        browser.get("/quizzes/tea")
        assert browser.status == 200
        assert "too much at once" in browser.get("/quizzes/tea")
        assert browser.status == 429


def test_skipped_first_question_begins_as_well(browser: Browser) -> None:
    browser.get("/quizzes/tea")
    browser.answer(action="skip")
    assert browser.question == "Children at home?"


def test_visitor_of_the_cookie_stays_who_it_is(browser: Browser) -> None:
    somebody = ShopVisitor.known(SECRET, "4711")
    browser.client.cookies.set(COOKIE, somebody.cookie, domain="testserver.local", path="/")
    browser.get("/quizzes/tea")
    browser.answer("tea")
    assert visitor_of(browser.client) == somebody


@pytest.mark.parametrize(
    ("agent", "hint", "device"),
    [
        ("Mozilla/5.0 (Linux; Android 14; Pixel) Mobile Safari", "?0", "phone"),
        ("Mozilla/5.0 (X11; Linux)", "?1", "phone"),
        ("Mozilla/5.0 (iPad; CPU OS 17)", "", "tablet"),
        ("Mozilla/5.0 (Linux; Android 14; Tab S9) Safari", "?0", "tablet"),
        ("Mozilla/5.0 (Windows NT 10.0)", "?0", "desktop"),
    ],
)
def test_device_is_told_apart_coarsely(
    shop: Shop, browser: Browser, agent: str, hint: str, device: str
) -> None:
    browser.get("/quizzes/tea")
    headers = {"user-agent": agent, "sec-ch-ua-mobile": hint}
    form = browser.fields() | {"value": "tea"}
    answer = browser.client.post("/quizzes/tea", data=form, headers=headers, follow_redirects=False)
    session = shop.store.read_session(answer.headers["location"].rpartition("/")[2])
    assert session
    assert session.device == device


def test_language_is_asked_for_or_the_browsers(browser: Browser) -> None:
    assert 'lang="ja"' in browser.get("/quizzes/tea?locale=ja")
    assert "どちら" in browser.page
    assert "質問は最大3問" in browser.page
    assert 'lang="ja"' in browser.get("/quizzes/tea", **{"accept-language": "ja-JP"})
    assert 'lang="en"' in browser.get("/quizzes/tea?locale=xx", **{"accept-language": "fr"})


def test_nothing_chosen_is_told_and_nothing_begins(shop: Shop, browser: Browser) -> None:
    browser.get("/quizzes/tea?locale=ja&ref=shelf")
    answer = browser.post()
    assert answer.status_code == 422
    assert "回答を選ぶか、「わからない」を押してください。" in answer.text
    assert 'name="source" value="shelf"' in answer.text
    assert "set-cookie" not in answer.headers
    assert not list(shop.store.read_events(tuple(EventKind)))


@pytest.mark.parametrize(
    "from_elsewhere",
    [{"sec-fetch-site": "cross-site"}, {"sec-fetch-site": "same-site"}, {"origin": "https://other.example"}],
    ids=str,
)
def test_form_of_another_site_is_refused(
    shop: Shop, browser: Browser, from_elsewhere: dict[str, str]
) -> None:
    browser.get("/quizzes/tea")
    headers = BROWSER | from_elsewhere
    answer = browser.client.post("/quizzes/tea", data=browser.fields() | {"value": "tea"}, headers=headers)
    assert answer.status_code == 403
    assert "cannot be sent from there" in answer.text
    assert not list(shop.store.read_events(tuple(EventKind)))


@pytest.mark.parametrize("fields", [{"csrf": "x"}, {"csrf": ""}, {"csrf": "é"}])
def test_form_that_this_page_did_not_make_is_refused(browser: Browser, fields: dict[str, str]) -> None:
    browser.get("/quizzes/tea")
    assert browser.post(value="tea", **fields).status_code == 403


@pytest.mark.parametrize("fields", [{"colour": "red"}, {"locale": "../x"}, {"action": "jump"}])
def test_faulty_form_is_refused_by_a_page(browser: Browser, fields: dict[str, str]) -> None:
    browser.get("/quizzes/tea")
    answer = browser.post(value="tea", **fields)
    assert (answer.status_code, answer.headers["content-type"][:9]) == (400, "text/html")


def test_unknown_quiz_and_question_are_pages_of_their_own(browser: Browser) -> None:
    browser.get("/quizzes/none", **{"accept-language": "ja"})
    assert (browser.status, "見つかりませんでした" in browser.page) == (404, True)
    browser.get("/quizzes/tea")
    assert browser.post(value="tea", question="none").status_code == 404


def test_facts_that_are_known_are_not_asked_again(browser: Browser) -> None:
    browser.get("/quizzes/tea")
    browser.answer("tea")
    browser.answer("no", agreed="yes")
    page = browser.get("/quizzes/tea")
    assert browser.question is None
    assert "We already know" in page
    browser.answer()
    assert "Chosen for you" in browser.page


def test_newcomer_stays_in_the_arm_whose_question_was_shown(shop: Shop, browser: Browser) -> None:
    shop.publish(TEA_QUIZ.replace(b"revision = 1", b"revision = 2") + TRIAL)
    for _ in range(6):
        browser.client.cookies.clear()
        browser.get("/quizzes/tea")
        first = "kids" if browser.question == "Children at home?" else "control"
        value = {"value": "yes", "agreed": "yes"} if first == "kids" else {"value": "tea"}
        answer = browser.post(**value)
        session = shop.store.read_session(answer.headers["location"].rpartition("/")[2])
        assert session
        assert session.arm == first


@pytest.mark.parametrize("path", ["/quizzes/tea", "/quizzes/none", "/quiz-sessions/none"])
def test_every_page_lets_nothing_else_in(browser: Browser, path: str) -> None:
    headers = browser.client.get(path).headers
    assert headers["content-security-policy"].startswith("default-src 'none'")
    assert "unsafe" not in headers["content-security-policy"]
    assert "frame-ancestors 'self'" in headers["content-security-policy"]
    assert headers["referrer-policy"] == "no-referrer"
    assert headers["cache-control"] == "no-store"
    assert headers["x-content-type-options"] == "nosniff"
    assert headers["x-frame-options"] == "SAMEORIGIN"
