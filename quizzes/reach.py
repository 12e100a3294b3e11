"""Reach: which questions some visitor gets to see, decided by enumerating answers in file order.

Answers that no condition tells apart count as one, and an answer that no later condition names is
forgotten, so a dozen questions make some hundred states.
"""

from collections.abc import Iterator, Mapping
from typing import NamedTuple

from quizzes.answers import Answer, fact_value, picked
from quizzes.definition import Place, Question, Quiz
from quizzes.expression import Condition, Scope, Value, evaluate
from quizzes.parser import names_in, parse
from quizzes.partition import Mentions, TooManyAnswersError, representatives

STATE_LIMIT = 100_000

Path = tuple[tuple[str, Value | None], ...]  # question and answer, None = skipped


class Reach(NamedTuple):
    """What an enumeration found."""

    paths: Mapping[str, Path]  # reached question → answers that lead to it
    exact: bool  # False: too large to enumerate; what is not in `paths` may still be reached


class _State(NamedTuple):
    values: frozenset[tuple[str, Value]]
    facts: frozenset[str]
    ended: bool


def reach(quiz: Quiz) -> Reach:
    """Enumerate the answers to a quiz without known facts of its own questions."""
    return _Enumeration(quiz).run()


class _Enumeration:
    def __init__(self, quiz: Quiz) -> None:
        self._quiz = quiz
        self._whens: dict[int, Condition] = {
            row: parse(question.when) for row, question in enumerate(quiz.questions) if question.when
        }
        self._mentions = Mentions(quiz, self._whens.values())
        self._spoken = {row: names_in(quiz.questions[row].when or "") for row in self._whens}
        self._paths: dict[str, Path] = {}

    def run(self) -> Reach:
        try:
            states = self._first_states()
            for row, question in enumerate(self._quiz.questions):
                states = self._step(row, question, states)
        except TooManyAnswersError:
            return Reach(self._paths, exact=False)
        return Reach(self._paths, exact=True)

    def _first_states(self) -> dict[_State, Path]:
        """Facts that no question of this quiz binds may be known or not."""
        spoken = {fact for names in self._spoken.values() for fact in names.facts}
        free = sorted(spoken - {question.fact for question in self._quiz.questions})
        states: list[frozenset[str]] = [frozenset()]
        for fact in free:
            states += [known | {fact} for known in states]
            if len(states) > STATE_LIMIT:
                raise TooManyAnswersError
        return {_State(frozenset(), known, ended=False): () for known in states}

    def _step(self, row: int, question: Question, states: dict[_State, Path]) -> dict[_State, Path]:
        questions, facts = self._needed_after(row)
        found: dict[_State, Path] = {}
        for state, path in states.items():
            for after, longer in self._after(row, question, state, path):
                kept = frozenset(pair for pair in after.values if pair[0] in questions)
                found.setdefault(_State(kept, after.facts & facts, after.ended), longer)
            if len(found) > STATE_LIMIT:
                raise TooManyAnswersError
        return found

    def _needed_after(self, row: int) -> tuple[set[str], set[str]]:
        later = [names for other, names in self._spoken.items() if other > row]
        return {name for names in later for name in names.questions}, {
            fact for names in later for fact in names.facts
        }

    def _after(
        self, row: int, question: Question, state: _State, path: Path
    ) -> Iterator[tuple[_State, Path]]:
        over = state.ended and question.place is Place.BEFORE_RESULT
        scope = Scope(dict(state.values), state.facts)
        if over or (row in self._whens and not evaluate(self._whens[row], scope)):
            yield state, path
            return
        self._paths.setdefault(question.id, path)
        for value in representatives(question, self._mentions):
            yield _answered(question, value, state), (*path, (question.id, value))


def _answered(question: Question, value: Value | None, state: _State) -> _State:
    if value is None:
        return state
    answer = Answer(value)
    facts = {question.fact} if question.fact and fact_value(question, answer) is not None else set()
    ends = any(choice.ends for choice in picked(question, answer))
    return _State(state.values | {(question.id, value)}, state.facts | facts, state.ended or ends)
