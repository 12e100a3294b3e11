"""Enumeration: where the answers to a quiz lead, question by question in the order they are asked.

Answers that no condition tells apart count as one, and what no later question depends on is forgotten,
so a dozen questions make some hundred states. It follows the engine: `pace.max`, early ends, gifts, and what
the profile knows before the first answer.
"""

import itertools
from collections.abc import Collection, Iterable, Iterator, Mapping
from typing import NamedTuple

from quizzes.answers import Answer, Fact, fact_value, from_fact, picked
from quizzes.definition import NUMERIC, WITH_CHOICES, Place, Question, Quiz
from quizzes.expression import Condition, Names, Scope, Value, evaluate
from quizzes.parser import names_in, parse
from quizzes.proofs.partition import NOTHING_APART, Mentions, TooManyAnswersError, representatives
from quizzes.proofs.trails import Route, Trail

__all__ = ["STEP_LIMIT", "Enumeration", "Route", "State", "Trail", "Turn", "pruned"]

STEP_LIMIT = 20_000  # answers tried in one enumeration; about half a second
ELSEWHERE: Fact = ("yes",)  # what is known of a fact that no question of the quiz asks for
SILENT = Names(frozenset(), frozenset(), frozenset())


class State(NamedTuple):
    """What the questions to come depend on."""

    values: frozenset[tuple[str, Value]] = frozenset()
    said: frozenset[str] = frozenset()  # facts that the answers say
    profile: frozenset[tuple[str, Fact | None]] = frozenset()  # None = not known
    unsettled: frozenset[str] = frozenset()  # questions that `pace.max` leaves open
    counted: int = 0  # up to `pace.max`, 0 where there is none
    ended: bool = False
    gift: bool = False
    asked: tuple[str, ...] = ()  # only where routes are told apart by what they ask


class _Reply(NamedTuple):
    """One kind of answer and what it does."""

    value: Value | None
    fact: Fact | None
    ends: bool
    gift: bool


class Turn(NamedTuple):
    """A question, what it hangs on, and what is still of use once it is over."""

    question: Question
    before_result: bool
    when: Condition | None
    names: Names
    facts: tuple[str, ...]  # that the profile may know, and that matter here
    needed: frozenset[str]  # questions that must be settled first
    values: frozenset[str]
    said: frozenset[str]
    profile: frozenset[str]
    unsettled: frozenset[str]


class Enumeration:
    """One run over a quiz, in file order.

    Args:
        quiz: its expressions can be read.
        most: as `pace.max`; None asks everything.
        limit: of answers tried.
        returning: whether the profile may know any fact that the quiz asks for; it matters for `pace.max`.
            Otherwise it may know the facts that a `when` names.
        by_asked: whether routes that ask different questions are kept apart; the profile then knows no fact
            that the quiz asks for.
        apart: question → choices told apart beyond what `when` needs; the last states hold its answers.
        conditions: further conditions whose comparisons are told apart.
    """

    def __init__(
        self,
        quiz: Quiz,
        *,
        most: int | None = None,
        limit: int = STEP_LIMIT,
        returning: bool = False,
        by_asked: bool = False,
        apart: Mapping[str, Collection[str]] = NOTHING_APART,
        conditions: Iterable[Condition] = (),
    ) -> None:
        self.quiz = quiz
        self.routes: dict[str, Route] = {}  # asked question → a route to it
        self.held: set[str] = set()  # questions whose `when` was true
        self.failed: set[str] = set()  # questions whose `when` was false
        whens = [parse(question.when) for question in quiz.questions if question.when]
        self.mentions = Mentions(quiz, [*whens, *conditions], apart)
        self._most = most
        self._left = limit
        self._returning = returning
        self._by_asked = by_asked
        self._replies: dict[str, list[_Reply]] = {}
        self.turns = self._all_turns(frozenset(apart))

    def run(self) -> dict[State, Trail]:
        """Enumerate to the end, the questions after the result included.

        Raises:
            TooManyAnswersError: the limit is reached; `routes` holds what was found until then.
        """
        states = {State(): Trail()}
        for turn in self.turns:
            found: dict[State, Trail] = {}
            for state, trail in states.items():
                for after, longer in self.steps(turn, state, trail):
                    self._count_step()
                    there = pruned(after, turn)
                    found[there] = found[there].beside(longer) if there in found else longer
            states = found
        return states

    def _count_step(self) -> None:
        self._left -= 1
        if self._left < 0:
            raise TooManyAnswersError

    def _all_turns(self, kept: frozenset[str]) -> list[Turn]:
        order = self.quiz.asking_order
        spoken = [names_in(question.when) if question.when else SILENT for question in order]
        told = self._told_facts(order, frozenset().union(*(names.facts for names in spoken)))
        needed = [_needed(order[:row], question, spoken[row]) for row, question in enumerate(order)]
        facts = [
            tuple(sorted(told & {*names.facts, question.fact}))
            for question, names in zip(order, spoken, strict=True)
        ]
        return [
            Turn(
                question,
                question.place is Place.BEFORE_RESULT,
                parse(question.when) if question.when else None,
                spoken[row],
                facts[row],
                needed[row],
                kept.union(*(names.questions for names in spoken[row + 1 :])),
                frozenset().union(*(names.facts for names in spoken[row + 1 :])),
                frozenset(itertools.chain.from_iterable(facts[row + 1 :])),
                frozenset().union(*needed[row + 1 :]),
            )
            for row, question in enumerate(order)
        ]

    def _told_facts(self, order: list[Question], spoken: frozenset[str]) -> frozenset[str]:
        """Facts that the profile may know or not."""
        own = {one.fact for one in order if one.fact and one.kind in WITH_CHOICES | NUMERIC}
        if self._by_asked:
            return spoken - own
        return spoken | own if self._returning else spoken

    def steps(self, turn: Turn, state: State, trail: Trail) -> Iterator[tuple[State, Trail]]:
        """Where each kind of answer in a turn leads from a state; `pruned` forgets what is over then."""
        if state.ended and turn.before_result:
            yield state, trail
        elif turn.needed & state.unsettled:
            yield state._replace(unsettled=state.unsettled | {turn.question.id}), trail
        else:
            for decided, longer in self._decided(turn.facts, state, trail):
                yield from self._meet(turn, decided, longer)

    def _decided(self, facts: tuple[str, ...], state: State, trail: Trail) -> Iterator[tuple[State, Trail]]:
        """The same state for each thing that the profile may know about some facts."""
        open_now = [] if state.gift else [fact for fact in facts if fact not in dict(state.profile)]
        for chosen in itertools.product(*([None, *self._known_values(fact)] for fact in open_now)):
            decided = tuple(zip(open_now, chosen, strict=True))
            known = tuple((fact, value) for fact, value in decided if value is not None)
            yield (
                state._replace(profile=state.profile | set(decided)) if decided else state,
                trail.knowing(known) if known else trail,
            )

    def _known_values(self, fact: str) -> list[Fact]:
        binders = [question for question in self.quiz.questions if question.fact == fact]
        values = (reply.fact for question in binders for reply in self._answers(question))
        return list(dict.fromkeys(one for one in values if one is not None)) or [ELSEWHERE]

    def _meet(self, turn: Turn, state: State, trail: Trail) -> Iterator[tuple[State, Trail]]:
        question = turn.question
        profile = {} if state.gift else {fact: value for fact, value in state.profile if value is not None}
        by_fact = from_fact(question, profile)
        full = turn.before_result and self._most is not None and state.counted >= self._most
        scope = Scope(dict(state.values), state.said | profile.keys())
        holds = turn.when is None or evaluate(turn.when, scope)
        if turn.when is not None and (by_fact is not None or not full):
            (self.held if holds else self.failed).add(question.id)
        if not holds:
            yield state, trail
        elif by_fact is not None:
            yield _answered(state, question, _reply(question, by_fact)), trail
        elif full:
            yield state._replace(unsettled=state.unsettled | {question.id}), trail
        else:
            yield from self._ask(question, state, trail)

    def _ask(self, question: Question, state: State, trail: Trail) -> Iterator[tuple[State, Trail]]:
        self.routes.setdefault(question.id, trail.route)
        if question.counts and self._most is not None:
            state = state._replace(counted=state.counted + 1)
        if self._by_asked:
            state = state._replace(asked=(*state.asked, question.id))
        for reply in self._answers(question):
            yield _answered(state, question, reply), trail.asked(question, reply.value)

    def _answers(self, question: Question) -> list[_Reply]:
        if question.id not in self._replies:
            values = representatives(question, self.mentions)
            self._replies[question.id] = [_reply(question, Answer(value, value is None)) for value in values]
        return self._replies[question.id]


def _needed(earlier: list[Question], question: Question, spoken: Names) -> frozenset[str]:
    """What the engine waits for before it asks a question."""
    gates = {one.id for one in earlier if one.may_end} if question.place is Place.BEFORE_RESULT else set()
    binders = {one.id for one in earlier if one.fact in spoken.facts}
    return question.piped | spoken.questions | gates | binders


def _reply(question: Question, answer: Answer) -> _Reply:
    choices = picked(question, answer)
    value = answer.value if isinstance(answer.value, str | float | tuple) else None
    return _Reply(
        value,
        fact_value(question, answer),
        any(choice.ends for choice in choices),
        any(choice.gift for choice in choices),
    )


def _answered(state: State, question: Question, reply: _Reply) -> State:
    return State(
        state.values if reply.value is None else state.values | {(question.id, reply.value)},
        state.said | {question.fact} if question.fact and reply.fact is not None else state.said,
        state.profile,
        state.unsettled,
        state.counted,
        state.ended or reply.ends,
        state.gift or reply.gift,
        state.asked,
    )


def pruned(state: State, turn: Turn) -> State:
    """What the questions after a turn depend on."""
    return State(
        frozenset(pair for pair in state.values if pair[0] in turn.values),
        state.said & turn.said,
        frozenset(pair for pair in state.profile if pair[0] in turn.profile),
        state.unsettled & turn.unsettled,
        state.counted,
        state.ended,
        state.gift,
        state.asked,
    )
