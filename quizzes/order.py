"""Order: which question settles most of what the recommendation does not know yet, and when to stop.

Scores are linear in the answers, so what an answer settles is a Gaussian conditioning of their covariance:
no labels and no simulation (A-optimal design: the trace of the covariance of the scores).
"""

from collections.abc import Callable, Collection, Mapping
from functools import cached_property

import msgspec
import numpy as np
from numpy.typing import NDArray

from quizzes.answers import picked
from quizzes.definition import Order, Place, Question, Quiz
from quizzes.engine import Chooser, State, in_file_order

Floats = NDArray[np.floating]
RIDGE = 1e-9
"""Share of a question's variance that is taken for rounding."""


class Information(msgspec.Struct, frozen=True, eq=False, dict=True):
    """What the answers to the measured questions of a quiz would do to the scores of some items."""

    questions: tuple[str, ...]  # in file order
    columns: Mapping[str, slice]  # of each question, one column a value
    covariance: Floats  # (c, c) of the answers, positive semidefinite
    effects: Floats  # (c, n) what each column adds to the score of each item

    @cached_property
    def variance(self) -> float:
        """Summed variance of the scores before any answer."""
        return float(np.vdot(self.effects, self.covariance @ self.effects))

    @cached_property
    def known_gains(self) -> dict[frozenset[str], dict[str, float]]:
        """What `gains` has found: 0.4 ms each, asked at every step of everybody in the same few states."""
        return {}

    @cached_property
    def order(self) -> tuple[str, ...]:
        """Greedy: each question settles the most, given that those before it are answered."""
        left, rest, found = self.covariance, list(self.questions), list[str]()
        while rest:
            worth = _falls(self, left, rest)
            best = max(rest, key=worth.__getitem__)
            rest.remove(best)
            found.append(best)
            left = _condition(self, left, best)
        return tuple(found)


def gains(information: Information, settled: Collection[str]) -> dict[str, float]:
    """The share of the variance before any answer that each question's answer settles.

    Args:
        information: of the measured questions.
        settled: questions answered already; others than the measured ones are passed over.
    """
    key = frozenset(information.columns.keys() & set(settled))
    if key not in information.known_gains:
        left = information.covariance
        for question in information.questions:
            if question in key:
                left = _condition(information, left, question)
        rest = [question for question in information.questions if question not in key]
        information.known_gains[key] = _falls(information, left, rest)
    return information.known_gains[key]


def informative_order(information: Information) -> tuple[str, ...]:
    """The measured questions by what they settle, greedily."""
    return information.order


def chooser(
    quiz: Quiz, information_of: Callable[[State], Information | None], first: str | None = None
) -> Chooser:
    """The chooser that `pace.order` asks for.

    Measured questions are permuted among their places; the others keep theirs. Where `pace.stop_gain` says
    that one more answer would change little, only those are still asked that have another reason.

    Args:
        quiz: the definition.
        information_of: for `informative` the same at every state; None: in file order.
        first: a question that is asked before all others.
    """
    return in_file_order if quiz.pace.order is Order.FIXED else _Chooser(quiz, information_of, first)


class _Chooser:
    """Chooses by information; pure, as every chooser."""

    def __init__(
        self, quiz: Quiz, information_of: Callable[[State], Information | None], first: str | None
    ) -> None:
        self._quiz = quiz
        self._information_of = information_of
        self._first = first

    def __call__(self, state: State) -> Question | None:
        if len(state.eligible) == 0:
            return None
        for question in state.eligible:
            if question.id == self._first:
                return question
        information = self._information_of(state)
        if information is None:
            return in_file_order(state)
        worth = self._worth(information, state)
        if self._is_enough(state, worth):
            return self._for_another_reason(information, state)
        return self._next(information, state, worth)

    def _worth(self, information: Information, state: State) -> dict[str, float]:
        """By gain where the state decides, else by place in the one order."""
        pace = self._quiz.pace
        if pace.order is Order.ADAPTIVE or pace.stop_gain is not None:
            return gains(information, _settled(self._quiz, state))
        return {}

    def _is_enough(self, state: State, worth: Mapping[str, float]) -> bool:
        pace = self._quiz.pace
        if pace.stop_gain is None or state.answered < pace.min:
            return False
        askable = (*(question.id for question in state.eligible), *state.waiting)
        return all(worth.get(question, 0.0) < pace.stop_gain for question in askable)

    def _for_another_reason(self, information: Information, state: State) -> Question | None:
        """The next question that is asked whatever it settles, or that leads to one."""

        def has_reason(question: Question) -> bool:
            return question.id not in information.columns or question.required or question.filters

        found = next((question for question in state.eligible if has_reason(question)), None)
        waiting = (one for one in self._quiz.questions if one.id in state.waiting)
        leads = any(has_reason(one) for one in waiting if one.place is Place.BEFORE_RESULT)
        return found or (in_file_order(state) if leads else None)

    def _next(self, information: Information, state: State, worth: Mapping[str, float]) -> Question:
        measured = [one for one in state.eligible if one.id in information.columns]
        unmeasured = _whose_turn_it_is(self._quiz, information, state)
        if unmeasured is not None or not measured:
            return unmeasured or state.eligible[0]
        if self._quiz.pace.order is Order.ADAPTIVE:
            return max(measured, key=lambda one: worth[one.id])
        return min(measured, key=lambda one: information.order.index(one.id))


def _whose_turn_it_is(quiz: Quiz, information: Information, state: State) -> Question | None:
    """The first question that is not measured, once as many measured ones were asked as stand before it."""
    asked = sum(name in information.columns for name in state.path)
    askable = {question.id for question in state.eligible}
    before = 0
    for question in quiz.questions:
        if question.id in information.columns:
            before += question.id in askable or question.id in state.path
        elif question.id in askable:
            return question if before <= asked else None
    return None


def _settled(quiz: Quiz, state: State) -> frozenset[str]:
    """The questions whose answer says something: skipped and unsure ones leave all as it was."""
    return frozenset(
        question.id
        for question in quiz.questions
        if (answer := state.live.get(question.id)) is not None
        and not answer.skip
        and (not question.choices or any(not choice.unsure for choice in picked(question, answer)))
    )


def _falls(information: Information, left: Floats, questions: Collection[str]) -> dict[str, float]:
    """What each question settles of the variance, as a share of the whole."""
    if information.variance <= 0.0:
        return dict.fromkeys(questions, 0.0)
    moved = left @ information.effects
    found = {}
    for question in questions:
        own = moved[information.columns[question]]
        found[question] = float(np.vdot(own, _solve(information, left, question, own))) / information.variance
    return found


def _condition(information: Information, left: Floats, question: str) -> Floats:
    """The covariance of all answers once a question is answered."""
    own = left[information.columns[question]]
    return left - own.T @ _solve(information, left, question, own)


def _solve(information: Information, left: Floats, question: str, right: Floats) -> Floats:
    """The inverse of a question's own covariance times (m, k), for right sides in its range.

    The ridge is there because that covariance is singular: the indicators of one choice of many sum to 1.
    """
    own = information.columns[question]
    ridge = RIDGE * np.trace(information.covariance[own, own]) + np.finfo(np.float64).tiny
    block = left[own, own].copy()
    block.flat[:: len(block) + 1] += ridge
    return np.linalg.solve(block, right)
