"""Quiz events: what one step of a quiz session writes into the log."""

import secrets
from datetime import datetime
from typing import Any

import msgspec

from quizzes.answers import Fact
from quizzes.definition import Basis, Question, Quiz
from quizzes.engine import State
from recsvc.domain.events import Event, EventKind, QuizStep
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
    old = {} if before.gift else live_facts(quiz, before, profile)
    new = {} if after.gift else live_facts(quiz, after, _granting(quiz, answered, profile))
    for question in quiz.questions:
        fact = question.fact
        if fact is None or old.get(fact) == new.get(fact):
            continue
        if fact in new:
            events += _consent(quiz, session, question, at)
        value = _fact_value(quiz, session, question, new[fact], at) if fact in new else None
        kind = EventKind.QUESTION_ANSWERED
        events.append(step(session, kind, at, question.id, fact=fact, value=value))
    return events


def _granting(quiz: Quiz, answered: Question, profile: Profile) -> Profile:
    """The profile as it stands after an answer under an opt-in wording."""
    purpose = quiz.purpose_of(answered)
    if purpose is None or purpose.basis is not Basis.OPT_IN:
        return profile
    name = purpose_name(quiz, answered)
    consents = {other: consent for other, consent in profile.consents.items() if other != name}
    return msgspec.structs.replace(profile, consents=consents)


def _consent(quiz: Quiz, session: QuizSession, question: Question, at: datetime) -> list[Event]:
    """Answering under an opt-in wording is the act of consent; it goes into the ledger with the answer."""
    purpose = quiz.purpose_of(question)
    if purpose is None or purpose.basis is not Basis.OPT_IN:
        return []
    granted = {purpose_name(quiz, question): True}
    return [step(session, EventKind.CONSENT, at, question.id, consent=granted)]


def _fact_value(
    quiz: Quiz, session: QuizSession, question: Question, values: Fact, at: datetime
) -> FactValue:
    purpose = quiz.purpose_of(question)
    keep_days = purpose.keep_days if purpose else None
    answered_at = at.timestamp()
    return FactValue(
        values=values,
        answered_at=answered_at,
        purpose=purpose_name(quiz, question),
        expires_at=answered_at + keep_days * DAY_S if keep_days else None,
        policy=purpose.policy if purpose else None,
        quiz=quiz.id,
        revision=quiz.revision,
        question=question.id,
        touchpoint=session.touchpoint,
        session_id=session.session_id,
    )
