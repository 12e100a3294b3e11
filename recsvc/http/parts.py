"""Parts: what the API is given, and how a handler asks for one of them."""

from typing import Annotated, NamedTuple, TypeAlias, TypeVar

from limits.aio.storage import Storage
from litestar.di import Dependency

from recsvc.domain.known_stores import KnownStores
from recsvc.domain.limits import Limits
from recsvc.serving.affinities import Affinities
from recsvc.serving.cards import Cards
from recsvc.serving.catalogue_changes import CatalogueChanges
from recsvc.serving.contacts import Contacts
from recsvc.serving.hindsight import Hindsight
from recsvc.serving.ingest import Ingest
from recsvc.serving.live_catalogue import LiveCatalogue
from recsvc.serving.live_keys import LiveKeys
from recsvc.serving.live_model import LiveModel
from recsvc.serving.pages import Pages
from recsvc.serving.ports import Clock, Store
from recsvc.serving.privacy import Privacy
from recsvc.serving.quiz_journey import QuizJourney
from recsvc.serving.recommend import Recommender
from recsvc.serving.segments import Segments
from recsvc.serving.touchpoints import Touchpoints
from recsvc.serving.visitor import VisitorReader
from recsvc.serving.visitor_facts import VisitorFacts

T = TypeVar("T")

Given: TypeAlias = Annotated[T, Dependency(kind="named")]
"""A part by its name, or what is found out of a request: `bound` puts it in its place.

Litestar refuses to begin where nobody has it."""


class ApiParts(NamedTuple):
    """What the composition root hands over."""

    recommender: Recommender
    pages: Pages
    hindsight: Hindsight
    visitors: VisitorReader
    ingest: Ingest
    quiz_journey: QuizJourney
    touchpoints: Touchpoints
    visitor_facts: VisitorFacts
    privacy: Privacy
    contacts: Contacts
    affinities: Affinities
    segments: Segments
    live_model: LiveModel
    live_catalogue: LiveCatalogue
    store: Store
    keys: LiveKeys
    catalogue_changes: CatalogueChanges
    cards: Cards
    limits: Limits
    counts: Storage  # of requests
    secret: bytes  # the server's own
    shopify_secrets: tuple[str, ...]  # any of them may have signed a webhook
    known_stores: KnownStores
    clock: Clock
    version: str  # of recsvc
