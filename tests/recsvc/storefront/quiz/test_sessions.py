import html
import re
from pathlib import Path

import pytest

from recsvc.storefront.visitor import COOKIE
from tests.recsvc.storefront.quiz.conftest import BROWSER, Browser
from tests.shop import TEA_QUIZ, Shop

KINDS = (Path(__file__).parent / "kinds.quiz.toml").read_bytes()


@pytest.fixture
def kinds(shop: Shop, browser: Browser) -> Browser:
    shop.publish(KINDS)
    browser.get("/quizzes/kinds")
    return browser


def resume_link(page: str) -> str:
    found = re.search(r'href="(/quiz-sessions/resume\?token=[^"]+)"', page)
    assert found
    return html.unescape(found[1])


def to_the_result(browser: Browser) -> None:
    browser.get("/quizzes/tea")
    browser.answer("tea")
    browser.answer("no", agreed="yes")


def test_every_kind_of_question_is_a_native_form_to_the_end(kinds: Browser) -> None:
    assert kinds.page.count('type="radio"') == 2
    assert 'alt="A lamp"' in kinds.page
    assert 'src="/quizzes/kinds/1/images/light.svg"' in kinds.page
    assert 'src="https://shop.example/dark.png"' in kinds.page
    kinds.answer("a")
    assert kinds.question == "Nice to meet you"
    assert 'value="skip"' not in kinds.page
    kinds.answer()
    assert kinds.page.count('type="checkbox"') == 4
    assert "Choose up to 2." in kinds.page
    kinds.answer("a", "c")
    assert 'type="number"' in kinds.page
    assert 'value="120"' in kinds.page
    assert "From 50 to 500 yen" in kinds.page
    kinds.answer("60")
    assert kinds.page.count('type="radio"') == 5
    assert 'value="skip"' not in kinds.page
    kinds.answer("4")
    assert kinds.page.count("<select") == 3
    kinds.answer("2:x", "", "1:z")
    kinds.answer("2")
    assert "<textarea" in kinds.page
    assert "Shall we write?" not in kinds.page
    kinds.answer("no onions")
    page = kinds.page
    for words in ("Light", "A, C", "60 yen", "Z › X", "no onions", "Chosen for you", "Start again"):
        assert words in page
    assert "We relaxed some wishes" in page
    assert kinds.question == "Shall we write?"
    assert "Write to me." in page
    assert " checked" not in page
    kinds.answer("email", "me@shop.example")
    assert "We have sent you a mail." in kinds.page
    assert "me@shop.example" not in kinds.page


@pytest.mark.parametrize(
    ("value", "words"),
    [
        (["a", "b", "c"], "Choose at most 2."),
        (["a", "none"], "rules out the others"),
        ([], "Choose an answer, or press"),
        (["x"], "could not be taken"),
    ],
)
def test_refused_choices_are_told_beside_them(kinds: Browser, value: list[str], words: str) -> None:
    kinds.answer("a")
    kinds.answer()
    kinds.answer(*value)
    assert kinds.question == "Some?"
    assert re.search(rf'id="error" role="alert">.*?{words}', kinds.page, re.DOTALL)
    assert "<title>Please check: Some?" in kinds.page
    assert 'aria-describedby="error"' in kinds.page


@pytest.mark.parametrize(
    ("value", "words"),
    [
        ("10", "from 50 to 500"),
        ("much", "such as 12"),
        ("nan", "such as 12"),
        ("", "Enter a number, or press “I don’t know”."),
    ],
)
def test_refused_numbers_are_told_beside_the_field(kinds: Browser, value: str, words: str) -> None:
    kinds.answer("a")
    kinds.answer()
    kinds.answer(action="skip")
    kinds.answer(value)
    assert kinds.question == "How much?"
    assert words in kinds.page
    assert 'aria-invalid="true"' in kinds.page


def test_two_on_one_place_are_refused(kinds: Browser) -> None:
    for value in (["a"], [], ["a"], ["90"], ["3"], ["1:x", "1:y"]):
        kinds.answer(*value)
    assert "Two have the same place" in kinds.page


@pytest.mark.parametrize("value", [["email", ""], ["email", "nobody"], ["pigeon"], []])
def test_contact_that_cannot_be_is_refused(kinds: Browser, value: list[str]) -> None:
    for given in (["a"], [], ["a"], ["90"], ["3"], ["1:x"], ["2"], ["more"]):
        kinds.answer(*given)
    kinds.answer(*value)
    assert kinds.question == "Shall we write?"
    assert 'id="error"' in kinds.page


def test_opt_in_is_a_box_that_nobody_ticked(browser: Browser) -> None:
    browser.get("/quizzes/tea")
    browser.answer("tea")
    box = re.search(r'<input type="checkbox" name="agreed"[^>]*>', browser.page)
    assert box
    assert "checked" not in box[0]
    assert "We keep it ten days." in browser.page
    browser.answer("yes")
    assert "Tick the box if we may keep this answer" in browser.page
    browser.answer(action="skip")
    assert "Chosen for you" in browser.page


def test_products_stand_beside_the_questions_with_reasons_and_prices(browser: Browser) -> None:
    browser.get("/quizzes/tea")
    assert "Fits so far" not in browser.page
    browser.answer("tea")
    assert "Fits so far" in browser.page
    assert browser.page.count('class="card ') == 3
    assert browser.page.count('class="reason"') == 3
    assert len(re.findall(r'class="price">1[01]\d\.00<', browser.page)) == 3


def test_answer_is_changed_with_what_was_said_before(browser: Browser) -> None:
    to_the_result(browser)
    browser.get(f"{browser.path}?change=drink")
    assert browser.question == "Which?"
    assert re.search(r'value="tea" checked', browser.page)
    browser.answer("coffee")
    assert browser.question == "How strong?"


def test_refused_change_stays_on_its_question(browser: Browser) -> None:
    to_the_result(browser)
    browser.get(f"{browser.path}?change=drink")
    browser.answer("milk")
    assert browser.question == "Which?"
    assert 'role="alert"' in browser.page


def test_back_leads_to_the_last_answer_and_forgets_nothing(browser: Browser) -> None:
    browser.get("/quizzes/tea")
    browser.answer("coffee")
    browser.answer("mild")
    back = re.search(r'class="back" href="([^"]+)"', browser.page)
    assert back
    browser.get(back[1])
    assert browser.question == "How strong?"
    assert re.search(r'value="mild" checked', browser.page)
    browser.answer(action="back")
    assert not re.search(r'value="mild" checked', browser.page)


def test_quiz_may_be_ended_early(kinds: Browser) -> None:
    kinds.answer("a")
    assert 'value="finish"' not in kinds.page
    kinds.answer()
    kinds.answer("a")
    assert 'value="finish"' in kinds.page
    kinds.answer(action="finish")
    assert "Chosen for you" in kinds.page
    assert "?change=" not in kinds.page


def test_page_belongs_to_its_visitor(browser: Browser) -> None:
    browser.get("/quizzes/tea")
    browser.answer("tea")
    mine = browser.path
    browser.client.cookies.clear()
    browser.get(mine)
    assert (browser.status, "We could not find these answers" in browser.page) == (404, True)
    browser.get("/quizzes/tea")
    browser.answer("coffee")
    browser.get(mine)
    assert browser.status == 404


def test_link_opens_the_session_on_another_device_and_nothing_else(browser: Browser) -> None:
    browser.get("/quizzes/tea")
    browser.answer("tea")
    mine, link = browser.path, resume_link(browser.page)
    browser.client.cookies.clear()
    answer = browser.client.get(link, headers=BROWSER, follow_redirects=False)
    assert answer.status_code == 303
    assert f"Path={mine}" in answer.headers["set-cookie"]
    browser.get(answer.headers["location"])
    assert browser.question == "Children at home?"
    assert COOKIE not in browser.client.cookies
    browser.answer("no", agreed="yes")
    assert "Chosen for you" in browser.page
    browser.get("/quizzes/tea")
    assert browser.question == "Which?"


def test_grant_opens_no_other_session(browser: Browser) -> None:
    browser.get("/quizzes/tea")
    browser.answer("tea")
    first = resume_link(browser.page)
    browser.client.cookies.clear()
    browser.get("/quizzes/tea")
    browser.answer("coffee")
    second = browser.path
    browser.client.cookies.clear()
    browser.get(first)
    granted = browser.client.cookies["recsvc_quiz_grant"]
    browser.client.cookies.clear()
    browser.client.cookies.set("recsvc_quiz_grant", granted)
    browser.get(second)
    assert browser.status == 404


@pytest.mark.parametrize("token", ["", "x", "x.y", "é"])
def test_link_that_was_not_made_here_is_a_friendly_page(browser: Browser, token: str) -> None:
    browser.get(f"/quiz-sessions/resume?token={token}")
    assert (browser.status, "We did not understand that" in browser.page) == (400, True)


def test_expired_session_says_so_and_starts_again_with_what_is_known(shop: Shop, browser: Browser) -> None:
    browser.get("/quizzes/tea")
    browser.answer("coffee")
    form, action = browser.fields(), browser.action
    shop.clock.advance(hours=2)
    assert "This quiz has timed out" in browser.get(browser.path)
    late = browser.client.post(action, data=form | {"value": "mild"}, headers=BROWSER)
    assert (late.status_code, "This round has ended" in late.text) == (409, True)
    browser.get("/quizzes/tea")
    assert browser.question == "How strong?"
    assert "Coffee" in browser.page


def test_refused_form_is_a_page_for_browsers_and_a_problem_for_others(browser: Browser) -> None:
    browser.get("/quizzes/tea?locale=ja")
    browser.answer("tea")
    refused = browser.post(value="no", csrf="x")
    assert refused.status_code == 403
    assert "このフォームは送信できません" in refused.text
    other = browser.client.post(browser.action, data={"csrf": "x"}, headers={"accept": "*/*"})
    assert other.headers["content-type"] == "application/problem+json"


def test_session_speaks_the_language_in_which_it_began(browser: Browser) -> None:
    browser.get("/quizzes/tea?locale=ja")
    page = browser.answer("coffee")
    assert '<html lang="ja">' in page
    assert "質問2（最大3問）" in page
    assert re.search(r">商品\d+<", page)


def test_hostile_texts_are_shown_as_text(shop: Shop, browser: Browser) -> None:
    shop.publish(
        TEA_QUIZ.replace(b"revision = 1", b"revision = 2").replace(b'"Which?"', b'"<script>x</script>"')
    )
    page = browser.get("/quizzes/tea")
    assert "<script>x" not in page
    assert not re.search(r"<style|\son\w+=|\sstyle=|<script(?![^>]* src=)", page)


@pytest.mark.parametrize("query", ["?refused=zzz", "?change=none", "?refused=%3Cb%3E&change=%00"])
def test_odd_address_changes_nothing(browser: Browser, query: str) -> None:
    browser.get("/quizzes/tea")
    browser.answer("coffee")
    browser.get(browser.path + query)
    assert (browser.status, browser.question) == (200, "How strong?")
