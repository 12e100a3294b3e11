"""Signals: what live answers wish for, which items they rule out, and the words for why."""

from collections.abc import Iterator, Mapping, Sequence
from typing import NamedTuple

from quizzes.answers import Answer, picked
from quizzes.definition import Choice, Kind, Question, Quiz
from quizzes.expression import Condition, Scope, Value, evaluate
from quizzes.parser import names_in, parse
from quizzes.texts import fill

Wish = tuple[
    str, str | None, str, float
]  # answer (fact=value or question=value), fact, attribute.value, weight
Signal = tuple[str, float]  # attribute.value, weight


class ItemFilter(NamedTuple):
    """A `must` that applies, ready to be asked about items."""

    question: str
    expression: str
    relax: int  # order in which it is loosened; 0 = never
    attributes: frozenset[str]  # an item that lacks one of them fails
    condition: Condition
    answers: Mapping[str, Value]

    def accepts(self, item: Mapping[str, Value]) -> bool:
        """Whether an item, as attribute → value without the prefix `item.`, may be shown."""
        lacks = any(item.get(name) in (None, (), "") for name in self.attributes)
        return not lacks and evaluate(self.condition, Scope(self.answers, item=item))


class Because(NamedTuple):
    """A reason in the shop's own words."""

    attribute: str  # attribute.value that the item carries
    weight: float  # summed over the visitor's answers, > 0
    text: str


def wishes(quiz: Quiz, live_answers: Mapping[str, Answer]) -> list[Wish]:
    """What the live answers say about attribute values, by the shop's own starting weights.

    The first of a ranking counts in full, each later one by an equal step less.
    """
    return [
        (f"{question.fact or question.id}={choice.id}", question.fact, name, weight * share)
        for question, choice, share in _signalling(quiz, live_answers)
        for name, weight in signals(choice)
    ]


def fact_wishes(quiz: Quiz) -> dict[tuple[str, str], tuple[Signal, ...]]:
    """What each value of each fact says about attribute values: (fact, choice id) → signals."""
    return {
        (question.fact, choice.id): signals(choice)
        for question in quiz.questions
        if question.fact is not None
        for choice in question.choices
        if choice.w and not choice.unsure
    }


def signals(choice: Choice) -> tuple[Signal, ...]:
    """The starting weights of one choice."""
    return tuple(
        (f"{attribute}.{value}", weight)
        for attribute, values in choice.w.items()
        for value, weight in values.items()
    )


def item_filters(quiz: Quiz, live_answers: Mapping[str, Answer]) -> list[ItemFilter]:
    """The filters of the live answers: those that are never loosened first, the first to loosen last."""
    values = {name: one.value for name, one in live_answers.items() if not one.skip}
    scope = {name: value for name, value in values.items() if isinstance(value, str | float | tuple)}
    found = [
        ItemFilter(question_id, must, relax, names_in(must).attributes, parse(must), scope)
        for question_id, must, relax in _musts(quiz, live_answers)
    ]
    return sorted(found, key=lambda one: -one.relax if one.relax else -float("inf"))


def wished(quiz: Quiz, live_answers: Mapping[str, Answer]) -> dict[str, float]:
    """What the answers wish for, as attribute.value → summed weight > 0, strongest first."""
    totals: dict[str, float] = {}
    for _, _, name, weight in wishes(quiz, live_answers):
        totals[name] = totals.get(name, 0.0) + weight
    positive = [(name, weight) for name, weight in totals.items() if weight > 0]
    return dict(sorted(positive, key=lambda one: -one[1]))


def reasons(quiz: Quiz, live_answers: Mapping[str, Answer], locale: str) -> list[Because]:
    """The shop's reasons for every value with a positive summed weight, strongest first."""
    totals = wished(quiz, live_answers)
    found = [
        Because(name, totals[name], fill(quiz, text, live_answers, locale))
        for attribute, texts in quiz.result.because.items()
        for value, text in texts.items()
        if (name := f"{attribute}.{value}") in totals
    ]
    return sorted(found, key=lambda one: -one.weight)


def carried(found: Sequence[Because], item: Mapping[str, Value]) -> list[Because]:
    """Those reasons whose value an item carries."""
    return [one for one in found if _carries(item, *one.attribute.split(".", 1))]


def _carries(item: Mapping[str, Value], attribute: str, value: str) -> bool:
    there = item.get(attribute)
    return value in there if isinstance(there, tuple) else there == value


def _signalling(quiz: Quiz, live_answers: Mapping[str, Answer]) -> Iterator[tuple[Question, Choice, float]]:
    for question in quiz.questions:
        answer = live_answers.get(question.id)
        choices = [] if answer is None or answer.skip else picked(question, answer)
        for position, choice in enumerate(choices):
            share = 1 - position / len(choices) if question.kind is Kind.RANK else 1.0
            if not choice.unsure:
                yield question, choice, share


def _musts(quiz: Quiz, live_answers: Mapping[str, Answer]) -> Iterator[tuple[str, str, int]]:
    """The `must` of each question that was answered and each choice that was picked; unsure is neither."""
    for question in quiz.questions:
        answer = live_answers.get(question.id)
        if answer is None or answer.skip:
            continue
        choices = picked(question, answer)
        sure = [choice for choice in choices if not choice.unsure]
        if question.must is not None and (sure or not choices):
            yield question.id, question.must, question.relax
        for choice in sure:
            if choice.must is not None:
                yield question.id, choice.must, choice.relax
