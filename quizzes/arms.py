"""Arms: a quiz as one arm of its experiment asks it; a patch on one revision, never another revision."""

import msgspec

from quizzes.definition import Patch, Question, Quiz
from quizzes.texts import with_texts


def patched(quiz: Quiz, arm: str | None) -> Quiz:
    """The quiz with the patch of an arm; itself where the arm changes nothing."""
    patch = _patch(quiz, arm)
    if patch is None:
        return quiz
    pace = {"order": patch.order, "max": patch.max, "stop_gain": patch.stop_gain}
    said = {name: value for name, value in pace.items() if value is not None}
    changed = msgspec.structs.replace(
        quiz,
        questions=_reordered(quiz, patch),
        pace=msgspec.structs.replace(quiz.pace, **said),
    )
    return with_texts(changed, patch.texts) if patch.texts else changed


def first_of(quiz: Quiz, arm: str | None) -> str | None:
    """The question that an arm asks before all others, whatever `pace.order` says."""
    patch = _patch(quiz, arm)
    return patch.first if patch else None


def _patch(quiz: Quiz, arm: str | None) -> Patch | None:
    return quiz.experiment.set.get(arm) if quiz.experiment and arm is not None else None


def _reordered(quiz: Quiz, patch: Patch) -> tuple[Question, ...]:
    """What is asked first depends on nothing, so it can move to the front of the file order."""
    first = tuple(question for question in quiz.questions if question.id == patch.first)
    return first + tuple(question for question in quiz.questions if question not in first)
