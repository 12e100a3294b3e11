"""Whoever is known is asked nothing that is known, and gets the same answers; over the whole library."""

from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from quizzes.answers import Answer, check
from quizzes.definition import NUMERIC, Kind, Question, Quiz
from quizzes.engine import replay
from quizzes.loader import load_quiz
from quizzes.signals import item_filters, wishes
from quizzes.touchpoints import one_of

LIBRARY = Path(__file__).parents[2] / "quizzes" / "library"
QUIZZES = [load_quiz(path.read_bytes(), path.name) for path in sorted(LIBRARY.glob("*.quiz.toml"))]
Draw = Callable[[st.SearchStrategy[Any]], Any]


def some_answer(draw: Draw, question: Question) -> Answer:
    """An answer about the visitor: no gift, and a skip now and then."""
    if question.kind is Kind.CONTACT or (not question.required and draw(st.integers(0, 5)) == 0):
        return check(question, {"skip": True})
    if question.kind in NUMERIC:
        lowest, highest = question.bounds
        return check(question, {"value": float(draw(st.integers(int(lowest), int(highest))))})
    ids = [choice.id for choice in question.choices if not choice.gift]
    if not question.takes_many:
        return check(question, {"value": draw(st.sampled_from(ids))})
    fewest, most = question.picks
    picks = draw(st.lists(st.sampled_from(ids), min_size=fewest, max_size=most, unique=True))
    lonely = [one.id for one in question.choices if one.excludes_others and one.id in picks]
    return check(question, {"value": lonely[:1] or picks})


def walk(draw: Draw, quiz: Quiz) -> list[tuple[str, Answer]]:
    answers: list[tuple[str, Answer]] = []
    while question := replay(quiz, answers).question:
        answers.append((question.id, some_answer(draw, question)))
    return answers


@pytest.mark.parametrize("quiz", QUIZZES, ids=lambda quiz: quiz.id)
@settings(max_examples=40)
@given(data=st.data())
def test_known_facts_are_not_asked_and_lead_to_the_same_answers(quiz: Quiz, data: st.DataObject) -> None:
    first = replay(quiz, walk(data.draw, quiz))
    known = {fact: value for fact, value in first.facts.items() if data.draw(st.booleans())}
    answers: list[tuple[str, Answer]] = []
    while question := replay(quiz, answers, known).question:
        assert question.fact not in known
        # What `pace.max` left out the first time may come now: known facts do not count towards it.
        answers.append((question.id, first.live.get(question.id, Answer(skip=True))))
    again = replay(quiz, answers, known)
    live = {name: answer for name, answer in again.live.items() if name in first.live}
    assert live == first.live
    assert again.facts == first.facts
    assert wishes(quiz, live) == wishes(quiz, first.live)
    assert [one[:3] for one in item_filters(quiz, live)] == [
        one[:3] for one in item_filters(quiz, first.live)
    ]


@pytest.mark.parametrize("quiz", QUIZZES, ids=lambda quiz: quiz.id)
@settings(max_examples=20)
@given(data=st.data())
def test_touchpoints_ask_for_unknown_facts_until_all_are_known(quiz: Quiz, data: st.DataObject) -> None:
    for touchpoint in quiz.touchpoints:
        known: dict[str, Any] = {}
        skipped: set[str] = set()
        while question := replay(quiz, (), known, one_of(touchpoint, skipped)).question:
            assert question.fact is not None
            assert question.fact not in known
            assert question.id in touchpoint.ask
            said = replay(quiz, [(question.id, some_answer(data.draw, question))], known).facts
            if question.fact in said:
                known[question.fact] = said[question.fact]
            else:
                skipped.add(question.id)
