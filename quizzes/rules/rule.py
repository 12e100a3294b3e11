"""Rule: what a lint rule is, what it looks at and what it finds."""

import difflib
from collections.abc import Callable, Collection, Iterator, Sequence
from enum import StrEnum
from functools import cached_property
from typing import NamedTuple

from quizzes.catalogue import Catalogue
from quizzes.definition import Choice, Place, Question, Quiz
from quizzes.expression import Condition, Names
from quizzes.loader import expressions
from quizzes.parser import names_in, parse
from quizzes.reach import Path, Reach, reach


class Level(StrEnum):
    """How bad a finding is."""

    ERROR = "E"
    WARNING = "W"


class Problem(NamedTuple):
    """What a rule found: where, what is wrong and what to do."""

    place: tuple[str | int, ...]  # such as ("questions", 2, "choices", 0)
    field: str
    message: str
    answers: Path = ()  # the path of answers that shows it, where the rule is about paths


class Spoken(NamedTuple):
    """One `when` or `must` of a quiz."""

    place: tuple[str | int, ...]
    field: str
    row: int  # of its question
    condition: Condition
    names: Names


class Subject:
    """The quiz under lint, with what several rules look at."""

    def __init__(self, quiz: Quiz, catalogue: Catalogue | None, published: Sequence[Quiz]) -> None:
        self.quiz = quiz
        self.catalogue = catalogue
        self.published = published

    @cached_property
    def conditions(self) -> list[Spoken]:
        """Every `when` and `must`, in file order."""
        return [
            Spoken(place, field, int(place[1]), parse(text), names_in(text))
            for place, field, text in expressions(self.quiz)
        ]

    @cached_property
    def order(self) -> dict[str, tuple[bool, int]]:
        """When each question comes; what is offered after the result comes last."""
        return {
            question.id: (question.place is Place.AFTER_RESULT, row)
            for row, question in reversed(list(enumerate(self.quiz.questions)))
        }

    @cached_property
    def reach(self) -> Reach:
        """Which questions some visitor gets to see."""
        return reach(self.quiz)

    def questions(self) -> Iterator[tuple[tuple[str | int, ...], Question]]:
        """Every question with its place."""
        for row, question in enumerate(self.quiz.questions):
            yield ("questions", row), question

    def choices(self) -> Iterator[tuple[tuple[str | int, ...], Question, Choice]]:
        """Every choice with its place and its question."""
        for place, question in self.questions():
            for row, choice in enumerate(question.choices):
                yield (*place, "choices", row), question, choice


class Rule(NamedTuple):
    """One lint rule."""

    code: str
    level: Level
    check: Callable[[Subject], Iterator[Problem]]


def nearest(name: str, there: Collection[str]) -> str:
    """A hint at what was probably meant, else at what there is."""
    near = difflib.get_close_matches(name, there, n=1)
    if near:
        return f"did you mean `{near[0]}`?"
    shown = sorted(there)[:8]
    more = " …" if len(there) > len(shown) else ""
    return f"there are {', '.join(shown)}{more}." if shown else "there is none."
