"""The live quizzes: newest sound revisions and drafts by id; a broken file stops nothing."""

import hashlib
import logging
import re
from collections.abc import Mapping
from pathlib import Path

from quizzes.arms import patched
from quizzes.definition import Basis, Question, Quiz
from quizzes.errors import QuizFileError
from quizzes.parser import names_in
from quizzes.publish import PART
from quizzes.signals import fact_wishes
from recsvc.domain.errors import UnknownQuestionError, UnknownQuizError
from recsvc.model.prior import Wish
from recsvc.serving.draft_quizzes import DraftQuizzes, Stamp, read_file, stamp_of

log = logging.getLogger(__name__)
PLAIN = re.compile(rf"{PART.pattern}(?:/{PART.pattern})*")
"""A picture beside its definition: no way up, no way elsewhere."""


class LiveQuizzes:
    """Published quizzes by id and revision, with what their answers say about attributes."""

    def __init__(self, directory: Path, drafts: Path | None = None) -> None:
        self._directory = directory
        self._drafts = DraftQuizzes(drafts)
        self._drafted: dict[str, Quiz] = {}
        self._stamps: dict[str, Stamp] = {}
        self._published: dict[tuple[str, int], Quiz] = {}
        self._quizzes: dict[tuple[str, int], Quiz] = {}  # with the drafts
        self._newest: dict[str, Quiz] = {}
        self.opt_in: frozenset[str] = frozenset()
        """Purposes that are denied until they are granted."""
        self._arms: dict[tuple[str, int, str | None], Quiz] = {}
        self._wishes: dict[tuple[str, str], tuple[Wish, ...]] = {}
        self._texts: dict[tuple[str, str], dict[str, str]] = {}
        self.problems: dict[str, str] = {}  # file → why it is not served
        self.number = 0  # raised by every change of what is served
        self.revisions = _digest({})  # of what is served, the same on every worker

    def ids(self) -> tuple[str, ...]:
        """The published quizzes, by name."""
        return tuple(sorted(self._newest))

    def get(self, quiz_id: str) -> Quiz:
        """The newest revision of a quiz.

        Raises:
            UnknownQuizError: none is published under that id.
        """
        try:
            return self._newest[quiz_id]
        except KeyError:
            known = ", ".join(self.ids()) or "none yet"
            raise UnknownQuizError(f"There is no published quiz {quiz_id!r}; there are: {known}.") from None

    @property
    def attributes(self) -> frozenset[str]:
        """What the newest quizzes ask of items: what choices speak for or against, and what they require."""
        questions = [question for quiz in self._newest.values() for question in quiz.questions]
        choices = [choice for question in questions for choice in question.choices]
        musts = [question.must for question in questions] + [choice.must for choice in choices]
        required = [names_in(must).attributes for must in musts if must is not None]
        return frozenset().union(*required, *(choice.w for choice in choices))

    def at(self, quiz_id: str, revision: int, arm: str | None = None) -> Quiz:
        """One revision of a quiz, as an arm asks it; a session ends on the revision on which it began.

        Raises:
            UnknownQuizError: it is not published.
        """
        try:
            quiz = self._quizzes[quiz_id, revision]
        except KeyError:
            raise UnknownQuizError(f"Revision {revision} of the quiz {quiz_id!r} is not published.") from None
        return self._arms.get((quiz_id, revision, arm), quiz)

    def is_draft(self, quiz_id: str, revision: int) -> bool:
        """Whether a revision is served from a draft."""
        return quiz_id in self._drafted and self._drafted[quiz_id].revision == revision

    def draft_problem(self, quiz_id: str) -> str | None:
        """Why a draft is not served as its file stands now; None where it is."""
        return self.problems.get(str(self._drafts.path_of(quiz_id)))

    def picture(self, quiz_id: str, revision: int, name: str) -> Path | None:
        """The file of a picture that a revision names by a relative name; None where it names none such."""
        quiz = self._quizzes.get((quiz_id, revision))
        if quiz is None or not PLAIN.fullmatch(name) or name not in _pictures(quiz):
            return None
        draft = self._drafts.path_of(quiz_id) if self.is_draft(quiz_id, revision) else None
        return (draft.parent if draft else self._directory / f"{quiz_id}@{revision}") / name

    def wishes(self, fact: str, choice: str) -> tuple[Wish, ...]:
        """What a known fact says about attributes, by the shop's own weights."""
        return self._wishes.get((fact, choice), ())

    def answer_text(self, answer: str, locale: str) -> str | None:
        """What a shopper calls `fact=value` (several values are joined); None without words for it."""
        fact, _, values = answer.partition("=")
        texts = [self._texts.get((fact, value)) for value in values.split("|")]
        words = [text.get(locale) or next(iter(text.values())) for text in texts if text]
        return ("、" if locale.startswith("ja") else ", ").join(words) or None

    def refresh(self) -> bool:
        """Look at the directory again; True where something changed."""
        published = {path.name: stamp_of(path) for path in sorted(self._directory.glob("*@*.json"))}
        stamps = published | self._drafts.stamps()
        if stamps == self._stamps:
            return False
        self._stamps = stamps
        quizzes: dict[tuple[str, int], Quiz] = {}
        self.problems = {}
        for name in published:
            quiz = self._load(name) or self._kept(name)
            if quiz is not None:
                quizzes[quiz.id, quiz.revision] = quiz
        self._published = dict(quizzes)
        self._drafted = self._drafts.read()
        self.problems |= self._drafts.problems
        self._keep(quizzes | {(quiz.id, quiz.revision): quiz for quiz in self._drafted.values()})
        return True

    def _load(self, name: str) -> Quiz | None:
        try:
            quiz = read_file(self._directory / name, name)
            if f"{quiz.id}@{quiz.revision}.json" == name:
                return quiz
            problem = f"The file {name} holds {quiz.id}@{quiz.revision}; publish it again."
        except (QuizFileError, ValueError, OSError) as error:
            problem = str(error)
        self.problems[name] = problem
        log.error("quiz_refused", extra={"file": name, "problem": problem})
        return None

    def _kept(self, name: str) -> Quiz | None:
        """A revision that was loaded before its file was broken; it never changes, so it still holds."""
        quiz_id, _, revision = name.removesuffix(".json").rpartition("@")
        return self._published.get((quiz_id, int(revision))) if revision.isdecimal() else None

    def _keep(self, quizzes: dict[tuple[str, int], Quiz]) -> None:
        self._arms = {
            (quiz.id, quiz.revision, arm): patched(quiz, arm)
            for quiz in quizzes.values()
            for arm in (quiz.experiment.set if quiz.experiment else ())
        }
        self._quizzes = quizzes
        newest = {quiz.id: quiz for _, quiz in sorted(quizzes.items(), key=lambda entry: entry[0])}
        self._newest = newest | self._drafted
        self.opt_in = frozenset(
            name
            for quiz in self._newest.values()
            for name, purpose in quiz.purposes.items()
            if purpose.basis is Basis.OPT_IN
        )
        wishes: dict[tuple[str, str], tuple[Wish, ...]] = {}
        texts: dict[tuple[str, str], dict[str, str]] = {}
        for quiz in self._newest.values():
            for (fact, choice), weights in fact_wishes(quiz).items():
                wishes[fact, choice] = tuple(Wish(f"{fact}={choice}", fact, name, w) for name, w in weights)
            for question in quiz.questions:
                for one in question.choices:
                    texts[question.fact or question.id, one.id] = dict(one.text)
        self._wishes, self._texts = wishes, texts
        self.number += 1
        self.revisions = _digest(self._newest)


def question_of(quiz: Quiz, question_id: str) -> Question:
    """One question of a quiz.

    Raises:
        UnknownQuestionError: it has none of that id.
    """
    question = quiz.question(question_id)
    if question is None:
        known = ", ".join(one.id for one in quiz.questions)
        raise UnknownQuestionError(f"The quiz {quiz.id!r} has no question {question_id!r}; it has {known}.")
    return question


def _digest(newest: Mapping[str, Quiz]) -> bytes:
    named = "".join(f"{quiz.id}@{quiz.revision}\n" for _, quiz in sorted(newest.items()))
    return hashlib.blake2b(named.encode(), digest_size=4).digest()


def _pictures(quiz: Quiz) -> frozenset[str]:
    return frozenset(one.image for question in quiz.questions for one in question.choices if one.image)
