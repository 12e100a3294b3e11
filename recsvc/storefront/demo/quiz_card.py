"""The quiz card: one question at a time, the first painted before anything is stored."""

from typing import Any, NamedTuple

from quizzes.definition import Quiz
from quizzes.engine import replay
from quizzes.texts import in_locale
from recsvc.domain.errors import RecsvcError
from recsvc.domain.profile import Profile
from recsvc.serving.consent import known_facts
from recsvc.serving.session_view import NumberRange, Progress, QuestionView, SessionView, question_view
from recsvc.storefront.addresses import link
from recsvc.storefront.demo.parts import DemoParts
from recsvc.storefront.demo.shelf import Card, Shelves
from recsvc.storefront.demo.visit import Visit

SHOWN = 3
"""Products beside a question; all of them stand on the page of the quiz."""


class QuizCard(NamedTuple):
    """A quiz as a page shows it."""

    title: str
    session: str | None  # None: nobody has answered yet, and nothing is stored
    question: QuestionView | None  # None: the answers are complete
    progress: Progress
    said: tuple[str, ...]  # answers in words
    can_go_back: bool
    is_open: bool  # whether answers may still be changed
    was_refused: bool
    cards: tuple[Card, ...]  # what fits the answers so far
    return_to: str
    page: str  # where the quiz stands by itself


class QuizCards:
    """Makes the quiz card of a visit."""

    def __init__(self, parts: DemoParts) -> None:
        self._parts = parts

    def quiz(self) -> Quiz | None:
        """The quiz of the shop, None while none is published."""
        quizzes = self._parts.journey.quizzes
        quiz_id = self._parts.quiz_id or next(iter(quizzes.ids()), None)
        return quizzes.get(quiz_id) if quiz_id in quizzes.ids() else None

    def card(
        self, visit: Visit, profile: Profile, return_to: str, *, was_refused: bool = False
    ) -> QuizCard | None:
        """The card where the visitor stands: in a session, or before its first question."""
        view = self._running(visit)
        if view is not None:
            return self._of_view(view, visit, return_to, was_refused=was_refused)
        quiz = self.quiz()
        return self._first(quiz, visit, profile, return_to) if quiz else None

    def _of_view(
        self, view: SessionView, visit: Visit, return_to: str, *, was_refused: bool = False
    ) -> QuizCard:
        """The card of a session."""
        quiz = self._parts.journey.quizzes.at(view.quiz, view.revision)
        cards = Shelves(self._parts, visit.texts).shelf(view.slate, Profile("")).cards if view.slate else ()
        questions = visit.trail.questions if visit.trail and visit.trail.session == view.session else ()
        return QuizCard(
            title=in_locale(quiz, quiz.title, visit.locale),
            session=view.session,
            question=view.question,
            progress=view.progress,
            said=self._said(quiz, view.answers, visit.locale),
            can_go_back=bool(questions),
            is_open=view.state != "expired",
            was_refused=was_refused,
            cards=cards[:SHOWN] if any("value" in answer for answer in view.answers.values()) else (),
            return_to=return_to,
            page=link("quiz-sessions", view.session),
        )

    def _running(self, visit: Visit) -> SessionView | None:
        """The session of the cookie; none where it is over or of another visitor."""
        if visit.trail is None:
            return None
        try:
            view = self._parts.journey.view(visit.trail.session, visit.visitor.visitor_id)
        except RecsvcError:
            return None
        return None if view.state == "expired" else view

    def _first(self, quiz: Quiz, visit: Visit, profile: Profile, return_to: str) -> QuizCard:
        now = self._parts.clock().timestamp()
        known = known_facts(profile, now, self._parts.journey.quizzes.opt_in)
        state = replay(quiz, (), known)
        asked = state.question
        return QuizCard(
            title=in_locale(quiz, quiz.title, visit.locale),
            session=None,
            question=question_view(quiz, asked, state.live, visit.locale) if asked else None,
            progress=Progress(state.answered, state.at_most),
            said=tuple(
                words for fact, value in known.items() for words in self._words(fact, value, visit.locale)
            ),
            can_go_back=False,
            is_open=True,
            was_refused=False,
            cards=(),
            return_to=return_to,
            page=link("quizzes", quiz.id, locale=visit.locale),
        )

    def _said(self, quiz: Quiz, answers: dict[str, dict[str, Any]], locale: str) -> tuple[str, ...]:
        words: list[str] = []
        for question_id, answer in answers.items():
            question = quiz.question(question_id)
            if question is not None and answer.get("value") is not None:
                words += self._words(question.fact or question_id, answer["value"], locale)
        return tuple(words)

    def _words(self, fact: str, value: object, locale: str) -> list[str]:
        """An answer in words, one entry a choice; what has no words is left out."""
        if isinstance(value, float):
            return [f"{value:g}"]
        answer_text = self._parts.journey.quizzes.answer_text
        values = value if isinstance(value, list | tuple) else (value,)
        return [words for one in values if (words := answer_text(f"{fact}={one}", locale))]


def scale_steps(limits: NumberRange) -> list[tuple[str, str]]:
    """The steps of a scale as (value, words): a word for every step, or for both ends only."""
    values = range(int(limits.min), int(limits.max) + 1)
    ends = {values[0]: limits.labels[0], values[-1]: limits.labels[-1]} if limits.labels else {}
    words = dict(zip(values, limits.labels, strict=True)) if len(limits.labels) == len(values) else ends
    return [(str(value), f"{value} {words[value]}" if value in words else str(value)) for value in values]
