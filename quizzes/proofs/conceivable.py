"""Conceivable: whether any item at all, of today's catalogue or not, could pass filters together."""

import itertools
import math
from collections.abc import Iterable, Iterator, Mapping, Sequence

from quizzes.definition import Quiz
from quizzes.expression import (
    Attribute,
    Compare,
    Condition,
    Literal,
    Name,
    Scope,
    Value,
    evaluate,
    names,
    parts_of,
)
from quizzes.proofs.partition import Mentions, TooManyAnswersError, representatives

TRIAL_LIMIT = 5_000
LIST_LIMIT = 8
FRESH = "\N{HORIZONTAL ELLIPSIS}"  # a text that no filter mentions


def conceivable(quiz: Quiz, conditions: Sequence[Condition], limit: int = TRIAL_LIMIT) -> bool:
    """Whether some item and some answers make every condition true; True where they are too many to try.

    An item has every attribute that is named: one that lacks it fails anyway. Its texts are a set.

    Args:
        quiz: whose questions the conditions name.
        conditions: of `must`.
        limit: of items and answers tried together.
    """
    compares = [part for one in conditions for part in parts_of(one) if isinstance(part, Compare)]
    spoken = [names(condition) for condition in conditions]
    attributes = sorted(frozenset().union(*(one.attributes for one in spoken)))
    asked = frozenset().union(*(one.questions for one in spoken))
    try:
        answers = _answers(quiz, asked, compares)
        numbers = _numbers(compares, answers)
        items = [[*_sets(name, compares, answers), *numbers] for name in attributes]
    except TooManyAnswersError:
        return True
    trials: list[list[Value | None]] = [*items, *answers.values()]
    if math.prod(map(len, trials)) > limit:
        return True
    return any(
        all(evaluate(condition, scope) for condition in conditions)
        for scope in _scopes(attributes, list(answers), itertools.product(*trials))
    )


def _scopes(
    attributes: Sequence[str], asked: Sequence[str], trials: Iterable[tuple[Value | None, ...]]
) -> Iterator[Scope]:
    for trial in trials:
        item = dict(zip(attributes, trial, strict=False))
        said = dict(zip(asked, trial[len(attributes) :], strict=True))
        there = {name: value for name, value in said.items() if value is not None}
        yield Scope(there, item={name: value for name, value in item.items() if value is not None})


def _answers(quiz: Quiz, asked: frozenset[str], compares: Sequence[Compare]) -> dict[str, list[Value | None]]:
    """Every kind of answer to each question that is named, a missing one too."""
    questions = [question for question in quiz.questions if question.id in asked]
    apart = {question.id: list(question.choice_ids) for question in questions}
    mentions = Mentions(quiz, compares, apart)
    return {
        question.id: list(
            dict.fromkeys([*representatives(question, mentions), *_ends(question.bounds), None])
        )
        for question in questions
    }


def _ends(bounds: tuple[float, float]) -> list[float]:
    return [bound for bound in bounds if math.isfinite(bound)]


def _numbers(compares: Sequence[Compare], answers: Mapping[str, list[Value | None]]) -> list[Value | None]:
    """Every number that is mentioned, and two between and beyond them: two attributes may differ there."""
    literal = (one for part in compares for side in (part.left, part.right) for one in _literals(side))
    said = (one for values in answers.values() for one in values)
    marks = sorted({one for one in (*literal, *said) if isinstance(one, float)}) or [0.0]
    grid = [marks[0] - 2, marks[0] - 1, *marks, marks[-1] + 1, marks[-1] + 2]
    between = [low + (high - low) * part / 3 for low, high in itertools.pairwise(marks) for part in (1, 2)]
    return [*grid, *between]


def _sets(
    attribute: str, compares: Sequence[Compare], answers: Mapping[str, list[Value | None]]
) -> list[Value | None]:
    """Sets of texts that the comparisons can tell apart.

    What is asked is whether the set meets a list, or is one. So besides the lists themselves the largest sets
    that miss some of them, and meet all others, stand for all.
    """
    lists = {frozenset(one) for part in compares for one in _held(part, attribute, answers) if one}
    if len(lists) > LIST_LIMIT:
        raise TooManyAnswersError
    everything = frozenset({FRESH}).union(*lists)
    found = set(lists)
    for size in range(len(lists) + 1):
        found.update(everything.difference(*missed) for missed in itertools.combinations(lists, size))
    return [tuple(sorted(one)) for one in found]


def _held(
    part: Compare, attribute: str, answers: Mapping[str, list[Value | None]]
) -> Iterator[tuple[str, ...]]:
    """The lists of texts that a comparison holds against an attribute."""
    sides = (part.left, part.right)
    if Attribute(attribute) not in sides:
        return
    for side in sides:
        values = _literals(side) if isinstance(side, Literal) else ()
        yield tuple(one for one in values if isinstance(one, str))
        for value in answers[side.question] if isinstance(side, Name) else ():
            yield (value,) if isinstance(value, str) else value if isinstance(value, tuple) else ()


def _literals(side: object) -> tuple[str | float, ...]:
    if not isinstance(side, Literal):
        return ()
    return side.value if isinstance(side.value, tuple) else (side.value,)
