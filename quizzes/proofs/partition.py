"""Partition: the answers to a question that the conditions of a quiz can tell apart, one of each kind."""

import itertools
import math
from collections.abc import Collection, Iterable, Iterator, Mapping

from quizzes.definition import NUMERIC, WITH_CHOICES, Choice, Kind, Question, Quiz
from quizzes.expression import Compare, Condition, Literal, Name, Value, parts_of

GROUP_LIMIT = 12
OTHER_TEXT = "\N{HORIZONTAL ELLIPSIS}"
NOTHING_APART: Mapping[str, Collection[str]] = {}


class TooManyAnswersError(Exception):
    """More kinds of answers than can be enumerated."""


class Mentions:
    """What the conditions of a quiz compare with the answers to each question.

    Questions that are compared with each other share what is mentioned of any of them.

    Args:
        quiz: it may name things that are not there.
        conditions: its `when`, and whatever else tells answers apart.
        apart: question → choices told apart in any case.
    """

    def __init__(
        self,
        quiz: Quiz,
        conditions: Iterable[Condition],
        apart: Mapping[str, Collection[str]] = NOTHING_APART,
    ) -> None:
        compares = [
            part for condition in conditions for part in parts_of(condition) if isinstance(part, Compare)
        ]
        self._compared = _classes(compares)
        self._texts = {question: set(choices) for question, choices in apart.items()}
        self._numbers: dict[str, set[float]] = {}
        for part in compares:
            self._note(quiz, part.left, part.right)
            self._note(quiz, part.right, part.left)

    def texts(self, question: Question) -> set[str]:
        """Texts that an answer is compared with."""
        return {text for name in self.compared_with(question) for text in self._texts.get(name, ())}

    def numbers(self, question: Question) -> set[float]:
        """Numbers that an answer is compared with."""
        return {number for name in self.compared_with(question) for number in self._numbers.get(name, ())}

    def compared_with(self, question: Question) -> frozenset[str]:
        """The questions whose answers are compared with this one's, directly or not, and itself."""
        return self._compared.get(question.id, frozenset({question.id}))

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
    together = len(mentions.compared_with(question))
    if question.kind in NUMERIC:
        yield from sorted(map(float, _numbers(question, mentions.numbers(question), together)))
    elif question.kind is Kind.TEXT:
        yield from sorted(mentions.texts(question))
        yield from (OTHER_TEXT * number for number in range(1, together + 1))
    elif question.kind in WITH_CHOICES:
        groups = alike(question, mentions)
        if question.takes_many:
            yield from _lists(question, groups)
        else:
            yield from (group[0].id for group in groups)
    if not question.required or question.kind in {Kind.INFO, Kind.CONTACT}:
        yield None


def alike(question: Question, mentions: Mentions) -> list[list[Choice]]:
    """Choices that no condition tells apart stand in one group."""
    mentioned = mentions.texts(question)
    found: dict[object, list[Choice]] = {}
    for choice in question.choices:
        named = choice.id if choice.id in mentioned else None
        key = (named, choice.ends, choice.unsure, choice.alone, choice.gift)
        found.setdefault(key, []).append(choice)
    return list(found.values())


def lists_with(question: Question, choice: Choice) -> tuple[str, ...] | None:
    """The shortest allowed list of choices that holds one; None where it can never be picked."""
    fewest, most = question.picks
    company = [one.id for one in question.choices if not one.excludes_others and one.id != choice.id]
    ids = {choice.id, *company[: max(0, fewest - 1)]}
    if not fewest <= len(ids) <= most or (choice.excludes_others and len(ids) > 1):
        return None
    return tuple(sorted(ids, key=question.choice_ids.__getitem__))


def _classes(compares: Iterable[Compare]) -> Mapping[str, frozenset[str]]:
    """Question → those it is compared with, over any number of comparisons."""
    found: dict[str, frozenset[str]] = {}
    for part in compares:
        if isinstance(part.left, Name) and isinstance(part.right, Name):
            pair = {part.left.question, part.right.question}
            together = frozenset(pair).union(*(found.get(name, ()) for name in pair))
            found.update(dict.fromkeys(together, together))
    return found


def _values(quiz: Quiz, operand: object) -> Iterator[str | float]:
    if isinstance(operand, Literal):
        yield from operand.value if isinstance(operand.value, tuple) else (operand.value,)
    elif isinstance(operand, Name):
        question = quiz.question(operand.question)
        if question is not None:
            yield from (choice.id for choice in question.choices)
            yield from (bound for bound in question.bounds if question.kind in NUMERIC)


def _numbers(question: Question, thresholds: set[float], together: int) -> set[float]:
    """Every threshold, and what lies between and beyond them, inside the bounds.

    Args:
        question: of a numeric kind.
        thresholds: what it is compared with.
        together: so many answers are compared with each other, and may lie in one gap in any order.
    """
    lowest, highest = question.bounds
    if not thresholds:
        return {_any_number(question)}
    marks = sorted({one for one in (*thresholds, lowest, highest) if math.isfinite(one)}) or [0.0]
    steps = range(1, together + 1)
    grid = {*marks, *(marks[0] - step for step in steps), *(marks[-1] + step for step in steps)}
    if question.kind is Kind.SCALE or together > 1:
        wholes = {float(math.floor(low) + step) for low in marks for step in steps}
        grid |= {one for one in wholes if one < marks[-1]}
    if question.kind is Kind.SCALE:
        grid = {one for one in grid if one == int(one)}
    else:
        gaps = itertools.pairwise(sorted(grid))
        grid |= {low + (high - low) * step / (together + 1) for low, high in gaps for step in steps}
    return {one for one in grid if lowest <= one <= highest}


def _any_number(question: Question) -> float:
    if question.range and question.range.start is not None:
        return question.range.start
    return next((bound for bound in question.bounds if math.isfinite(bound)), 0.0)


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
    lonely = any(group[0].excludes_others for group in chosen)
    if not fewest <= len(ids) <= most or (lonely and len(ids) > 1):
        return None
    return tuple(sorted(ids, key=question.choice_ids.__getitem__))
