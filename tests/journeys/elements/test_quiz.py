"""`<rec-quiz>` and `<rec-question>`: to the end by thumb and by keys, back, resumed, on a page of a shop."""

from typing import Any

import pytest

from tests.journeys.browsers import tab
from tests.journeys.elements.conftest import Storefront

playwright = pytest.importorskip("playwright.sync_api", reason="playwright is not installed")
pytestmark = [pytest.mark.browser, pytest.mark.server]
GRANTED = 'data-consent="granted"'
TEA, KINDS = '<rec-quiz quiz="tea"></rec-quiz>', '<rec-quiz quiz="kinds"></rec-quiz>'
LISTEN = """window.told = []; for (const name of ["quiz:answered", "quiz:completed"]) {
  document.addEventListener(name, (event) => told.push([name, event.detail.question])); }"""
MOST = 10


def is_done(page: Any) -> bool:
    return bool(page.get_by_role("button", name="Start again").or_(page.get_by_text("はじめから")).count())


def give(page: Any) -> None:
    """Give an answer with whatever fields there are."""
    quiz = page.locator("rec-quiz")
    if quiz.locator("[type=radio], [type=checkbox]").count():
        quiz.locator("label").first.click()
    elif quiz.locator("button.rec-choice").count():
        quiz.locator("button.rec-choice").nth(1).click()
    elif quiz.locator("textarea").count():
        quiz.locator("textarea").fill("Nothing else")
    elif quiz.locator("[type=number]").count():
        quiz.locator(".rec-step").last.click()


def take(page: Any) -> list[str]:
    """Answer to the end; the questions that were asked."""
    asked: list[str] = []
    heading = page.locator("rec-quiz h3").first
    for _ in range(MOST):
        playwright.expect(heading).not_to_have_text(asked[-1] if asked else "")
        if is_done(page):
            return asked
        asked.append(heading.inner_text())
        give(page)
        page.locator("rec-quiz .rec-submit").click()
    raise AssertionError(f"no end after {asked}")


@pytest.mark.parametrize("locale", ["en", "ja"])
def test_every_kind_of_question_is_answered_to_the_result(
    page: Any, storefront: Storefront, locale: str
) -> None:
    page.add_init_script(LISTEN)
    page.goto(storefront.pages.put("/", KINDS, locale=locale))
    asked = take(page)
    assert len(asked) == 8
    playwright.expect(page.locator("rec-quiz .rec-reason").first).not_to_be_empty()
    playwright.expect(page.locator("rec-quiz input:checked")).to_have_count(0)  # nobody is signed up unasked
    assert [name for name, _ in page.evaluate("told")] == ["quiz:answered"] * 8 + ["quiz:completed"]
    assert page.evaluate("Object.keys(localStorage)") == []


def test_an_address_that_nothing_is_sent_to_is_said_to_be_none(page: Any, storefront: Storefront) -> None:
    page.goto(storefront.pages.put("/", KINDS))
    take(page)
    page.get_by_label("By e-mail").check()
    page.get_by_label("Your e-mail address").fill("ada@example.com")
    page.get_by_role("button", name="Yes, please").click()
    playwright.expect(page.get_by_role("status")).to_have_text(
        "No mail is on its way, and no address is kept."
    )


def test_one_way_to_be_written_to_is_its_field_alone(page: Any, storefront: Storefront) -> None:
    page.goto(storefront.pages.put("/", '<rec-quiz quiz="mail"></rec-quiz>'))
    take(page)
    assert page.locator("rec-quiz [type=radio]").count() == 0
    playwright.expect(page.get_by_text("Write to me.")).to_be_visible()
    page.get_by_role("button", name="Yes, please").click()
    playwright.expect(page.get_by_role("alert")).to_have_text(
        "Enter your e-mail address, or press “No, thank you”."
    )
    page.get_by_label("Your e-mail address").fill("ada@example.com")
    page.get_by_role("button", name="Yes, please").click()
    playwright.expect(page.get_by_role("status")).to_be_visible()


def test_too_many_mails_are_told_from_a_wrong_answer(page: Any, storefront: Storefront) -> None:
    page.goto(storefront.pages.put("/", KINDS))
    take(page)
    refusal = {"errors": [{"code": "too_many_messages"}]}
    page.route(
        "**/answers/**",
        lambda route: route.fulfill(status=422, json=refusal, headers={"access-control-allow-origin": "*"}),
    )
    page.get_by_label("On LINE").check()
    page.get_by_role("button", name="Yes, please").click()
    playwright.expect(page.get_by_role("alert")).to_contain_text("Too many mails were asked for today.")


def test_first_question_is_there_before_anything_is_kept(page: Any, storefront: Storefront) -> None:
    before = storefront.events()
    page.goto(storefront.pages.put("/", TEA))
    playwright.expect(page.get_by_role("heading", name="Which?")).to_be_visible()
    playwright.expect(page.get_by_text("Question 1 of at most")).to_be_visible()
    playwright.expect(page.get_by_text("To pick products.")).to_be_visible()
    assert storefront.events() == before


def test_answers_change_the_products_and_back_shows_what_was_said(page: Any, storefront: Storefront) -> None:
    page.goto(storefront.pages.put("/", TEA))
    page.get_by_label("Coffee").check()
    page.get_by_role("button", name="Next").click()
    playwright.expect(page.get_by_role("heading", name="How strong?")).to_be_focused()
    playwright.expect(page.locator("rec-quiz .rec-reason").first).to_have_text(
        "Because of your answer: Coffee"
    )
    page.get_by_role("button", name="Back").click()
    playwright.expect(page.get_by_label("Coffee")).to_be_checked()
    page.get_by_role("button", name="I don’t know").click()
    playwright.expect(page.get_by_role("heading", name="Children at home?")).to_be_focused()


def test_quiz_is_answered_by_keys_alone(page: Any, storefront: Storefront) -> None:
    page.goto(storefront.pages.put("/", TEA))
    page.get_by_label("Tea").wait_for()
    page.keyboard.press("Tab")
    page.keyboard.press("ArrowDown")
    page.keyboard.press("ArrowUp")
    playwright.expect(page.get_by_label("Tea")).to_be_checked()
    page.keyboard.press("Enter")
    playwright.expect(page.get_by_role("heading", name="Children at home?")).to_be_focused()


def test_opt_in_wording_is_agreed_to_by_nobody_but_the_visitor(page: Any, storefront: Storefront) -> None:
    page.goto(storefront.pages.put("/", TEA))
    page.get_by_label("Tea").check()
    page.get_by_role("button", name="Next").click()
    page.get_by_label("Yes").check()
    page.get_by_role("button", name="Next").click()
    playwright.expect(page.get_by_role("alert")).to_have_text(
        "Please agree above, or press “I’d rather not say”."
    )
    page.get_by_label("We keep it ten days.").check()
    page.get_by_role("button", name="Next").click()
    playwright.expect(page.get_by_role("heading", name="What fits you")).to_be_focused()


def test_nothing_chosen_is_said_and_nothing_is_sent(page: Any, storefront: Storefront) -> None:
    page.goto(storefront.pages.put("/", TEA))
    page.get_by_role("button", name="Next").click()
    playwright.expect(page.get_by_role("alert")).to_have_text("Choose an answer, or press “I don’t know”.")


def test_slider_number_and_buttons_follow_each_other(page: Any, storefront: Storefront) -> None:
    page.goto(storefront.pages.put("/", KINDS))
    for _ in range(3):
        heading = page.locator("rec-quiz h3").first.inner_text()
        give(page)
        page.locator("rec-quiz .rec-submit").click()
        playwright.expect(page.locator("rec-quiz h3").first).not_to_have_text(heading)
    slider, number = page.locator("[type=range]"), page.locator("[type=number]")
    playwright.expect(number).to_have_value("120")
    slider.fill("300")
    playwright.expect(number).to_have_value("300")
    page.get_by_role("button", name="More", exact=True).click()
    playwright.expect(slider).to_have_value("310")
    number.fill("90")
    playwright.expect(slider).to_have_value("90")


def test_quiz_goes_on_after_the_page_was_left_where_consent_was_given(
    page: Any, storefront: Storefront
) -> None:
    page.goto(storefront.pages.put("/", TEA, tag=GRANTED))
    page.get_by_label("Coffee").check()
    page.get_by_role("button", name="Next").click()
    playwright.expect(page.get_by_role("heading", name="How strong?")).to_be_visible()
    page.reload()
    playwright.expect(page.get_by_role("heading", name="How strong?")).to_be_visible()
    page.get_by_role("button", name="Back").click()
    playwright.expect(page.get_by_label("Coffee")).to_be_checked()


def test_link_opens_the_session_on_a_page_of_the_service(
    chromium: Any, page: Any, storefront: Storefront
) -> None:
    page.goto(storefront.pages.put("/", TEA))
    page.get_by_role("button", name="I don’t know").click()
    page.get_by_role("button", name="I’d rather not say").click()
    address = page.get_by_role("link", name="Save, or go on").get_attribute("href")
    with tab(chromium, storefront.server.url) as other:
        other.goto(address)
        playwright.expect(other.locator(".your-answers")).to_be_visible()


def test_session_that_ended_begins_anew(page: Any, storefront: Storefront) -> None:
    page.goto(storefront.pages.put("/", TEA))
    page.get_by_label("Coffee").check()
    page.get_by_role("button", name="Next").click()
    playwright.expect(page.get_by_role("heading", name="How strong?")).to_be_visible()
    page.route(
        "**/answers/**",
        lambda route: route.fulfill(status=409, json={}, headers={"access-control-allow-origin": "*"}),
    )
    page.get_by_label("Mild").check()
    page.get_by_role("button", name="Next").click()
    playwright.expect(page.get_by_text("Question 1 of at most 2")).to_be_visible()  # the rest is known
    playwright.expect(page.get_by_role("heading", name="How strong?")).to_be_focused()


def test_page_asks_one_question_once(page: Any, storefront: Storefront) -> None:
    address = storefront.pages.put("/", '<rec-question page="product"></rec-question>', tag=GRANTED)
    page.goto(address)
    page.get_by_label("Coffee").check()
    page.get_by_role("button", name="Next").click()
    playwright.expect(page.get_by_role("heading", name="Thank you")).to_be_focused()
    page.reload()
    playwright.expect(page.locator("rec-question")).to_have_attribute("state", "left")


def test_page_without_consent_asks_no_question(page: Any, storefront: Storefront) -> None:
    page.goto(storefront.pages.put("/", '<rec-question page="product"><p>Ours</p></rec-question>'))
    playwright.expect(page.locator("rec-question")).to_have_attribute("state", "left")
    playwright.expect(page.get_by_text("Ours")).to_be_visible()


def test_shop_lays_its_own_words_over_ours(page: Any, storefront: Storefront) -> None:
    page.goto(storefront.pages.put("/", TEA, tag="""data-words='{"next": "Weiter"}'"""))
    playwright.expect(page.get_by_role("button", name="Weiter")).to_be_visible()
    playwright.expect(page.get_by_role("button", name="I don’t know")).to_be_visible()


def test_words_that_are_no_json_leave_ours(page: Any, storefront: Storefront) -> None:
    page.goto(storefront.pages.put("/", TEA, tag='data-words="{next"'))
    playwright.expect(page.get_by_role("button", name="Next")).to_be_visible()
