import pytest

from quizzes.arms import first_of, patched
from quizzes.definition import Order
from quizzes.texts import in_locale
from tests.quizzes.parts import build, question, words

PATCHES = {
    "early": {"first": "two"},
    "paced": {"order": "adaptive", "max": 1, "stop_gain": 0.1},
    "said": {"texts": {"questions.one.title": {"en": "Other"}, "questions.one.choices.a.text": words("A!")}},
}
QUIZ = build(
    question("one"),
    question("two"),
    question("three", when="one == 'a'"),
    pace={"min": 1},
    experiment={"key": "k", "arms": {"control": 0.7, **dict.fromkeys(PATCHES, 0.1)}, "set": PATCHES},
)


@pytest.mark.parametrize("arm", [None, "control", "gone"])
def test_arm_without_a_patch_is_the_quiz_itself(arm: str | None) -> None:
    assert patched(QUIZ, arm) is QUIZ


def test_first_question_moves_to_the_front() -> None:
    assert [one.id for one in patched(QUIZ, "early").questions] == ["two", "one", "three"]


@pytest.mark.parametrize(("arm", "first"), [("early", "two"), ("paced", None), ("gone", None), (None, None)])
def test_first_question_of_an_arm_is_known(arm: str | None, first: str | None) -> None:
    assert first_of(QUIZ, arm) == first


def test_pace_is_patched_and_the_rest_of_it_kept() -> None:
    pace = patched(QUIZ, "paced").pace
    assert (pace.order, pace.min, pace.max, pace.stop_gain) == (Order.ADAPTIVE, 1, 1, 0.1)


def test_texts_are_replaced_by_their_address() -> None:
    one = patched(QUIZ, "said").questions[0]
    assert in_locale(QUIZ, one.title, "en") == "Other"
    assert in_locale(QUIZ, one.title, "ja") == "one"
    assert one.choices[0].text == words("A!")
    assert patched(QUIZ, "said").revision == QUIZ.revision
