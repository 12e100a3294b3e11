import re

import pytest
from litestar import Litestar
from litestar.testing import TestClient

from tests.recsvc.storefront.demo.conftest import Browser
from tests.recsvc.storefront.demo.test_shopping import profile_of
from tests.shop import TEA_QUIZ, Shop

HERE = "/products/item-03"
KINDS = b"""
schema = 1
id = "kinds"
revision = 1
locales = ["en", "ja"]
title = { en = "All kinds" }
purpose = "personalise"
[purposes]
personalise = { basis = "notice", policy = "1", keep = "30d", text = { en = "To pick products." } }
[[questions]]
id = "many"
kind = "multi"
pick = [1, 2]
title = { en = "Some?" }
choices = [
  { id = "a", text = { en = "A" } },
  { id = "b", text = { en = "B" } },
  { id = "c", text = { en = "C" } },
]
[[questions]]
id = "budget"
kind = "slider"
range = { min = 1, max = 20, step = 1, start = 4, unit = { en = "dollars" } }
title = { en = "How much?" }
[[questions]]
id = "scale"
kind = "scale"
scale = { min = 1, max = 5, labels = [ { en = "low" }, { en = "high" } ] }
title = { en = "How keen?" }
[[questions]]
id = "rank"
kind = "rank"
title = { en = "In which order?" }
choices = [ { id = "x", text = { en = "X" } }, { id = "y", text = { en = "Y" } } ]
[[questions]]
id = "words"
kind = "text"
required = true
title = { en = "Why?" }
"""


def step(browser: Browser, question: str, action: str = "answer", here: str = HERE, **fields: object) -> str:
    session = re.search(r'name="session" value="([^"]*)"', browser.page)
    assert session
    form = {"session": session[1], "question": question, "action": action, "return_to": here}
    return browser.post("/demo/quiz", **(form | fields))


def asked(browser: Browser) -> str | None:
    found = re.search(r"<legend[^>]*>([^<]+)</legend>", browser.page)
    return found[1] if found else None


def test_answers_on_the_product_page_refine_the_products(
    shop: Shop, client: TestClient[Litestar], browser: Browser
) -> None:
    browser.get(HERE)
    assert asked(browser) == "Which?"
    assert step(browser, "drink", value="coffee") == f"{HERE}#quiz"
    assert asked(browser) == "How strong?"
    assert "Question 2 of at most 3" in browser.page
    assert "Fits your answers so far" in browser.page
    assert profile_of(shop, client).facts["drink"].values == ("coffee",)
    assert "answers" in browser.get("/")


def test_back_takes_the_last_answer_back(shop: Shop, client: TestClient[Litestar], browser: Browser) -> None:
    browser.get(HERE)
    step(browser, "drink", value="coffee")
    step(browser, "strength", action="skip")
    assert asked(browser) == "Children at home?"
    step(browser, "kids", action="back")
    assert asked(browser) == "How strong?"
    step(browser, "strength", action="back")
    assert asked(browser) == "Which?"
    assert profile_of(shop, client).facts == {}
    assert 'value="back"' not in browser.page


def test_sensitive_question_says_that_it_is_a_choice(browser: Browser) -> None:
    browser.get(HERE)
    step(browser, "drink", value="tea")
    assert asked(browser) == "Children at home?"
    assert "We keep it ten days." in browser.page
    assert "by answering you agree" in browser.page
    assert "Rather not say" in browser.page


def test_nothing_chosen_is_told_and_is_not_a_skip(browser: Browser) -> None:
    browser.get(HERE)
    assert "refused=1" in step(browser, "drink")
    assert 'role="alert"' in browser.page
    assert asked(browser) == "Which?"
    assert "refused=1" in step(browser, "drink", value="beer")


def test_end_of_the_quiz_thanks_and_shows_what_was_said(browser: Browser) -> None:
    browser.get(HERE)
    step(browser, "drink", value="tea")
    step(browser, "kids", value="yes")
    assert asked(browser) is None
    assert "Thank you" in browser.page
    page = browser.get("/answers")
    assert "Tea" in page
    assert "We keep it ten days." in page
    assert "kept until" in page


def test_card_leads_to_the_quiz_on_a_page_of_its_own_for_the_same_visitor(browser: Browser) -> None:
    assert 'href="/quizzes/tea?locale=en"' in browser.get("/")
    place = step(browser, "drink", here="elsewhere", value="coffee")
    assert re.fullmatch(r"/quiz-sessions/[\w-]+#quiz", place)
    assert "How strong?" in browser.page
    assert f'href="{place.partition("#")[0]}"' in browser.get(HERE)


def test_finished_session_takes_no_more_answers(
    shop: Shop, client: TestClient[Litestar], browser: Browser
) -> None:
    browser.get(HERE)
    step(browser, "drink", value="tea")
    session = re.search(r'name="session" value="([^"]+)"', browser.page)
    assert session
    step(browser, "kids", value="yes")
    step(browser, "", action="finish")
    assert "We have asked enough" in browser.page
    again = {"session": session[1], "question": "kids", "value": "no", "return_to": HERE}
    assert browser.post("/demo/quiz", **again) == f"{HERE}#quiz"
    assert profile_of(shop, client).facts["kids"].values == ("yes",)


def test_expired_session_starts_anew(shop: Shop, browser: Browser) -> None:
    browser.get(HERE)
    step(browser, "drink", value="coffee")
    shop.clock.advance(hours=2)
    browser.get(HERE)
    assert asked(browser) == "How strong?"
    assert 'name="session" value=""' in browser.page


@pytest.fixture
def kinds(shop: Shop, browser: Browser) -> Browser:
    (shop.directory / "quizzes" / "tea@1.json").unlink()
    shop.publish(KINDS)
    browser.get(HERE)
    return browser


def test_every_kind_of_question_is_answered_with_native_fields(kinds: Browser) -> None:
    assert kinds.page.count('type="checkbox"') == 3
    step(kinds, "many", value=["a", "c"])
    assert 'type="number"' in kinds.page
    assert "From 1 to 20" in kinds.page
    step(kinds, "budget", value="7")
    assert "1 low" in kinds.page
    assert "5 high" in kinds.page
    step(kinds, "scale", value="3")
    assert kinds.page.count('<select name="value">') == 2
    step(kinds, "rank", value=["y", "x"])
    assert "<textarea" in kinds.page
    assert 'value="skip"' not in kinds.page
    step(kinds, "words", value="because")
    assert asked(kinds) is None


@pytest.mark.parametrize("value", [["a", "b", "c"], ["a", "z"], []])
def test_choices_that_cannot_be_are_refused(kinds: Browser, value: list[str]) -> None:
    assert "refused=1" in step(kinds, "many", value=value)


@pytest.mark.parametrize("value", ["0", "nan", "much", "1e400"])
def test_numbers_that_cannot_be_are_refused(kinds: Browser, value: str) -> None:
    step(kinds, "many", action="skip")
    assert "refused=1" in step(kinds, "budget", value=value)


def test_hostile_quiz_texts_are_shown_as_text(shop: Shop, browser: Browser) -> None:
    hostile = TEA_QUIZ.replace(b"revision = 1", b"revision = 2").replace(
        b'"Which?"', b'"<script>alert(1)</script>?"'
    )
    shop.publish(hostile)
    page = browser.get(HERE)
    assert "<script>alert" not in page
    assert "&lt;script&gt;alert(1)" in page
