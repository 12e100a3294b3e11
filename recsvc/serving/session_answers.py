"""Session answers: which do not count any more, and what is known beside them."""

from collections.abc import Collection, Container

import msgspec

from quizzes.answers import Fact
from quizzes.definition import Quiz
from recsvc.domain.identity import is_borrowed
from recsvc.domain.profile import Profile
from recsvc.model.confidence import DAY_S
from recsvc.serving.consent import known_facts
from recsvc.serving.ports import QuizSession


def overtaken(quiz: Quiz, session: QuizSession, profile: Profile, now: float) -> set[str]:
    """The questions of a session about whose fact something was said since its last step.

    A session never overtakes itself: what its steps say has the time of the step. A word with a time to come
    is none yet.
    """
    return {
        question.id
        for question in quiz.questions
        if question.fact is not None and session.seen_at < _last_word_at(profile, question.fact) <= now
    }


def lapsed(quiz: Quiz, session: QuizSession, now: float) -> set[str]:
    """The questions of a session whose answers its purposes no longer keep."""
    keeps = ((question.id, quiz.purpose_of(question)) for question in quiz.questions)
    return {
        name
        for name, purpose in keeps
        if purpose and purpose.keep_days and now - session.seen_at > purpose.keep_days * DAY_S
    }


def without(session: QuizSession, questions: Collection[str]) -> QuizSession:
    """The session without its answers to some questions; itself where it has none."""
    kept = tuple((name, raw) for name, raw in session.answers if name not in questions)
    return session if len(kept) == len(session.answers) else msgspec.structs.replace(session, answers=kept)


def _last_word_at(profile: Profile, fact: str) -> float:
    value = profile.facts.get(fact)
    return value.answered_at if value is not None else profile.taken_back.get(fact, 0.0)


def known_elsewhere(
    quiz: Quiz, session: QuizSession, profile: Profile, now: float, opt_in: Container[str]
) -> dict[str, Fact]:
    """Facts from elsewhere: what a session asked itself is its answers' business.

    A browser's id goes on to be a customer's after they have logged out: it is told nothing of theirs.
    """
    if is_borrowed(session.visitor_id, profile.visitor_id):
        return {}
    own = {question.fact for question in quiz.questions if question.id in dict(session.answers)}
    said = {fact for fact, value in profile.facts.items() if value.session_id == session.session_id}
    known = known_facts(profile, now, opt_in)
    return {fact: value for fact, value in known.items() if fact not in own | said}
