import pytest

from quizzes.definition import Quiz
from quizzes.engine import Answer
from quizzes.texts import fill, in_locale
from tests.quizzes.parts import build, question


@pytest.fixture
def quiz() -> Quiz:
    choices = [
        {"id": "a", "text": {"ja": "あ", "en": "A"}},
        {"id": "b", "text": {"ja": "い", "en": "B"}},
        {"id": "dunno", "text": {"ja": "?", "en": "?"}, "unsure": True},
    ]
    return build(
        question("many", "multi", choices=choices),
        question("budget", "slider", range={"min": 0, "max": 10}),
        question("note", "text"),
    )


@pytest.mark.parametrize(
    ("locale", "text", "expected"),
    [
        ("en", {"ja": "あ", "en": "A"}, "A"),
        ("en-GB", {"ja": "あ", "en": "A"}, "A"),
        ("fr", {"ja": "あ", "en": "A"}, "あ"),
        ("fr", {"en": "A"}, "A"),
        ("fr", {}, ""),
    ],
)
def test_locale_falls_back_to_its_language_and_then_the_quiz(
    quiz: Quiz, locale: str, text: dict[str, str], expected: str
) -> None:
    assert in_locale(quiz, text, locale) == expected


@pytest.mark.parametrize(
    ("locale", "live", "expected"),
    [
        ("en", {"many": Answer(("a", "b"))}, "A, B!"),
        ("ja", {"many": Answer(("a", "b"))}, "あ、い!"),
        ("en", {"many": Answer(("a", "dunno"))}, "A!"),
        ("en", {"many": Answer(("dunno",))}, "you!"),
        ("en", {"many": Answer(skip=True)}, "you!"),
        ("en", {}, "you!"),
    ],
)
def test_several_picks_are_piped_with_the_locales_separator(
    quiz: Quiz, locale: str, live: dict[str, Answer], expected: str
) -> None:
    assert fill(quiz, {"ja": "{many|you}!", "en": "{many|you}!"}, live, locale) == expected


def test_numbers_and_words_are_piped_as_they_were_given(quiz: Quiz) -> None:
    live = {"budget": Answer(5000.0), "note": Answer("{many}")}
    text = {"en": "{budget} {note} {gone}{many}"}
    assert fill(quiz, text, live, "en") == "5000 {many} "
