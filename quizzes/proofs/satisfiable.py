"""Satisfiable: whether a condition can hold at all, whatever is answered to the questions it names."""

import itertools
import math
from collections.abc import Iterator

from quizzes.definition import Question, Quiz
from quizzes.expression import And, Condition, Or, Scope, Value, evaluate, names
from quizzes.proofs.partition import Mentions, TooManyAnswersError, representatives

TRIAL_LIMIT = 20_000


def impossible_parts(quiz: Quiz, condition: Condition, limit: int = TRIAL_LIMIT) -> Iterator[Condition]:
    """The condition where it can never hold, else those of its and/or parts that cannot.

    Each is considered by itself: every answer to the questions it names is tried, a missing one too.

    Args:
        quiz: whose questions the condition names.
        condition: a `when`.
        limit: of answers tried together; what takes more counts as possible.
    """
    if not satisfiable(quiz, condition, limit):
        yield condition
    elif isinstance(condition, And | Or):
        for part in condition.parts:
            yield from impossible_parts(quiz, part, limit)


def satisfiable(quiz: Quiz, condition: Condition, limit: int = TRIAL_LIMIT) -> bool:
    """Whether some answers and known facts make a condition true; True where they are too many to try."""
    spoken = names(condition)
    mentions = Mentions(quiz, [condition])
    asked = [question for question in quiz.questions if question.id in spoken.questions]
    try:
        answers = [_answers(question, mentions) for question in asked]
    except TooManyAnswersError:
        return True
    facts = sorted(spoken.facts)
    if math.prod(map(len, answers)) * 2 ** len(facts) > limit:
        return True
    known = [{fact for fact, there in zip(facts, row, strict=True) if there} for row in _rows(len(facts))]
    return any(
        evaluate(condition, Scope(_given(asked, chosen), told))
        for chosen in itertools.product(*answers)
        for told in known
    )


def _answers(question: Question, mentions: Mentions) -> list[Value | None]:
    return list(dict.fromkeys([*representatives(question, mentions), None]))


def _rows(width: int) -> Iterator[tuple[bool, ...]]:
    return itertools.product((False, True), repeat=width)


def _given(asked: list[Question], chosen: tuple[Value | None, ...]) -> dict[str, Value]:
    pairs = zip(asked, chosen, strict=True)
    return {question.id: value for question, value in pairs if value is not None}
