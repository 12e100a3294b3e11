"""Draft quizzes: definitions that are being written, followed as they are saved; only for preview."""

import logging
from pathlib import Path

from quizzes.arms import patched
from quizzes.definition import Quiz
from quizzes.errors import QuizFileError
from quizzes.loader import load_quiz

log = logging.getLogger(__name__)
Stamp = tuple[int, int]  # (mtime in ns, size): a file that keeps them was not touched
DRAFTS = "*.quiz.toml"


class DraftQuizzes:
    """The drafts of a directory, or one draft; a broken file leaves its last sound state."""

    def __init__(self, place: Path | None) -> None:
        self._place = place
        self._sound: dict[Path, Quiz] = {}
        self.problems: dict[str, str] = {}  # file → why it is not served as it stands

    def stamps(self) -> dict[str, Stamp]:
        """What tells a changed file from one that was not touched."""
        return {str(path): stamp_of(path) for path in self._paths()}

    def read(self) -> dict[str, Quiz]:
        """The drafts by their ids; of two with one id the last by file name."""
        self.problems = {}
        before, self._sound = self._sound, {}
        for path in self._paths():
            quiz = self._load(path) or before.get(path)
            if quiz is not None:
                self._sound[path] = quiz
        return {quiz.id: quiz for quiz in self._sound.values()}

    def path_of(self, quiz_id: str) -> Path | None:
        """The file of a draft; None where there is none of that id."""
        return next((path for path, quiz in reversed(self._sound.items()) if quiz.id == quiz_id), None)

    def _paths(self) -> list[Path]:
        if self._place is None:
            return []
        return sorted(self._place.glob(DRAFTS)) if self._place.is_dir() else [self._place]

    def _load(self, path: Path) -> Quiz | None:
        try:
            quiz = read_file(path, str(path))
        except (QuizFileError, ValueError, OSError) as error:
            self.problems[str(path)] = str(error)
            log.warning("draft_refused", extra={"file": str(path), "problem": str(error)})
            return None
        return quiz


def read_file(path: Path, name: str) -> Quiz:
    """Read a definition that can be asked by every arm.

    Raises:
        QuizFileError, ValueError: it is no quiz, or an arm names a text that is not there.
        OSError: it cannot be read, or is no file (a pipe would keep the reader waiting).
    """
    if not path.is_file():
        raise FileNotFoundError(f"{path} is no file.")
    quiz = load_quiz(path.read_bytes(), name)
    for arm in quiz.experiment.set if quiz.experiment else ():
        patched(quiz, arm)
    return quiz


def stamp_of(path: Path) -> Stamp:
    """The stamp of a file; one that cannot be looked at has its own."""
    try:
        stat = path.stat()
    except OSError:
        return (0, 0)
    return (stat.st_mtime_ns, stat.st_size)
