"""Parts: what the API is given, and how a handler asks for one of them."""

from collections.abc import Callable, Mapping
from functools import wraps
from inspect import iscoroutinefunction, signature
from typing import Annotated, Any, NamedTuple, TypeAlias, TypeVar, cast

from limits.aio.storage import Storage
from litestar.di import Dependency
from litestar.params import SkipValidationMarker

from recsvc.domain.known_stores import KnownStores
from recsvc.domain.limits import Limits
from recsvc.serving.affinities import Affinities
from recsvc.serving.answers import Answers
from recsvc.serving.cards import Cards
from recsvc.serving.catalogue_changes import CatalogueChanges
from recsvc.serving.contacts import Contacts
from recsvc.serving.hindsight import Hindsight
from recsvc.serving.ingest import Ingest
from recsvc.serving.live_catalogue import LiveCatalogue
from recsvc.serving.live_keys import LiveKeys
from recsvc.serving.live_model import LiveModel
from recsvc.serving.ports import Clock, Store
from recsvc.serving.privacy import Privacy
from recsvc.serving.quiz_journey import QuizJourney
from recsvc.serving.recommend import Recommender
from recsvc.serving.segments import Segments
from recsvc.serving.touchpoints import Touchpoints
from recsvc.serving.visitor import VisitorReader
from recsvc.serving.visitor_facts import VisitorFacts

T = TypeVar("T")

Given: TypeAlias = Annotated[T, SkipValidationMarker(), Dependency(kind="named")]
"""A part by its name; it comes from the composition root, so it is not checked on every request."""


class ApiParts(NamedTuple):
    """What the composition root hands over."""

    recommender: Recommender
    pages: Answers
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


def bound(fn: Callable[..., Any], parts: Mapping[str, object]) -> Callable[..., Any]:
    """A handler or dependency that holds the parts it names; Litestar sees the other parameters only.

    As dependencies, parts are looked up anew at every request, each in a task of its own: a sixth of the
    time of a slate.
    """
    asked = signature(fn)
    own = {name: parts[name] for name in asked.parameters if name in parts}
    if not own:
        return fn

    @wraps(fn)
    def call(**given: Any) -> Any:
        return fn(**own, **given)

    @wraps(fn)
    async def call_and_wait(**given: Any) -> Any:
        return await fn(**own, **given)

    chosen: Any = call_and_wait if iscoroutinefunction(fn) else call
    others = [parameter for name, parameter in asked.parameters.items() if name not in own]
    chosen.__signature__ = asked.replace(parameters=others)
    return cast(Callable[..., Any], chosen)
