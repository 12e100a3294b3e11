"""Visitor facts: see, correct and forget what is known; all of a request is done, or nothing of it."""

import asyncio
import secrets
from collections import defaultdict
from collections.abc import Collection, Iterator, Mapping, Sequence
from datetime import UTC, datetime, timedelta
from typing import Any, NamedTuple

from quizzes.answers import Fact, check, fact_value
from quizzes.definition import Basis, Question, Quiz
from quizzes.errors import AnswerError
from quizzes.touchpoints import becomes_fact
from recsvc.domain.errors import FactRefusedError, UnknownQuizError
from recsvc.domain.events import Event, EventKind, QuizStep, Wording
from recsvc.domain.profile import FactValue, Profile
from recsvc.serving.consent import is_refused, purpose_name, usable
from recsvc.serving.fact_view import FactsView, fact_view
from recsvc.serving.live_quizzes import LiveQuizzes
from recsvc.serving.ports import Clock, Store
from recsvc.serving.quiz_events import kept_value
from recsvc.serving.session_answers import without
from recsvc.serving.turns import Turns

Wanted = str | float | Sequence[str] | None
"""What a fact is corrected to, as its values or as an answer; None: forget it."""


class _Correction(NamedTuple):
    """What a fact is to be, by which question."""

    fact: str
    quiz: Quiz
    question: Question
    values: Fact


class VisitorFacts:
    """The use case behind a visitor's own facts."""

    def __init__(
        self, *, store: Store, quizzes: LiveQuizzes, locales: Sequence[str], clock: Clock, turns: Turns
    ) -> None:
        self._turns = turns
        self._store = store
        self._quizzes = quizzes
        self._locales = tuple(locales)
        self._clock = clock

    def see(self, visitor_id: str, locale: str | None = None) -> FactsView:
        """The facts that have not expired, those under a withdrawn purpose too: they are not used.

        Raises:
            StoreUnavailableError: the store does not answer.
        """
        profile = self._store.read_visitor(visitor_id).profile
        now = self._clock().timestamp()
        words = locale or self._locales[0]
        known = {
            fact: value
            for fact, value in sorted(profile.facts.items())
            if value.expires_at is None or now < value.expires_at
        }
        return FactsView(
            {
                fact: fact_view(
                    value,
                    self._asked(fact, value),
                    words,
                    used=usable(profile, value, now, self._quizzes.opt_in),
                )
                for fact, value in known.items()
            }
        )

    async def change(self, visitor_id: str, wanted: Mapping[str, Wanted], *, consent: bool = False) -> None:
        """Correct and forget facts; what is so already is not written again.

        Args:
            visitor_id: whose.
            wanted: fact → what it is to be.
            consent: the visitor agrees to the wordings of the opt-in purposes that this needs.

        Raises:
            FactRefusedError: one of them cannot be; nothing was changed.
            StoreUnavailableError: the store does not answer.
        """
        async with self._turns.of(visitor_id):
            await self._change(self._store.read_visitor(visitor_id).profile, wanted, consent=consent)

    async def _change(self, profile: Profile, wanted: Mapping[str, Wanted], *, consent: bool) -> None:
        known = profile.facts.keys() | profile.taken_back.keys()
        gone = {fact for fact, value in wanted.items() if value is None}
        for fact in gone - known:
            if not any(self._questions(fact)):
                raise _unknown(fact)
        corrections = [
            self._correction(profile, fact, value) for fact, value in wanted.items() if value is not None
        ]
        await self._keep(
            profile, gone, [one for one in corrections if self._is_news(profile, one)], consent=consent
        )

    async def forget(self, visitor_id: str, fact: str | None = None) -> None:
        """Forget one fact, or all of them; one that is not known is forgotten already.

        Raises:
            StoreUnavailableError: the store does not answer.
        """
        async with self._turns.of(visitor_id):
            profile = self._store.read_visitor(visitor_id).profile
            await self._keep(profile, profile.facts.keys() if fact is None else {fact}, [], consent=False)

    async def _keep(
        self, profile: Profile, gone: Collection[str], corrections: Sequence[_Correction], *, consent: bool
    ) -> None:
        at = self._clock()
        events = _agreed(profile, corrections, at, consent=consent)
        for fact in sorted(gone & profile.facts.keys()):
            events.append(_forgetting(profile, fact, _after(profile, fact, at)))
        for one in corrections:
            then = _after(profile, one.fact, at)
            value = kept_value(one.quiz, one.question, one.values, then)
            events.append(_event(profile, then, one, fact=one.fact, value=value))
        if events:
            await asyncio.wrap_future(self._store.append(events))
            await self._clear_sessions(profile, {event.fact for event in events if event.fact})

    async def _clear_sessions(self, profile: Profile, facts: Collection[str]) -> None:
        """Take the answers out of the quiz sessions in which they were given, so that none lives on there."""
        said: defaultdict[str, set[str]] = defaultdict(set)
        for value in (profile.facts[fact] for fact in facts if fact in profile.facts):
            if value.session_id is not None and value.question is not None:
                said[value.session_id].add(value.question)
        for session_id, questions in said.items():
            session = self._store.read_session(session_id)
            if session is not None and without(session, questions) is not session:
                await asyncio.wrap_future(self._store.append([], without(session, questions)))

    def _correction(self, profile: Profile, fact: str, wanted: Wanted) -> _Correction:
        """What one of the questions about the fact accepts; first heard is the one it was said to."""
        refusal: AnswerError | None = None
        old = profile.facts.get(fact)
        said_to = (old.quiz, old.question) if old else None
        places = sorted(self._questions(fact), key=lambda place: (place[0].id, place[1].id) != said_to)
        for quiz, question in places:
            try:
                answer = check(question, {"value": _as_answer(question, wanted)})
            except AnswerError as error:
                refusal = refusal or error
                continue
            values = fact_value(question, answer)
            if values is not None:
                return _Correction(fact, quiz, question, values)
            refusal = refusal or AnswerError("says_nothing", f"{wanted!r} says nothing; send null to forget.")
        if refusal is None:
            raise _unknown(fact)
        raise FactRefusedError(f"{fact}: {refusal}", refusal.code, fact) from refusal

    def _is_news(self, profile: Profile, one: _Correction) -> bool:
        old = profile.facts.get(one.fact)
        if old is None or old.values != one.values:
            return True
        return not usable(profile, old, self._clock().timestamp(), self._quizzes.opt_in)

    def _questions(self, fact: str) -> Iterator[tuple[Quiz, Question]]:
        """The questions about a fact in the published quizzes, by the names of these and in file order."""
        for quiz in map(self._quizzes.get, self._quizzes.ids()):
            for question in quiz.questions:
                if question.fact == fact and becomes_fact(question):
                    yield quiz, question

    def _asked(self, fact: str, value: FactValue) -> tuple[Quiz, Question] | None:
        """The question that was answered, else another one about the same fact."""
        try:
            quiz = self._quizzes.at(value.quiz or "", value.revision or 0)
        except UnknownQuizError:
            quiz = None
        question = quiz.question(value.question or "") if quiz else None
        return (quiz, question) if quiz and question else next(self._questions(fact), None)


def _as_answer(question: Question, wanted: Wanted) -> object:
    """Values as the question takes them: a fact is a list even where one choice is picked."""
    if question.takes_many:
        return [wanted] if isinstance(wanted, str) else wanted
    return wanted[0] if isinstance(wanted, list | tuple) and len(wanted) == 1 else wanted


def _agreed(
    profile: Profile, corrections: Sequence[_Correction], at: datetime, *, consent: bool
) -> list[Event]:
    """The consents that corrections need and do not have yet, one a purpose; none is given silently.

    Raises:
        FactRefusedError: one is missing.
    """
    events: dict[str, Event] = {}
    for one in corrections:
        purpose, name = one.quiz.purpose_of(one.question), purpose_name(one.quiz, one.question)
        opt_in = purpose is not None and purpose.basis is Basis.OPT_IN
        if not is_refused(profile, name) and not (opt_in and name not in profile.consents):
            continue
        if not consent:
            message = f"{one.fact}: it is kept under the purpose `{name}`, which you have not agreed to; "
            message += 'show its wording, and send `"consent": true` where the visitor agrees.'
            raise FactRefusedError(message, "consent_missing", one.fact)
        proof = f"{one.quiz.id}@{one.quiz.revision}/{one.question.id}"
        wording = Wording(purpose.policy if purpose else None, None, proof)
        events[name] = _event(profile, at, one, EventKind.CONSENT, consent={name: True}, wording=wording)
    return list(events.values())


def _event(
    profile: Profile,
    at: datetime,
    one: _Correction,
    kind: EventKind = EventKind.QUESTION_ANSWERED,
    **more: Any,
) -> Event:
    where = QuizStep(one.quiz.id, one.quiz.revision, one.question.id)
    return _spoken(profile, at, kind, where, **more)


def _forgetting(profile: Profile, fact: str, at: datetime) -> Event:
    old = profile.facts[fact]
    where = QuizStep(old.quiz, old.revision, old.question) if old.quiz and old.revision is not None else None
    return _spoken(profile, at, EventKind.QUESTION_ANSWERED, where, fact=fact)


def _spoken(profile: Profile, at: datetime, kind: EventKind, where: QuizStep | None, **more: Any) -> Event:
    return Event(
        event_id=secrets.token_hex(12),
        kind=kind,
        visitor_id=profile.visitor_id,
        occurred_at=at,
        received_at=at,
        source="visitor",
        step=where,
        **more,
    )


def _after(profile: Profile, fact: str, at: datetime) -> datetime:
    """Now, but after the last word on a fact whatever clock it had: what is said now holds."""
    old = profile.facts.get(fact)
    last = old.answered_at if old else profile.taken_back.get(fact)
    return at if last is None else max(at, datetime.fromtimestamp(last, UTC) + timedelta(microseconds=1))


def _unknown(fact: str) -> FactRefusedError:
    return FactRefusedError(f"No published quiz asks for a fact {fact!r}.", "unknown_fact", fact)
