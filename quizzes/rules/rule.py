"""Rule: what a lint rule is, what it looks at and what it finds."""

from collections.abc import Callable, Iterator, Sequence
from enum import StrEnum
from functools import cached_property
from typing import NamedTuple

from quizzes.catalogue import Catalogue
from quizzes.definition import Choice, Place, Question, Quiz, Text
from quizzes.expression import Condition, Names
from quizzes.loader import expressions
from quizzes.parser import names_in, parse
from quizzes.proofs.descent import Descent
from quizzes.proofs.leftovers import Minimum, fewest_items
from quizzes.proofs.reach import Path, Reach, reach
from quizzes.texts import all_texts, arm_texts


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


class Worded(NamedTuple):
    """One text as some visitors read it: as it stands, or as an arm changes it."""

    place: tuple[str | int, ...]  # where the words stand
    field: str
    keys: tuple[str | int, ...]  # the way to the text that they are, or are put in the place of
    text: Text

    @property
    def row(self) -> int | None:
        """Of the question that it belongs to."""
        return int(self.keys[1]) if self.keys[0] == "questions" else None

    @property
    def labels(self) -> bool:
        """Whether it is what a visitor picks."""
        return "choices" in self.keys and self.keys[-1] == "text"


class Subject:
    """The quiz under lint, with what several rules look at."""

    def __init__(
        self,
        quiz: Quiz,
        catalogue: Catalogue | None,
        published: Sequence[Quiz],
        siblings: Sequence[Quiz] = (),
    ) -> None:
        self.quiz = quiz
        self.catalogue = catalogue
        self.published = published  # every published revision of this quiz
        self.siblings = siblings  # the other quizzes, which share its facts

    @cached_property
    def conditions(self) -> list[Spoken]:
        """Every `when` and `must`, in file order."""
        return [
            Spoken(place, field, int(place[1]), parse(text), names_in(text))
            for place, field, text in expressions(self.quiz)
        ]

    @cached_property
    def texts(self) -> list[Worded]:
        """Every text of the quiz, then those of its arms that name a text of the quiz."""
        spots = list(all_texts(self.quiz))
        own = {spot.address: spot for spot in spots}
        found = [Worded(spot.place, spot.field, spot.keys, spot.text) for spot in spots]
        for arm in arm_texts(self.quiz):
            base = own.get(str(arm.keys[-1]))
            if base is not None:
                found.append(Worded(arm.place, arm.field, base.keys, {**base.text, **arm.text}))
        return found

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

    @cached_property
    def leftovers(self) -> Descent:
        """Which items are left on paths that leave too few, though all that gives way was loosened."""
        catalogue = self.catalogue or Catalogue([])
        return fewest_items(self.quiz, catalogue, Minimum(self.quiz, catalogue).enough)

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
