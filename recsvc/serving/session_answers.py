"""Session answers: which of them a later word of the visitor has overtaken."""

from collections.abc import Collection

import msgspec

from quizzes.definition import Quiz
from recsvc.domain.profile import Profile
from recsvc.serving.ports import QuizSession


def overtaken(quiz: Quiz, session: QuizSession, profile: Profile) -> set[str]:
    """The questions of a session about whose fact something was said since its last step.

    A session never overtakes itself: what its steps say has the time of the step.
    """
    return {
        question.id
        for question in quiz.questions
        if question.fact is not None and _last_word_at(profile, question.fact) > session.seen_at
    }


def without(session: QuizSession, questions: Collection[str]) -> QuizSession:
    """The session without its answers to some questions; itself where it has none."""
    kept = tuple((name, raw) for name, raw in session.answers if name not in questions)
    return session if len(kept) == len(session.answers) else msgspec.structs.replace(session, answers=kept)


def _last_word_at(profile: Profile, fact: str) -> float:
    value = profile.facts.get(fact)
    return value.answered_at if value is not None else profile.taken_back.get(fact, 0.0)
