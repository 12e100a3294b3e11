"""What the demo shop is made from: the use cases it asks, as narrow Protocols, and its own few settings."""

from collections.abc import Awaitable, Callable, Iterable, Mapping, Sequence
from typing import NamedTuple, Protocol

from quizzes.definition import Quiz
from recsvc.domain.catalogue import Item
from recsvc.domain.events import Event
from recsvc.domain.placements import Placement
from recsvc.domain.profile import Profile
from recsvc.domain.slates import Slate, SlateRequest
from recsvc.serving.ports import Clock
from recsvc.serving.session_view import SessionView


class AnswersPages(Protocol):
    """`serving.recommend.Recommender`."""

    @property
    def placements(self) -> Mapping[str, Placement]:
        """Placements by id."""
        ...

    def page(self, request: SlateRequest) -> list[Slate]:
        """Answer the placements of a page in order."""
        ...


class TakesEvents(Protocol):
    """`serving.ingest.Ingest`."""

    def take(self, events: Sequence[Event]) -> Awaitable[object]:
        """Keep events; done when they are in the profile."""
        ...


class NamesQuizzes(Protocol):
    """`serving.live_quizzes.LiveQuizzes`."""

    opt_in: frozenset[str]

    def ids(self) -> tuple[str, ...]:
        """The published quizzes."""
        ...

    def get(self, quiz_id: str) -> Quiz:
        """The newest revision of one."""
        ...

    def at(self, quiz_id: str, revision: int) -> Quiz:
        """The revision on which a session began."""
        ...

    def answer_text(self, answer: str, locale: str) -> str | None:
        """What a shopper calls `fact=value`."""
        ...


class AsksQuestions(Protocol):
    """`serving.quiz_journey.QuizJourney`."""

    @property
    def quizzes(self) -> NamesQuizzes:
        """The published quizzes."""
        ...

    def start(
        self, quiz_id: str, visitor_id: str, locale: str | None = None, touchpoint: str | None = None
    ) -> Awaitable[SessionView]:
        """Begin a quiz."""
        ...

    def answer(
        self, session_id: str, visitor_id: str, question_id: str, raw: object
    ) -> Awaitable[SessionView]:
        """Give or change one answer."""
        ...

    def take_back(self, session_id: str, visitor_id: str, question_id: str) -> Awaitable[SessionView]:
        """Take one answer back."""
        ...

    def finish(self, session_id: str, visitor_id: str) -> Awaitable[SessionView]:
        """End the session."""
        ...

    def view(self, session_id: str, visitor_id: str) -> SessionView:
        """The session as it stands."""
        ...


class ReadsVisitors(Protocol):
    """`serving.visitor.VisitorReader`."""

    def read(self, visitor_id: str | None) -> Profile:
        """The profile of a visitor, an empty one for a stranger."""
        ...


class KnowsItems(Protocol):
    """`serving.live_catalogue.LiveCatalogue`."""

    number: int  # raised by every change

    def get(self, item_id: str) -> Item | None:
        """One item."""
        ...

    def items(self) -> Iterable[Item]:
        """All items."""
        ...


class DemoParts(NamedTuple):
    """Everything that `demo_router` needs."""

    recommender: AnswersPages
    journey: AsksQuestions
    ingest: TakesEvents
    visitors: ReadsVisitors
    catalogue: KnowsItems
    category_name: Callable[[str, str], str]  # (category, locale) → what a shopper calls it
    department_name: Callable[[str, str], str]  # the same for departments
    secret: bytes  # signs cookies and forms
    clock: Clock
    households: tuple[str, ...]  # known visitors that one may shop as, the first ones shown
    locales: tuple[str, ...] = ("en", "ja")  # the first is the default
    quiz_id: str | None = None  # the quiz of the cards; None: the first that is published
