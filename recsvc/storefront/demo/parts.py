"""What the demo shop is made from: the use cases it asks, as narrow Protocols, and its own few settings."""

from collections.abc import Awaitable, Callable, Iterable, Mapping, Sequence
from typing import NamedTuple, Protocol

from quizzes.definition import Quiz
from recsvc.domain.catalogue import Item
from recsvc.domain.events import Event, Wording
from recsvc.domain.placements import Placement
from recsvc.domain.profile import Profile
from recsvc.domain.slates import Slate, SlateRequest
from recsvc.serving.cards import Cards
from recsvc.serving.fact_view import FactsView
from recsvc.serving.ports import Clock
from recsvc.serving.privacy import ConsentsView, Erased, EverythingKept


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


class KeepsFacts(Protocol):
    """`serving.visitor_facts.VisitorFacts`."""

    def see(self, visitor_id: str, locale: str | None = None) -> FactsView:
        """Every fact that is known and has not expired."""
        ...

    def change(
        self, visitor_id: str, wanted: Mapping[str, str | list[str] | float | None]
    ) -> Awaitable[None]:
        """Correct facts."""
        ...

    def forget(self, visitor_id: str, fact: str | None = None) -> Awaitable[None]:
        """Forget one fact, or all of them."""
        ...


class KeepsPrivacy(Protocol):
    """`serving.privacy.Privacy`."""

    def consents(self, visitor_id: str) -> ConsentsView:
        """The last word about each purpose."""
        ...

    def agree(
        self, visitor_id: str, consent: dict[str, bool], wording: Wording | None
    ) -> Awaitable[ConsentsView]:
        """Grant and withdraw purposes."""
        ...

    def export(self, visitor_id: str) -> EverythingKept:
        """Everything that is kept."""
        ...

    def erase(self, visitor_id: str) -> Awaitable[Erased]:
        """Erase a visitor under all their names."""
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
    quizzes: NamesQuizzes
    facts: KeepsFacts
    privacy: KeepsPrivacy
    ingest: TakesEvents
    visitors: ReadsVisitors
    catalogue: KnowsItems
    cards: Cards
    category_name: Callable[[str, str], str]  # (category, locale) → what a shopper calls it
    department_name: Callable[[str, str], str]  # the same for departments
    secret: bytes  # signs cookies and forms
    clock: Clock
    households: tuple[str, ...]  # known visitors that one may shop as, the first ones shown
    locales: tuple[str, ...] = ("en", "ja")  # the first is the default
    quiz_id: str | None = None  # the quiz of the shop; None: the first that is published
