"""Touchpoints: one question where it fits, chosen by the same engine as the whole quiz."""

from collections.abc import Collection

from quizzes.definition import NUMERIC, WITH_CHOICES, Question, Quiz, Touchpoint
from quizzes.engine import Chooser, State

SECONDS = {"m": 60.0, "h": 3600.0, "d": 86_400.0}


def touchpoint_of(quiz: Quiz, touchpoint_id: str | None) -> Touchpoint | None:
    """The touchpoint of that id, None where the quiz has none."""
    return next((one for one in quiz.touchpoints if one.id == touchpoint_id), None)


def every_s(touchpoint: Touchpoint) -> float | None:
    """The least time between two questions that it shows, in seconds; None without that cap."""
    every = touchpoint.every
    return None if every is None else int(every[:-1]) * SECONDS[every[-1]]


def one_of(touchpoint: Touchpoint, but: Collection[str] = ()) -> Chooser:
    """Ask the first of its questions that may be asked, and nothing once one of them was answered here.

    Args:
        touchpoint: whose questions; those whose answer would not become a fact are left out.
        but: questions that are not to be asked this time.
    """

    def choose(state: State) -> Question | None:
        if set(touchpoint.ask) & set(state.path):
            return None
        eligible = {one.id: one for one in state.eligible if becomes_fact(one) and one.id not in but}
        return next((eligible[name] for name in touchpoint.ask if name in eligible), None)

    return choose


def becomes_fact(question: Question) -> bool:
    """Whether what is said outlives the moment; a question that never does would be asked for ever."""
    return question.fact is not None and question.kind in WITH_CHOICES | NUMERIC
