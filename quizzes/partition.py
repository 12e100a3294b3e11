"""Partition: the answers to a question that the conditions of a quiz can tell apart, one of each kind."""

import itertools
from collections.abc import Iterable, Iterator

from quizzes.definition import NUMERIC, WITH_CHOICES, Choice, Kind, Question, Quiz
from quizzes.expression import Compare, Condition, Literal, Name, Value, parts_of

GROUP_LIMIT = 12
OTHER_TEXT = "\N{HORIZONTAL ELLIPSIS}"


class TooManyAnswersError(Exception):
    """More kinds of answers than can be enumerated."""


class Mentions:
    """What the conditions of a quiz compare with the answers to each question."""

    def __init__(self, quiz: Quiz, conditions: Iterable[Condition]) -> None:
        self._texts: dict[str, set[str]] = {}
        self._numbers: dict[str, set[float]] = {}
        for condition in conditions:
            for part in parts_of(condition):
                if isinstance(part, Compare):
                    self._note(quiz, part.left, part.right)
                    self._note(quiz, part.right, part.left)

    def texts(self, question: Question) -> set[str]:
        """Texts that an answer is compared with."""
        return self._texts.get(question.id, set())

    def numbers(self, question: Question) -> set[float]:
        """Numbers that an answer is compared with."""
        return self._numbers.get(question.id, set())

    def _note(self, quiz: Quiz, side: object, other: object) -> None:
        if not isinstance(side, Name):
            return
        for value in _values(quiz, other):
            if isinstance(value, str):
                self._texts.setdefault(side.question, set()).add(value)
            else:
                self._numbers.setdefault(side.question, set()).add(value)


def representatives(question: Question, mentions: Mentions) -> Iterator[Value | None]:
    """One answer of each kind; None is the skipped question, or one whose answer nothing can name.

    Raises:
        TooManyAnswersError: there are too many to enumerate.
    """
    if not question.required or question.kind in {Kind.INFO, Kind.CONTACT}:
        yield None
    if question.kind in NUMERIC:
        yield from sorted(_numbers(question, mentions.numbers(question)))
    elif question.kind is Kind.TEXT:
        yield from sorted(mentions.texts(question) | {OTHER_TEXT})
    elif question.kind in WITH_CHOICES:
        groups = _groups(question, mentions.texts(question))
        if question.takes_many:
            yield from _lists(question, groups)
        else:
            yield from (group[0].id for group in groups)


def _values(quiz: Quiz, operand: object) -> Iterator[str | float]:
    if isinstance(operand, Literal):
        yield from operand.value if isinstance(operand.value, tuple) else (operand.value,)
    elif isinstance(operand, Name):
        question = quiz.question(operand.question)
        if question is not None:
            yield from (choice.id for choice in question.choices)
            yield from (bound for bound in question.bounds if question.kind in NUMERIC)


def _numbers(question: Question, thresholds: set[float]) -> set[float]:
    """Every threshold with what lies below, between and above, inside the bounds."""
    lowest, highest = question.bounds
    inside = sorted({one for one in (*thresholds, lowest, highest) if lowest <= one <= highest})
    finite = [one for one in inside if abs(one) != float("inf")] or [0.0]
    near = {one + step for one in finite for step in (-1.0, 0.0, 1.0)}
    if question.kind is not Kind.SCALE:
        near |= {(one + other) / 2 for one, other in itertools.pairwise(finite)}
    whole = question.kind is Kind.SCALE
    return {float(one) for one in near if lowest <= one <= highest and (not whole or one == int(one))}


def _groups(question: Question, mentioned: set[str]) -> list[list[Choice]]:
    """Choices that no condition tells apart stand in one group."""
    found: dict[object, list[Choice]] = {}
    for choice in question.choices:
        named = choice.id if choice.id in mentioned else None
        found.setdefault((named, choice.ends, choice.unsure, choice.alone), []).append(choice)
    return list(found.values())


def _lists(question: Question, groups: list[list[Choice]]) -> Iterator[tuple[str, ...]]:
    if len(groups) > GROUP_LIMIT:
        raise TooManyAnswersError
    for size in range(len(groups) + 1):
        for chosen in itertools.combinations(groups, size):
            ids = _list(question, chosen)
            if ids is not None:
                yield ids


def _list(question: Question, chosen: tuple[list[Choice], ...]) -> tuple[str, ...] | None:
    """An allowed list with members of exactly these groups, None where there is none."""
    fewest, most = question.picks
    ids = [group[0].id for group in chosen]
    spare = [choice.id for group in chosen for choice in group[1:]]
    ids += spare[: max(0, fewest - len(ids))]
    lonely = any(group[0].alone for group in chosen)
    if not fewest <= len(ids) <= most or (lonely and len(ids) > 1):
        return None
    return tuple(sorted(ids, key=question.choice_ids.__getitem__))
