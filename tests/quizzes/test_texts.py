import pytest

from quizzes.definition import Quiz
from quizzes.engine import Answer
from quizzes.loader import canonical_json
from quizzes.texts import all_texts, arm_texts, fill, in_locale, with_texts
from tests.quizzes.parts import build, choice, question, words


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


def worded() -> Quiz:
    return build(
        question(
            "one",
            help=words("Help"),
            choices=[choice("a.text", image="a.svg", alt=words("Alt")), choice("b")],
        ),
        question("n", "slider", range={"min": 0, "max": 9, "unit": words("km")}),
        question("s", "scale", scale={"min": 1, "max": 2, "labels": [words("low"), words("high")]}),
        result={"because": {"colour": {"dark.red x": words("Red")}}},
        experiment={"key": "k", "arms": {"x": 1}, "set": {"x": {"texts": {"title": {"en": "Else"}}}}},
    )


def test_every_text_has_an_address_of_its_own() -> None:
    assert [spot.address for spot in all_texts(worded())] == [
        "title",
        "purposes.p.text",
        "purposes.health.text",
        "purposes.long.text",
        "questions.one.title",
        "questions.one.help",
        "questions.one.choices.a.text.text",
        "questions.one.choices.a.text.alt",
        "questions.one.choices.b.text",
        "questions.n.title",
        "questions.n.range.unit",
        "questions.s.title",
        "questions.s.scale.labels.0",
        "questions.s.scale.labels.1",
        "result.because.colour.dark.red x",
    ]
    assert [spot.address for spot in arm_texts(worded())] == ["experiment.set.x.texts.title"]


def test_words_are_replaced_at_every_address_and_nowhere_else() -> None:
    quiz = worded()
    before = canonical_json(quiz)
    for spot in (*all_texts(quiz), *arm_texts(quiz)):
        changed = with_texts(quiz, {spot.address: {"en": "Changed"}})
        there = {one.address: one.text for one in (*all_texts(changed), *arm_texts(changed))}
        expected = {one.address: one.text for one in (*all_texts(quiz), *arm_texts(quiz))}
        assert there == expected | {spot.address: {**spot.text, "en": "Changed"}}
    assert canonical_json(quiz) == before
    assert with_texts(quiz, {}) is quiz


def test_unknown_address_is_refused_with_the_nearest() -> None:
    with pytest.raises(ValueError, match=r"did you mean `questions\.one\.help`"):
        with_texts(worded(), {"questions.one.hepl": {"en": "x"}})
    with pytest.raises(ValueError, match="`quiz texts export` lists those there are"):
        with_texts(worded(), {"42": {"en": "x"}})
