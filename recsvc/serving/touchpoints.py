"""Touchpoints: at most one question for a page, where it fits and under its caps; nothing is written.

Journeys that begin at a touchpoint choose by the same rules (`chooser`), so that they ask what was shown.
"""

from collections.abc import Iterator, Mapping, Sequence
from typing import NamedTuple

import msgspec

from quizzes.definition import Quiz, Touchpoint
from quizzes.engine import Chooser, State, replay
from quizzes.expression import Value
from quizzes.signals import signals
from quizzes.touchpoints import every_s, one_of
from recsvc.domain.identity import is_borrowed
from recsvc.domain.profile import MOMENTS_LIMIT, Profile
from recsvc.domain.purposes import PERSONALISE
from recsvc.model.confidence import DAY_S
from recsvc.serving.assign import assign, subject
from recsvc.serving.consent import is_refused, known_facts, purpose_name
from recsvc.serving.live_catalogue import LiveCatalogue
from recsvc.serving.live_quizzes import LiveQuizzes
from recsvc.serving.ports import Clock
from recsvc.serving.profile import touchpoint_key
from recsvc.serving.session_view import QuestionView, question_view
from recsvc.serving.visitor import NOBODY, VisitorReader

VISIT_S = 1800.0
"""A visit ends after so long without an event of the visitor."""
SKIPPED_S = 30 * DAY_S
"""How long a skipped question rests at a touchpoint that has no `every`."""


class TouchpointView(msgspec.Struct, frozen=True):
    """What a page may ask now; all null: nothing."""

    touchpoint: str | None = None
    quiz: str | None = None
    revision: int | None = None
    question: QuestionView | None = None


class _Place(NamedTuple):
    """One touchpoint of a page."""

    quiz: Quiz
    touchpoint: Touchpoint


class Touchpoints:
    """The use case behind the touchpoints route."""

    def __init__(
        self,
        *,
        visitors: VisitorReader,
        quizzes: LiveQuizzes,
        catalogue: LiveCatalogue,
        locales: Sequence[str],
        clock: Clock,
    ) -> None:
        self._visitors = visitors
        self._quizzes = quizzes
        self._catalogue = catalogue
        self._locales = tuple(locales)
        self._clock = clock

    def ask(
        self, page: str, visitor_id: str | None, locale: str | None = None, item: str | None = None
    ) -> TouchpointView:
        """The first question that fits, by the name of the quiz and the order of its file.

        Nobody is asked whose answers and caps could not be remembered: without an id, while the store
        does not answer, and after `personalise` was withdrawn.

        Args:
            page: as touchpoints name it.
            visitor_id: a stranger may be asked.
            locale: of the question; the shop's first where absent.
            item: the product of the page; quizzes that know its attributes come before others, which
                are then not asked at all.
        """
        profile = self._visitors.read(visitor_id)
        if profile is NOBODY or is_refused(profile, PERSONALISE):
            return TouchpointView()
        now = self._clock().timestamp()
        for quiz, touchpoint in self._fitting(page, item):
            if not _may_ask(profile, quiz, touchpoint, now):
                continue
            asking, state = self._state(quiz, touchpoint, profile, now, visitor_id or "")
            if state.question is not None:
                question = question_view(asking, state.question, state.live, locale or self._locales[0])
                return TouchpointView(touchpoint.id, quiz.id, quiz.revision, question)
        return TouchpointView()

    def _fitting(self, page: str, item: str | None) -> list[_Place]:
        places = list(self._places(page))
        found = self._catalogue.get(item) if item is not None else None
        if found is None:
            return places
        values = found.values()
        return [place for place in places if _knows(place.quiz, values)] or places

    def _places(self, page: str) -> Iterator[_Place]:
        for quiz_id in self._quizzes.ids():
            quiz = self._quizzes.get(quiz_id)
            yield from (_Place(quiz, one) for one in quiz.touchpoints if one.page == page)

    def _state(
        self, quiz: Quiz, touchpoint: Touchpoint, profile: Profile, now: float, visitor_id: str
    ) -> tuple[Quiz, State]:
        """The quiz as the visitor's arm asks it, and where a session that begins here would stand.

        Whoever sits at a customer's former browser is asked as if nothing had been answered.
        """
        trial = quiz.experiment
        arm = assign(subject(profile, profile.visitor_id), trial.key, trial.arms) if trial else None
        quiz = self._quizzes.at(quiz.id, quiz.revision, arm)
        chosen = chooser(quiz, touchpoint, profile, now)
        is_private = is_borrowed(visitor_id, profile.visitor_id)
        known = {} if is_private else known_facts(profile, now, self._quizzes.opt_in)
        return quiz, replay(quiz, (), known, chosen)


def chooser(quiz: Quiz, touchpoint: Touchpoint, profile: Profile, at: float) -> Chooser:
    """Who decides what a touchpoint asks a visitor, by what was skipped there and which purposes hold.

    Args:
        quiz: the one the touchpoint is of.
        touchpoint: where.
        profile: of the visitor.
        at: Unix seconds; what is skipped later does not count.
    """
    refused = {one.id for one in quiz.questions if is_refused(profile, purpose_name(quiz, one))}
    start = visit_start(profile, at)
    rest_s = every_s(touchpoint) or SKIPPED_S
    resting = {
        name
        for name in touchpoint.ask
        for moment in profile.skipped.get(touchpoint_key(quiz.id, touchpoint.id, name), ())
        if moment <= at and (moment >= start or at - moment < rest_s)
    }
    return one_of(touchpoint, refused | resting)


def visit_start(profile: Profile, now: float) -> float:
    """When the visit began that goes on now, by the events that a profile keeps; `now` where it begins."""
    start = now
    for moment in sorted(_moments(profile), reverse=True):
        if start - moment > VISIT_S:
            break
        start = min(start, moment)
    return start


def _moments(profile: Profile) -> Iterator[float]:
    """When the visitor did something."""
    yield from (one.occurred_at for one in profile.recent)
    yield from (fact.answered_at for fact in profile.facts.values())
    yield from (consent.at for consent in profile.consents.values())
    yield from profile.taken_back.values()
    for moments in (*profile.shown.values(), *profile.skipped.values()):
        yield from moments


def _may_ask(profile: Profile, quiz: Quiz, touchpoint: Touchpoint, now: float) -> bool:
    """Whether the caps of a touchpoint allow one more question."""
    shown = profile.shown.get(touchpoint_key(quiz.id, touchpoint.id), ())
    rest_s = every_s(touchpoint)
    if shown and rest_s is not None and now - shown[-1] < rest_s:
        return False
    most = touchpoint.per_session
    if most is None:
        return True
    start = visit_start(profile, now)
    return sum(moment >= start for moment in shown) < min(most, MOMENTS_LIMIT)


def _knows(quiz: Quiz, values: Mapping[str, Value]) -> bool:
    """Whether an answer of the quiz wishes for a value that the item carries."""
    carried = {f"{name}.{one}" for name, own in values.items() if isinstance(own, tuple) for one in own}
    choices = (choice for question in quiz.questions for choice in question.choices)
    return any(name in carried for choice in choices for name, _ in signals(choice))
