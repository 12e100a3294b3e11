"""Filtering: what the filters that are never loosened take away, for each kind of answer."""

from collections.abc import Callable, Collection, Iterator, Mapping, Sequence
from typing import NamedTuple

import msgspec
import numpy as np

from quizzes.answers import Answer
from quizzes.catalogue import Catalogue
from quizzes.definition import NUMERIC, WITH_CHOICES, Kind, Question, Quiz
from quizzes.expression import Attribute, Compare, Condition, Literal, Name, Value, parts_of
from quizzes.parser import names_in, parse
from quizzes.proofs.descent import EVERYTHING, Descent, Left, descend
from quizzes.proofs.enumeration import Enumeration, Route
from quizzes.proofs.partition import representatives
from quizzes.proofs.reach import most_asked
from quizzes.proofs.variants import LIST_LIMIT, variant_count, variants
from quizzes.signals import ItemFilter, item_filters

MARK_LIMIT = 24
Kept = tuple[str, str]  # question and expression of a filter


class Hard(NamedTuple):
    """A `must` that is never loosened, as it is written."""

    question: Question
    row: int | None  # of the choice; None: of the question itself
    must: str

    @property
    def kept(self) -> Kept:
        """What an ItemFilter of it is known by."""
        return self.question.id, self.must


def hard_filters(quiz: Quiz) -> list[Hard]:
    """Every filter that is never loosened and that somebody's answer can bring up."""
    found: list[Hard] = []
    for question in quiz.questions:
        if question.must is not None and not question.relax:
            found.append(Hard(question, None, question.must))
        for row, choice in enumerate(question.choices):
            if choice.must is not None and not choice.relax and not choice.unsure:
                found.append(Hard(question, row, choice.must))
    return found


def live_filters(quiz: Quiz, live: Mapping[str, Answer]) -> list[ItemFilter]:
    """Those filters of some answers that are never loosened."""
    return [one for one in item_filters(quiz, live) if not one.relax]


class Marks:
    """Numbers at which the filters that compare an answer with items change what they say."""

    def __init__(
        self, quiz: Quiz | None = None, catalogue: Catalogue | None = None, hard: Sequence[Hard] = ()
    ) -> None:
        self.exact = True
        self._marks: dict[str, list[float]] = {}
        for one in hard if quiz and catalogue else ():
            compares = [part for part in parts_of(parse(one.must)) if isinstance(part, Compare)]
            for part in compares:
                self._note(part.left, part.right, catalogue)
                self._note(part.right, part.left, catalogue)

    def of(self, question: str) -> list[float]:
        """The marks of the answers to a question."""
        return self._marks.get(question, [])

    def _note(self, side: object, other: object, catalogue: Catalogue | None) -> None:
        if not isinstance(side, Name) or catalogue is None:
            return
        if isinstance(other, Literal):
            values = other.value if isinstance(other.value, tuple) else (other.value,)
            self._marks.setdefault(side.question, []).extend(one for one in values if isinstance(one, float))
        if isinstance(other, Attribute):
            numbers = np.unique(catalogue.number(other.name)[catalogue.in_stock])
            numbers = numbers[~np.isnan(numbers)]
            self._add(side.question, numbers.tolist())

    def _add(self, question: str, numbers: list[float]) -> None:
        """Of many numbers some stand for all, the ends among them: those decide where a filter is a limit."""
        there = self._marks.setdefault(question, [])
        if len(numbers) > MARK_LIMIT:
            self.exact = False
            step = len(numbers) // MARK_LIMIT + 1
            numbers = [*numbers[::step], numbers[-1]]
        there.extend(numbers)


class Filtering:
    """What the filters of a quiz take away, answer by answer."""

    def __init__(
        self,
        quiz: Quiz,
        hard: Sequence[Hard],
        taken: Callable[[Question, list[ItemFilter]], int],
        marks: Marks,
    ) -> None:
        self._quiz = quiz
        self._taken = taken
        self._marks = marks
        self._alone = {
            question.id: msgspec.structs.replace(quiz, questions=(question,)) for question in quiz.questions
        }
        self._named = {
            question.id: frozenset().union(
                *(names_in(one.must).questions for one in hard if one.question is question)
            )
            for question in quiz.questions
        }
        self._hard = {question.id: self._choices(question, hard) for question in quiz.questions}
        self._found: dict[object, list[tuple[Value, int]]] = {}

    def descend(self, whole: int, enough: Callable[[int], bool]) -> Descent:
        """Follow all answers to the end; `whole` and `enough` as `descent.descend` takes them."""
        if not any(self._hard.values()) and not any(self._named.values()):
            return Descent(() if enough(whole) else (Left(whole, Route()),), exact=True)
        most = most_asked(self._quiz)
        returning = most is not None
        self._run = Enumeration(
            self._quiz,
            most=most,
            returning=returning,
            apart=self._apart(),
            conditions=[*self._conditions(returning=returning)],
        )
        found = descend(self._run, whole, self._of, self._floor, enough)
        tried = all(self._all_tried(question) for question in self._quiz.questions)
        return Descent(found.ends, found.exact and tried and self._marks.exact)

    def _floor(self, question: Question) -> int:
        """What all answers to a question leave together, nothing where other answers have a say."""
        if self._named[question.id] - {question.id}:
            return 0
        left = EVERYTHING
        for value in representatives(question, self._run.mentions):
            for _, bits in self._of(question, value, {}) if value is not None else ():
                left &= bits
        return left

    def _all_tried(self, question: Question) -> bool:
        """Whether some variant leaves the fewest items of all answers of its kind."""
        if question.kind is Kind.TEXT and any(question.id in names for names in self._named.values()):
            return False
        return variant_count(question, self._hard[question.id]) <= LIST_LIMIT

    def _of(self, question: Question, value: Value, values: Mapping[str, Value]) -> list[tuple[Value, int]]:
        names = self._named[question.id]
        key = (question.id, value, frozenset(pair for pair in values.items() if pair[0] in names))
        if key not in self._found:
            hard, marks = self._hard[question.id], self._marks.of(question.id)
            kinds = variants(question, value, self._run.mentions, hard, marks)
            self._found[key] = _least(
                (one, self._taken(question, self._filters(question, one, values))) for one in kinds
            )
        return self._found[key]

    def _filters(self, question: Question, value: Value, values: Mapping[str, Value]) -> list[ItemFilter]:
        live = {name: Answer(one) for name, one in {**values, question.id: value}.items()}
        return live_filters(self._alone[question.id], live)

    def _choices(self, question: Question, hard: Sequence[Hard]) -> frozenset[str]:
        """Choices that the filters tell apart."""
        own = [one for one in hard if one.question is question]
        if any(one.row is None and question.id in names_in(one.must).questions for one in own):
            return frozenset(question.choice_ids)
        return frozenset(question.choices[one.row].id for one in own if one.row is not None)

    def _apart(self) -> dict[str, Collection[str]]:
        """Questions whose answers later filters name, and lists that filters name as they are."""
        found: dict[str, Collection[str]] = {}
        for owner, names in self._named.items():
            for question in self._quiz.questions:
                if question.id in names and (question.id != owner or question.takes_many):
                    found[question.id] = tuple(question.choice_ids)
        return found

    def _conditions(self, *, returning: bool) -> Iterator[Condition]:
        """What tells answers apart that variants cannot stand for: those that something else names."""
        apart = self._apart()
        for question in self._quiz.questions:
            name = Name(question.id)
            if question.kind in NUMERIC and (question.id in apart or (returning and question.fact)):
                yield from (Compare("==", name, Literal(mark)) for mark in self._marks.of(question.id))
            if question.kind in WITH_CHOICES and returning and question.fact:
                yield from (Compare("==", name, Literal(one)) for one in sorted(self._hard[question.id]))


def _least(kinds: Iterator[tuple[Value, int]]) -> list[tuple[Value, int]]:
    """Those answers that leave no more than any other leaves."""
    found: list[tuple[Value, int]] = []
    for value, bits in kinds:
        if not any(other & bits == other for _, other in found):
            found = [(one, other) for one, other in found if other & bits != bits]
            found.append((value, bits))
    return found
