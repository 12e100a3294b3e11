import os
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any

import pytest

from quizzes.definition import Quiz
from quizzes.engine import Answer, State, check_answer, replay

ROOT = Path(__file__).parents[2]
Answering = Callable[..., State]


@pytest.fixture(scope="session")
def answered() -> Answering:
    """Answer a quiz through its own checks; None skips."""

    def play(quiz: Quiz, given: Mapping[str, object], known: Mapping[str, Any] | None = None) -> State:
        answers: list[tuple[str, Answer]] = []
        state = replay(quiz, answers, known or {})
        for question_id, value in given.items():
            raw = {"skip": True} if value is None else {"value": value}
            answers.append((question_id, check_answer(quiz, state, question_id, raw)))
            state = replay(quiz, answers, known or {})
        return state

    return play


@pytest.fixture(scope="session")
def example() -> bytes:
    """The worked example of the format."""
    shared = Path(os.environ.get("RECSVC_SHARED", ROOT.parent / "shared"))
    path = shared / "design" / "skin-finder.quiz.toml"
    if not path.is_file():
        pytest.skip("the worked example lies beside the repository; set RECSVC_SHARED to its folder")
    return path.read_bytes()
