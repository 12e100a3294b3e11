"""Quiz events: what one step of a quiz session writes into the log."""

import secrets
from collections.abc import Sequence
from datetime import datetime
from typing import Any

import msgspec

from quizzes.answers import Fact
from quizzes.definition import Basis, Question, Quiz
from quizzes.engine import State
from quizzes.touchpoints import touchpoint_of
from recsvc.domain.events import Event, EventKind, EventLine, QuizStep, Wording
from recsvc.domain.profile import FactValue, Profile
from recsvc.model.confidence import DAY_S
from recsvc.serving.consent import live_facts, purpose_name
from recsvc.serving.ports import QuizSession


def step(
    session: QuizSession, kind: EventKind, at: datetime, question: str | None = None, **more: Any
) -> Event:
    """One event of a session."""
    where = QuizStep(session.quiz, session.revision, question, session.session_id, session.touchpoint)
    return Event(
        event_id=secrets.token_hex(12),
        kind=kind,
        visitor_id=session.visitor_id,
        occurred_at=at,
        received_at=at,
        source="quiz",
        step=where,
        **more,
    )


def beginning(session: QuizSession, at: datetime) -> Event:
    """The first event of a session, the only one that says where it comes from."""
    first = step(session, EventKind.QUIZ_STARTED, at)
    where = msgspec.structs.replace(
        first.step or QuizStep(session.quiz, session.revision),
        arm=session.arm,
        locale=session.locale,
        device=session.device,
        source=session.source,
    )
    return msgspec.structs.replace(first, step=where)


def progress(
    quiz: Quiz,
    session: QuizSession,
    before: State | None,
    after: State,
    items: Sequence[str],
    at: datetime,
    offer: str | None = None,
) -> list[Event]:
    """What a step led to: another question, or the end with these items, and what is offered beside them.

    The page of a touchpoint says itself when its question is seen, which counts towards its caps.
    """
    asked = before.question if before else None
    if after.question is not None:
        seen = after.question is asked or touchpoint_of(quiz, session.touchpoint)
        return [] if seen else [step(session, EventKind.QUESTION_SHOWN, at, after.question.id)]
    if before is not None and before.finished:
        return []
    lines = tuple(EventLine(item_id) for item_id in items)
    ending = [
        step(session, EventKind.QUIZ_COMPLETED, at),
        step(session, EventKind.RESULT_SHOWN, at, lines=lines),
    ]
    if offer is not None:
        ending.append(step(session, EventKind.QUESTION_SHOWN, at, offer))
    return ending


def changes(
    quiz: Quiz,
    session: QuizSession,
    before: State,
    after: State,
    answered: Question,
    profile: Profile,
    at: datetime,
) -> list[Event]:
    """One event a fact that an answer set or took back, with the consent that it gave.

    A left branch takes its facts with it; what is said about somebody else (gift) sets none, nor does an
    answer whose purpose was withdrawn, unless it is given anew under an opt-in wording.
    """
    events: list[Event] = []
    old = _said(quiz, before, profile)
    told = after.live.get(answered.id) if answered.id in after.path and not after.gift else None
    granting = told is not None and not told.skip  # a skip agrees to nothing
    if not granting and answered.fact in before.facts and answered.id in before.path and not before.gift:
        old[answered.fact] = before.facts[answered.fact]  # goes even where its purpose was withdrawn
    new = _said(quiz, after, _granting(quiz, answered, profile) if granting else profile)
    for question in quiz.questions:
        fact = question.fact
        if fact is None or old.get(fact) == new.get(fact):
            continue
        if fact in new:
            events += agreement(quiz, session, question, at)
        value = kept_value(quiz, question, new[fact], at, session) if fact in new else None
        kind = EventKind.QUESTION_ANSWERED
        events.append(step(session, kind, at, question.id, fact=fact, value=value))
    return events


def _said(quiz: Quiz, state: State, profile: Profile) -> dict[str, Fact]:
    """What the visitor said here about themselves: what was known before is not said anew."""
    if state.gift:
        return {}
    here = {question.fact for question in quiz.questions if question.id in state.path}
    return {fact: value for fact, value in live_facts(quiz, state, profile).items() if fact in here}


def _granting(quiz: Quiz, answered: Question, profile: Profile) -> Profile:
    """The profile as it stands after an answer under an opt-in wording."""
    purpose = quiz.purpose_of(answered)
    if purpose is None or purpose.basis is not Basis.OPT_IN:
        return profile
    name = purpose_name(quiz, answered)
    consents = {other: consent for other, consent in profile.consents.items() if other != name}
    return msgspec.structs.replace(profile, consents=consents)


def of_a_stranger(quiz: Quiz, events: Sequence[Event], profile: Profile) -> list[Event]:
    """A step at a browser whose id is a customer's: what needs their consent is neither granted nor kept.

    It counts for the running session alone, and takes back no answer that was given elsewhere.
    """
    needing = {name for name, purpose in quiz.purposes.items() if purpose.basis is Basis.OPT_IN}
    return [
        msgspec.structs.replace(event, fact=None, value=None)
        if event.value is not None and event.value.purpose in needing
        else event
        for event in events
        if not event.consent and not _takes_back_elsewhere(event, profile)
    ]


def _takes_back_elsewhere(event: Event, profile: Profile) -> bool:
    """Whether a step takes back what another session, or the visitor themselves, said."""
    if event.fact is None or event.value is not None:
        return False
    told = profile.facts.get(event.fact)
    return told is not None and (event.step is None or told.session_id != event.step.session_id)


def agreement(quiz: Quiz, session: QuizSession, question: Question, at: datetime) -> list[Event]:
    """Answering under an opt-in wording is the act of consent; it goes into the ledger with the answer."""
    purpose = quiz.purpose_of(question)
    if purpose is None or purpose.basis is not Basis.OPT_IN:
        return []
    granted = {purpose_name(quiz, question): True}
    proof = f"{quiz.id}@{quiz.revision}/{question.id}"
    wording = Wording(purpose.policy, session.locale, proof)
    return [step(session, EventKind.CONSENT, at, question.id, consent=granted, wording=wording)]


def kept_value(
    quiz: Quiz, question: Question, values: Fact, at: datetime, session: QuizSession | None = None
) -> FactValue:
    """What is kept of an answer, with why and until when; said outside a session, by the visitor alone."""
    purpose = quiz.purpose_of(question)
    keep_days = purpose.keep_days if purpose else None
    answered_at = at.timestamp()
    return FactValue(
        values=values,
        answered_at=answered_at,
        purpose=purpose_name(quiz, question),
        expires_at=answered_at + keep_days * DAY_S if keep_days else None,
        source="quiz" if session else "visitor",
        policy=purpose.policy if purpose else None,
        quiz=quiz.id,
        revision=quiz.revision,
        question=question.id,
        touchpoint=session.touchpoint if session else None,
        session_id=session.session_id if session else None,
    )
