"""Session answers: which of them do not count any more: overtaken by a later word, or kept long enough."""

from collections.abc import Collection

import msgspec

from quizzes.definition import Quiz
from recsvc.domain.profile import Profile
from recsvc.model.confidence import DAY_S
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
