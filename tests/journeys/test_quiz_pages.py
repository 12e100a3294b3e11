"""A quiz of the library to its end in a real browser: with and without scripts, by thumb, in both themes."""

from collections.abc import Iterator
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest

from quizzes.loader import canonical_json, load_quiz
from recsvc.domain.catalogue import Item
from recsvc.files.items import read_items, to_items
from recsvc.files.rejects import Rejects
from recsvc.model.shelf import publish_shelf
from recsvc.stores import open_store
from tests.conventions.tree import ROOT
from tests.journeys.browsers import tab
from tests.journeys.servers import serve

playwright = pytest.importorskip("playwright.sync_api", reason="playwright is not installed")
LIBRARY = ROOT / "quizzes" / "library"
QUIZ = "skin-care"
LEGIBLE = (Path(__file__).parent / "legibility.js").read_text("utf-8")
MOST_QUESTIONS = 12

pytestmark = [pytest.mark.browser, pytest.mark.server]


@pytest.fixture(scope="module")
def url(tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    """A service with the quiz of skin care, its pictures and its products."""
    state = tmp_path_factory.mktemp("quiz")
    source = LIBRARY / f"{QUIZ}.quiz.toml"
    quiz = load_quiz(source.read_bytes(), source.name)
    published = state / "quizzes" / f"{quiz.id}@{quiz.revision}"
    published.mkdir(parents=True)
    published.with_name(f"{published.name}.json").write_bytes(canonical_json(quiz))
    for picture in LIBRARY.glob(f"{QUIZ}-*.svg"):
        (published / picture.name).write_bytes(picture.read_bytes())
    _stock(state, list(to_items(read_items(LIBRARY / f"{QUIZ}.items.csv", Rejects()))))
    with serve(state) as server:
        yield server.url


def _stock(state: Path, items: list[Item]) -> None:
    (state / "models").mkdir()
    publish_shelf(state / "models", items, frozenset(), datetime(2026, 4, 1, tzinfo=UTC))
    store = open_store(f"sqlite:///{state / 'recsvc.sqlite'}")
    store.put_items(items).result()
    store.close()


def answer(page: Any) -> None:
    """Give the first answer there is, with whatever fields the page has."""
    taps, lists = page.locator(".rank-button"), page.locator(".rank select")
    more = page.locator("[data-step='1']")
    if taps.count():
        taps.nth(1).click()
        taps.nth(0).click()
    elif lists.count():
        lists.nth(0).select_option(index=1)
    elif page.locator(".choices .choice").count():
        page.locator(".choices .choice").first.click()
    elif more.count() and more.is_visible():
        more.click()
    if page.locator("[name=agreed]").count():
        page.locator(".tick").click()
    page.locator(".question button[value=answer]").click()


def to_the_end(page: Any, *, legible: bool) -> int:
    """Answer until the result is there; how many questions were asked."""
    for asked in range(MOST_QUESTIONS):
        if legible:
            assert page.evaluate(LEGIBLE) == "", page.url
        if page.locator(".your-answers").count():
            return asked
        answer(page)
    raise AssertionError("the quiz did not end")


@pytest.mark.parametrize("scripts", [True, False], ids=["with-scripts", "without-scripts"])
@pytest.mark.parametrize(("locale", "scheme"), [("ja", "light"), ("en", "dark")])
def test_quiz_is_taken_to_its_end_on_a_phone(
    chromium: Any, url: str, locale: str, scheme: str, *, scripts: bool
) -> None:
    options = {"java_script_enabled": scripts, "locale": locale, "color_scheme": scheme}
    with tab(chromium, url, **options) as page:
        page.goto(f"/quizzes/{QUIZ}?utm_source=letter")
        playwright.expect(page.locator("html")).to_have_attribute("lang", locale)
        asked = to_the_end(page, legible=scripts)
        assert 3 <= asked <= 7
        playwright.expect(page.locator(".cards .card")).to_have_count(4)
        playwright.expect(page.locator(".card .reason").first).not_to_be_empty()
        playwright.expect(page.locator("#offer input:checked")).to_have_count(0)
        page.locator("#offer button[value=skip]").click()
        playwright.expect(page.locator("#offer")).to_have_count(0)
        page.locator(".said-change a").first.click()
        playwright.expect(page.locator(".choice input:checked")).not_to_have_count(0)
        page.locator(".question button[value=answer]").click()
        page.locator(".again a").click()
        playwright.expect(page.locator("h1")).to_be_visible()


def test_slider_and_number_follow_each_other_and_rankings_are_tapped(chromium: Any, url: str) -> None:
    with tab(chromium, url) as page:
        page.goto(f"/quizzes/{QUIZ}")
        met = set()
        for _ in range(MOST_QUESTIONS):
            if page.locator("[type=range]").count():
                met.add("slider")
                page.locator("[type=range]").fill("5000")
                playwright.expect(page.locator("[type=number]")).to_have_value("5000")
                page.locator("[data-step='1']").click()
                playwright.expect(page.locator("[type=range]")).to_have_value("5500")
            if page.locator(".rank-button").count():
                met.add("rank")
                page.locator(".rank-button").nth(2).click()
                page.locator(".rank-button").nth(0).click()
                page.locator(".rank-button").nth(2).click()
                playwright.expect(page.locator(".rank-place").nth(0)).to_have_text("1")
                page.locator(".rank-button").nth(0).click()
            if page.locator(".your-answers").count():
                break
            answer(page)
        assert met == {"slider", "rank"}


def test_link_opens_the_quiz_on_another_device(chromium: Any, url: str) -> None:
    with tab(chromium, url) as page, tab(chromium, url) as other:
        page.goto(f"/quizzes/{QUIZ}")
        answer(page)
        page.locator(".more summary").click()
        asked = page.locator("#question").inner_text()
        other.goto(page.locator("#resume").get_attribute("href"))
        playwright.expect(other.locator("#question")).to_have_text(asked)
        answer(other)
        page.reload()
        playwright.expect(page.locator("#question")).not_to_have_text(asked)


def test_page_of_a_known_visitor_says_that_the_quiz_was_seen(chromium: Any, url: str) -> None:
    with tab(chromium, url) as page:
        page.goto(f"/quizzes/{QUIZ}")
        assert page.locator("form[data-seen]").count() == 0  # nothing is said of a stranger
        answer(page)
        with page.expect_response("**/seen") as told:
            page.goto(f"/quizzes/{QUIZ}")
        assert told.value.status == 204


def test_first_question_is_answered_by_keyboard_alone(chromium: Any, url: str) -> None:
    with tab(chromium, url) as page:
        page.goto(f"/quizzes/{QUIZ}")
        page.locator(".choice input").first.focus()
        page.keyboard.press("Space")
        page.locator(".question button[value=answer]").focus()
        page.keyboard.press("Enter")
        playwright.expect(page.locator(".progress")).to_be_visible()
