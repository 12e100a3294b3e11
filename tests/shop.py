"""A small shop for tests: the real use cases over the in-memory store, a fixed clock and a known model."""

from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from quizzes.loader import canonical_json, load_quiz
from recsvc.domain.catalogue import Availability, Item
from recsvc.domain.contacts import ContactTerms
from recsvc.domain.events import Event, EventKind, EventLine
from recsvc.domain.segments import Segment
from recsvc.serving.affinities import Affinities
from recsvc.serving.contacts import Contacts
from recsvc.serving.hindsight import Hindsight
from recsvc.serving.live_catalogue import LiveCatalogue
from recsvc.serving.live_model import LiveModel
from recsvc.serving.live_placements import LivePlacements
from recsvc.serving.live_quizzes import LiveQuizzes
from recsvc.serving.pages import Pages
from recsvc.serving.quiz_journey import QuizJourney
from recsvc.serving.quiz_slate import QuizSlates
from recsvc.serving.recommend import Recommender
from recsvc.serving.segments import Segments
from recsvc.serving.slate_id import SlateSigner
from recsvc.serving.touchpoints import Touchpoints
from recsvc.serving.turns import Turns
from recsvc.serving.unsubscribing import Unsubscribing
from recsvc.serving.visitor import VisitorReader
from recsvc.serving.visitor_facts import VisitorFacts
from recsvc.stores.memory import MemoryStore
from tests.artifacts import NOW, item_ids, publish_artifact
from tests.clock import FixedClock

SECRET = b"s" * 32
N = 12
SEGMENTS = (
    Segment(name="tea-lovers", when="'tea' in affinity.category"),
    Segment(name="with-pets", when="known(pets) and pets != 'none'"),
)
TEA_QUIZ = (Path(__file__).parent / "tea.quiz.toml").read_bytes()


@dataclass
class Shop:
    """Everything that answers, wired as app.py wires it."""

    directory: Path
    placements: str = ""  # TOML; the recipes where there is none
    clock: FixedClock = field(default_factory=lambda: FixedClock(NOW))
    store: MemoryStore = field(default_factory=MemoryStore)
    sends: bool = True  # whether there is a mailer
    served: LivePlacements | None = None  # in place of those that `placements` says

    def __post_init__(self) -> None:
        self.live_placements = self.served or LivePlacements(self.place())
        self.live_model = LiveModel(self.directory / "models")
        self.quizzes = LiveQuizzes(self.directory / "quizzes")
        self.catalogue = LiveCatalogue(self.store)
        self.visitors = VisitorReader(self.store, self.catalogue, self.quizzes)
        self.signer = SlateSigner(SECRET)
        self.recommender = Recommender(
            visitors=self.visitors,
            live_model=self.live_model,
            catalogue=self.catalogue,
            quizzes=self.quizzes,
            placements=self.live_placements,
            signer=self.signer,
            locales=("en", "ja"),
            clock=self.clock,
        )
        self.pages = Pages(self.recommender, self.visitors, self.clock)
        self.hindsight = Hindsight(self.recommender, self.live_model, self.signer)
        self.affinities = Affinities(self.visitors, self.live_model, self.catalogue, self.quizzes, self.clock)
        self.segments = Segments(
            SEGMENTS,
            visitors=self.visitors,
            affinities=self.affinities,
            quizzes=self.quizzes,
            clock=self.clock,
        )
        turns = Turns()
        self.contacts = Contacts(
            self.store,
            self.quizzes,
            SECRET,
            self.clock,
            ContactTerms(),
            locales=("en", "ja"),
            sends=self.sends,
        )
        self.unsubscribing = Unsubscribing(self.store, SECRET, self.clock)
        self.journey = QuizJourney(
            store=self.store,
            quizzes=self.quizzes,
            visitors=self.visitors,
            slates=QuizSlates(self.recommender, self.catalogue),
            secret=SECRET,
            locales=("en", "ja"),
            session_s=1800,
            clock=self.clock,
            turns=turns,
            contacts=self.contacts,
        )
        self.touchpoints = Touchpoints(
            visitors=self.visitors,
            quizzes=self.quizzes,
            catalogue=self.catalogue,
            locales=("en", "ja"),
            clock=self.clock,
        )
        self.facts = VisitorFacts(
            store=self.store, quizzes=self.quizzes, locales=("en", "ja"), clock=self.clock, turns=turns
        )

    def place(self) -> Path:
        """Where the placements stand, written down if there are any."""
        path = self.directory / "placements.toml"
        if self.placements:
            self.directory.mkdir(exist_ok=True)
            path.write_text(self.placements, "utf-8")
        return path

    def open(self) -> "Shop":
        """Publish a model of twelve items and the tea quiz, and put the items on the shelves."""
        publish_artifact(self.directory / "models", n=N)
        self.publish(TEA_QUIZ)
        self.store.put_items([item(number) for number in range(N)]).result()
        self.live_model.refresh()
        return self

    def publish(self, source: bytes) -> None:
        """Publish one quiz."""
        quiz = load_quiz(source, "tea.quiz.toml")
        directory = self.directory / "quizzes"
        directory.mkdir(exist_ok=True)
        (directory / f"{quiz.id}@{quiz.revision}.json").write_bytes(canonical_json(quiz))
        self.quizzes.refresh()

    def happen(
        self, visitor_id: str, kind: EventKind, *items: str, days_ago: float = 0.0, **more: Any
    ) -> None:
        """Append one event of a visitor."""
        self._events = getattr(self, "_events", 0) + 1
        at = NOW.fromtimestamp(self.clock.now.timestamp() - days_ago * 86_400, NOW.tzinfo)
        lines = tuple(EventLine(item_id) for item_id in items)
        event = Event(
            event_id=f"e{self._events}",
            kind=kind,
            visitor_id=visitor_id,
            occurred_at=at,
            received_at=at,
            lines=lines,
            **more,
        )
        self.store.append([event]).result()


def item(number: int, **changes: Any) -> Item:
    """The items of the shop: two kinds of drinks and some toys."""
    category = ("tea", "coffee", "toys")[number % 3]
    name = item_ids(N)[number]
    standard: dict[str, Any] = {
        "title": f"Item {number}",
        "titles": {"ja": f"商品{number}"},
        "category": category,
        "price": 100.0 + number,
    }
    return Item(item_id=name, **(standard | changes))


def sold_out(number: int) -> Item:
    """The same item when none is left."""
    return item(number, availability=Availability.OUT_OF_STOCK)
