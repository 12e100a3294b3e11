import pytest

from quizzes.definition import Question, Touchpoint
from quizzes.engine import Answer, replay
from quizzes.touchpoints import becomes_fact, every_s, one_of, touchpoint_of
from tests.quizzes.parts import build, kept, question

ASK = Touchpoint(id="t", page="p", ask=("two", "free", "one"))
QUIZ = build(
    kept("one"),
    kept("two", when="one == 'a'"),
    question("free"),
    touchpoints=[{"id": "t", "page": "p", "ask": ASK.ask}],
)


def test_first_of_its_questions_that_may_be_asked_is_asked() -> None:
    assert touchpoint_of(QUIZ, "t") is not None
    assert touchpoint_of(QUIZ, "none") is None
    assert replay(QUIZ, (), choose=one_of(ASK)).question == QUIZ.question("one")
    known = {"of_one": ("a",)}
    assert replay(QUIZ, (), known, one_of(ASK)).question == QUIZ.question("two")
    assert replay(QUIZ, (), known, one_of(ASK, {"two"})).question is None


def test_nothing_is_asked_after_one_answer() -> None:
    assert replay(QUIZ, [("one", Answer("a"))], choose=one_of(ASK)).question is None


def test_only_choices_and_numbers_become_facts() -> None:
    assert not becomes_fact(question_of("text"))
    assert not becomes_fact(build(question("one")).questions[0])
    assert becomes_fact(question_of("multi"))


def question_of(kind: str) -> Question:
    return build(question("one", kind, fact="f")).questions[0]


@pytest.mark.parametrize(
    ("every", "seconds"), [("90m", 5400.0), ("2h", 7200.0), ("7d", 604_800.0), (None, None)]
)
def test_every_is_read_in_seconds(every: str | None, seconds: float | None) -> None:
    assert every_s(Touchpoint(id="t", page="p", ask=("one",), every=every)) == seconds
