from collections.abc import Mapping
from typing import Any

import msgspec
import pytest

from quizzes.cases.coverage import run_cases
from quizzes.cases.trials import Outcome, Shop, try_case, try_route
from quizzes.cases.written import Case
from quizzes.catalogue import Catalogue
from quizzes.definition import Quiz
from quizzes.proofs.trails import Route
from tests.quizzes.parts import build, choice, question, words

SHOP = Shop(
    Catalogue(
        [
            {"category": "tea", "taste": ("mild",), "price": 3.0},
            {"category": "tea", "taste": ("bold",), "price": 8.0},
            {"category": "cup", "taste": ("none",), "price": 9.0},
        ]
    ),
    ("t-mild", "t-bold", "cup"),
)
TASTE = question(
    "taste",
    choices=[
        choice("mild", w={"taste": {"mild": 2}}),
        choice("bold", w={"taste": {"bold": 2}}),
        choice("any"),
    ],
)
DEAR = question("dear", choices=[choice("no", must="item.price < 9", relax=1), choice("yes")])
BOLD = question("bold", when="taste == 'bold'", fact="how_bold")
STRICT = question(
    "strict", required=True, choices=[choice("cup", must="item.category == 'cup'"), choice("b")]
)
LATER = question("later", place="after_result", choices=[choice("a"), choice("b")])
REASONS = {"because": {"taste": {"mild": words("Mild, as you like it"), "bold": words("Bold: {taste|x}")}}}
QUIZ = build(TASTE, DEAR, BOLD, LATER, result={"slots": ["tea", "cup"], "min": 1, **REASONS})


def tried(quiz: Quiz = QUIZ, shop: Shop | None = SHOP, **fields: Any) -> Outcome:
    return try_case(quiz, msgspec.convert({"name": "one", **fields}, Case), shop)


def said(outcome: Outcome) -> list[tuple[str, str, str]]:
    return [(one.what, one.expected, one.got) for one in outcome.failures]


@pytest.mark.parametrize(
    "fields",
    [
        {},
        {"answers": {"taste": "mild"}, "asked": ["taste", "dear"], "off": ["bold"]},
        {"answers": {"taste": "bold", "bold": "a"}, "asked": ["taste", "dear", "bold"]},
        {"answers": {"taste": {"skip": True}, "later": "a"}, "asked": ["taste", "dear", "later"]},
        {"answers": {"taste": "bold"}, "known": {"how_bold": ["b"]}, "asked": ["taste", "dear"]},
        {"answers": {"taste": "bold"}, "top_attrs": ["taste.bold", "category.tea"], "slots_filled": 2},
        {"answers": {"dear": "no"}, "relaxed": ["dear"], "slots_filled": 2},
        {"answers": {"taste": "mild"}, "never": "item.taste == taste and item.price > 3"},
    ],
)
def test_case_that_holds_passes(fields: Mapping[str, Any]) -> None:
    assert said(tried(**fields)) == []


@pytest.mark.parametrize(
    ("fields", "what", "expected", "got"),
    [
        ({"asked": ["taste"]}, "asked", "taste", "taste, dear"),
        ({"off": ["dear"]}, "off", "`dear` is not on the path", "it was asked"),
        (
            {"answers": {"taste": "bold"}, "known": {"how_bold": ["b"]}, "off": ["bold"]},
            "off",
            "`bold` is not on the path",
            "it was known",
        ),
        ({"never": "item.price >= 9"}, "never", "no item of the result with item.price >= 9", "cup"),
        (
            {"answers": {"taste": "mild"}, "top_attrs": ["taste.bold"]},
            "top_attrs",
            "the first item carries taste.bold",
            "t-mild has taste mild",
        ),
        ({"slots_filled": 3}, "slots_filled", "3", "2"),
        ({"answers": {"dear": "no"}, "slots_filled": 3}, "slots_filled", "3", "2"),
        ({"relaxed": ["dear"]}, "relaxed", "dear", "none"),
        ({"answers": {"bold": "a"}}, "answers", "`bold` is asked, as the case answers it", "it is not asked"),
        (
            {"answers": {"taste": "sour"}},
            "answers",
            'taste = "sour" is accepted',
            "unknown_choice: Question `taste` has these choices: mild, bold, any.",
        ),
        (
            {"answers": {"taste": "bold", "bold": "a"}, "known": {"how_bold": ["b"]}},
            "answers",
            "`bold` is asked",
            "a known fact answers it",
        ),
    ],
)
def test_case_that_fails_says_what_was_expected_and_got(
    fields: Mapping[str, Any], what: str, expected: str, got: str
) -> None:
    (failure,) = tried(**fields).failures
    assert failure.what == what
    assert failure.expected.startswith(expected)
    assert failure.got.startswith(got)


def test_every_failed_expectation_is_named() -> None:
    assert [one.what for one in tried(asked=["dear"], slots_filled=0, relaxed=["dear"]).failures] == [
        "asked",
        "slots_filled",
        "relaxed",
    ]


def test_required_question_needs_an_answer() -> None:
    ((what, expected, got),) = said(tried(build(STRICT)))
    assert (what, expected) == ("answers", "`strict` can be skipped; the case has no answer to it")
    assert got.startswith("required: ")


def test_case_about_items_fails_without_items() -> None:
    assert [one.what for one in tried(shop=None, slots_filled=2).failures] == ["items"]
    assert tried(shop=None, asked=["taste", "dear"]).failures == ()


def test_relaxed_filters_are_named() -> None:
    quiz = build(DEAR, result={"min": 3})
    assert said(tried(quiz, answers={"dear": "no"}, relaxed=["dear"])) == []


def test_reason_that_does_not_read_fails_in_its_locale() -> None:
    reasons = {"taste": {"mild": {"ja": "まろやか {taste", "en": "Mild"}}}
    quiz = build(TASTE, result={"because": reasons})
    assert [one.what for one in tried(quiz, answers={"taste": "mild"}).failures] == ["reasons"]
    assert tried(quiz, answers={"taste": "mild"}, locale="en").failures == ()


def test_generated_case_fails_where_the_result_is_too_short_or_never_comes() -> None:
    quiz = build(STRICT, result={"min": 2, "slots": ["tea", "cup"], "empty": "nothing"})
    short = try_route(quiz, Route((("strict", "cup"),)), SHOP)
    assert said(short) == [("items", "at least 2 (`result.min`)", "0")]
    assert short.name == "strict=cup"
    assert said(try_route(quiz, Route(), SHOP)) == [
        ("end", "the path leads to the result", "`strict` is still asked")
    ]


def test_report_counts_paths_choices_and_reasons() -> None:
    case = msgspec.convert({"name": "one", "answers": {"taste": "mild"}}, Case)
    report = run_cases(QUIZ, [case], SHOP)
    assert report.failed == 0
    assert report.complete
    assert (report.paths.total, report.paths.covered, report.paths.written) == (2, 2, 1)
    assert (report.choices.total, report.choices.covered, report.choices.written) == (10, 10, 1)
    assert report.reasons is not None
    assert (report.reasons.total, report.reasons.covered, report.reasons.written) == (2, 2, 1)
    assert [one.generated for one in report.outcomes][:2] == [False, True]


def test_what_nothing_came_by_is_named() -> None:
    quiz = build(TASTE, result={"because": {"taste": {"sour": words("Sour")}}})
    report = run_cases(quiz, [], SHOP)
    assert report.reasons is not None
    assert report.reasons.missing == ("taste.sour",)
    assert run_cases(quiz, [], None).reasons is None
