"""Parts: what the API is given, and how a handler asks for one of them."""

import inspect
from collections.abc import Callable, Mapping
from functools import wraps
from typing import Annotated, Any, NamedTuple, TypeAlias, TypeVar

from limits.aio.storage import Storage
from litestar.di import Dependency
from litestar.params import SkipValidationMarker

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

Given: TypeAlias = Annotated[T, SkipValidationMarker(), Dependency(kind="named")]
"""A part by its name; it comes from the composition root, so it is not checked on every request."""


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


def bound(function: Callable[..., Any], given: Mapping[str, object]) -> Callable[..., Any]:
    """A handler or provider with the parts in their places, so that Litestar sees what a request says alone.

    Litestar resolves dependencies that stand side by side in tasks of their own, constants too: nine of them
    took 0.4 ms of processor and six rounds of the event loop, a fifth of what a slate takes.

    Args:
        function: has parameters named as the parts that it is given.
        given: every part by its name.
    """
    signature = inspect.signature(function)
    own = {name: given[name] for name in signature.parameters if name in given}
    if not own:
        return function
    if inspect.iscoroutinefunction(function):

        @wraps(function)
        async def call(*args: Any, **kwargs: Any) -> Any:
            return await function(*args, **kwargs, **own)

    else:

        @wraps(function)
        def call(*args: Any, **kwargs: Any) -> Any:
            return function(*args, **kwargs, **own)

    asked = [one for name, one in signature.parameters.items() if name not in own]
    vars(call)["__signature__"] = signature.replace(parameters=asked)
    call.__annotations__ = {name: kind for name, kind in call.__annotations__.items() if name not in own}
    return call
