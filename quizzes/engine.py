"""Engine: the state of a quiz as a replay of its answers, pure and total.

The state depends on which answer each question has, not on the order in which they came. An answer
counts while its question is on the path: what its `when` and its texts name is settled, the `when` holds
and no choice before it in the file has closed the quiz. Other answers are kept by the caller and are inert.
"""

from collections.abc import Callable, Mapping, Sequence
from enum import Enum, auto

import msgspec

from quizzes import answers as forms
from quizzes.answers import Answer, Fact
from quizzes.definition import Place, Question, Quiz
from quizzes.errors import AnswerError
from quizzes.expression import Scope, Value, evaluate
from quizzes.parser import names_in, parse

__all__ = ["Answer", "Chooser", "Fact", "State", "check_answer", "in_file_order", "replay"]

NOTHING_KNOWN: Mapping[str, Fact] = {}


class State(msgspec.Struct, frozen=True, kw_only=True):
    """Where a visitor stands in a quiz."""

    question: Question | None  # to ask next; None = time for the result
    eligible: tuple[Question, ...]  # any of which may be asked next, in file order
    waiting: tuple[str, ...]  # questions that an eligible one may still bring up
    offer: Question | None  # to offer beside the result
    path: tuple[str, ...]  # questions answered or skipped on the path, in file order
    known: tuple[str, ...]  # questions on the path that a known fact answers
    inert: tuple[str, ...]  # answered questions that are off the path
    reachable: tuple[str, ...]  # questions whose answer would be accepted now
    live: dict[str, Answer]  # answers that count, known facts among them
    facts: dict[str, Fact]  # what the live answers say
    answered: int  # questions that `pace` counts
    at_most: int  # upper bound of `answered` at the end
    gift: bool  # the answers are about somebody else
    withheld: bool  # a required question that decides what may be shown is still open

    @property
    def finished(self) -> bool:
        """Whether nothing more is asked before the result."""
        return self.question is None


Chooser = Callable[[State], Question | None]
"""Which of the eligible questions of a state is asked next; None closes the quiz. It must be pure."""


def in_file_order(state: State) -> Question | None:
    """The next question as the definition has them: `pace.order = "fixed"`."""
    return state.eligible[0] if state.eligible else None


class Standing(Enum):
    """How a question stands to the path."""

    LIVE = auto()  # answered or skipped
    KNOWN = auto()  # answered by a known fact
    OPEN = auto()  # may be asked now
    WAITING = auto()  # depends on a question that may still be asked
    OFF = auto()  # cannot be asked on this path


UNSETTLED = frozenset({Standing.OPEN, Standing.WAITING})


def replay(
    quiz: Quiz,
    answers: Sequence[tuple[str, Answer]],
    known_facts: Mapping[str, Fact] = NOTHING_KNOWN,
    choose: Chooser = in_file_order,
) -> State:
    """Replay answers to where they lead.

    Args:
        quiz: the revision that the answers were given to.
        answers: question and answer, in the order given; the last one of a question holds.
        known_facts: facts of the visitor that are known and not expired.
        choose: which of the eligible questions is next.
    """
    walk = _Walk(dict(answers), known_facts)
    for question in quiz.asking_order:
        walk.visit(question)
    state = walk.state(quiz)
    asked = choose(state)
    return state if asked is state.question else walk.state(quiz, asked, chosen=True)


def check_answer(quiz: Quiz, state: State, question_id: str, raw: object) -> Answer:
    """Check an answer, `{"value": …}` or `{"skip": true}`, against the quiz and the path.

    Raises:
        AnswerError: the quiz does not accept it; its code says why.
    """
    question = quiz.question(question_id)
    if question is None:
        raise AnswerError("unknown_question", f"Quiz `{quiz.id}` has no question `{question_id}`.")
    if question_id not in state.reachable:
        raise AnswerError(
            "not_reachable",
            f"Question `{question_id}` is not on the path of the answers given; "
            "answer the question that the session shows.",
        )
    return forms.check(question, raw)


class _Walk:
    """One pass over the questions in file order."""

    def __init__(self, answers: Mapping[str, Answer], known_facts: Mapping[str, Fact]) -> None:
        self._answers = answers
        self._known_facts = known_facts
        self._standing: dict[str, Standing] = {}
        self._live: dict[str, Answer] = {}
        self._values: dict[str, Value] = {}
        self._facts: dict[str, Fact] = {}
        self._binders: dict[str, set[str]] = {}
        self._gates: set[str] = set()
        self._ended = False
        self._gift = False
        self._withheld = False

    def visit(self, question: Question) -> None:
        standing = self._standing_of(question)
        self._standing[question.id] = standing
        if standing is Standing.LIVE:
            self._count(question, self._answers[question.id])
        elif standing is Standing.KNOWN:
            self._count(question, self._by_fact(question) or forms.SKIPPED)
        if question.fact:
            self._binders.setdefault(question.fact, set()).add(question.id)
        if question.may_end:
            self._gates.add(question.id)
        # An early end, or an answer that says nothing, must not open what a gate keeps closed.
        self._withheld |= question.is_gate and not (self._is_said(question) or self._is_unasked(question))

    def state(self, quiz: Quiz, asked: Question | None = None, *, chosen: bool = False) -> State:
        """Where the walk led; `chosen`: `asked` is next, or the result where it is None."""
        before = [one for one in quiz.questions if one.place is Place.BEFORE_RESULT]
        answered = sum(one.counts for one in before if self._standing[one.id] is Standing.LIVE)
        full = quiz.pace.max is not None and answered >= quiz.pace.max
        open_now = [] if full else [one for one in before if self._standing[one.id] is Standing.OPEN]
        if not chosen:
            asked = open_now[0] if open_now else None
        offers = [] if asked else self._offers(quiz)
        left = sum(one.counts for one in before if self._standing[one.id] in UNSETTLED) if asked else 0
        askable = {one.id for one in (*open_now, *offers)}
        return State(
            question=asked,
            eligible=tuple(open_now),
            waiting=self._ids(quiz, Standing.WAITING),
            offer=offers[0] if offers else None,
            path=self._ids(quiz, Standing.LIVE),
            known=self._ids(quiz, Standing.KNOWN),
            inert=tuple(name for name in self._standing if name in self._answers and name not in self._live),
            reachable=tuple(name for name in self._standing if name in self._live or name in askable),
            live=self._live,
            facts=self._facts,
            answered=answered,
            at_most=min(answered + left, quiz.pace.max or answered + left),
            gift=self._gift,
            withheld=self._withheld,
        )

    def _offers(self, quiz: Quiz) -> list[Question]:
        after = (one for one in quiz.questions if one.place is Place.AFTER_RESULT)
        return [one for one in after if self._standing[one.id] is Standing.OPEN]

    def _ids(self, quiz: Quiz, standing: Standing) -> tuple[str, ...]:
        return tuple(one.id for one in quiz.questions if self._standing[one.id] is standing)

    def _standing_of(self, question: Question) -> Standing:
        if self._ended and question.place is Place.BEFORE_RESULT:
            return Standing.OFF
        needed = _named(question, self._binders) | _gates(question, self._gates)
        if any(self._standing.get(name) in UNSETTLED for name in needed):
            return Standing.WAITING
        if question.when is not None and not self._holds(question.when):
            return Standing.OFF
        if question.id in self._answers:
            return Standing.LIVE
        return Standing.OPEN if self._by_fact(question) is None else Standing.KNOWN

    def _is_said(self, question: Question) -> bool:
        answer = self._live.get(question.id)
        return answer is not None and not answer.skip

    def _is_unasked(self, question: Question) -> bool:
        """Whether its own `when` leaves it out, and not just an early end."""
        named = _named(question, self._binders)
        settled = not any(self._standing.get(name) in UNSETTLED for name in named)
        return settled and question.when is not None and not self._holds(question.when)

    def _holds(self, when: str) -> bool:
        facts = self._facts.keys() | self._known_now().keys()
        return evaluate(parse(when), Scope(self._values, facts))

    def _known_now(self) -> Mapping[str, Fact]:
        """Known facts are the visitor's; they say nothing about the one a gift is for."""
        return NOTHING_KNOWN if self._gift else self._known_facts

    def _by_fact(self, question: Question) -> Answer | None:
        return forms.from_fact(question, self._known_now())

    def _count(self, question: Question, answer: Answer) -> None:
        self._live[question.id] = answer
        if answer.skip:
            return
        if isinstance(answer.value, str | float | tuple):
            self._values[question.id] = answer.value
        fact = forms.fact_value(question, answer)
        if question.fact and fact is not None:
            self._facts[question.fact] = fact
        for choice in forms.picked(question, answer):
            self._ended |= choice.ends
            self._gift |= choice.gift


def _named(question: Question, binders: Mapping[str, set[str]]) -> set[str]:
    """What `when`, its known facts and the texts of a question name."""
    names = set(question.piped)
    if question.when is not None:
        spoken = names_in(question.when)
        names |= spoken.questions
        names.update(*(binders.get(fact, ()) for fact in spoken.facts))
    return names


def _gates(question: Question, gates: set[str]) -> set[str]:
    """A choice that closes the quiz is a condition on every later question before the result."""
    return gates if question.place is Place.BEFORE_RESULT else set()
