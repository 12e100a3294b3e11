"""Slates: a page in one call, or one placement."""

import asyncio
from typing import Annotated, Any, NamedTuple

from litestar import Request, get, post
from litestar.openapi.spec import Example
from litestar.params import BodyKwarg, QueryParameter

from recsvc.domain.errors import NotAllowedError
from recsvc.domain.keys import Scope
from recsvc.domain.purposes import PERSONALISE
from recsvc.domain.slates import PlacementRequest, Slate, SlateRequest
from recsvc.http import examples
from recsvc.http.access import Caller, caller_of, needs
from recsvc.http.cards import Language as LanguageOfCards
from recsvc.http.cards import Shown, cards_asked
from recsvc.http.faults import Fault, FaultyRequestError
from recsvc.http.guards import VisitorHeader, body_visitor, header_visitor
from recsvc.http.metrics import Metrics
from recsvc.http.openapi import READING, WRITING, answers
from recsvc.http.parts import Given
from recsvc.http.payloads import (
    AGE,
    EXPLAIN,
    FILTER,
    LOCALE,
    MOST_FILTER_CHARACTERS,
    MOST_ID_CHARACTERS,
    NO_CONTROLS,
    PageAnswer,
    PagePayload,
    PathId,
)
from recsvc.http.privacy_control import PrivacyControl, opted_out
from recsvc.http.remembered import REMEMBERED, remember
from recsvc.http.wire import SMALL_BODY
from recsvc.serving.cards import Cards
from recsvc.serving.hindsight import Hindsight
from recsvc.serving.pages import Pages

MOST_CART_CHARACTERS = 8000
ASKING = ("missing-item", "unknown-placement", "unknown-item", "elements-off")
ACCESS = needs(Scope.ASK, in_browsers=True)

Page = Annotated[PagePayload, BodyKwarg(examples=[Example(value=examples.PAGE)])]
Limit = Annotated[
    int | None, QueryParameter(ge=1, le=100, description="Items; the placement's own where absent.")
]
Item = Annotated[
    str | None,
    QueryParameter(
        min_length=1,
        max_length=MOST_ID_CHARACTERS,
        pattern=NO_CONTROLS,
        description="The product of the page.",
    ),
]
Items = Annotated[
    str | None,
    QueryParameter(
        max_length=MOST_CART_CHARACTERS,
        pattern=NO_CONTROLS,
        description="What is in the cart, separated by commas.",
    ),
]
Filter = Annotated[str | None, QueryParameter(max_length=MOST_FILTER_CHARACTERS, description=FILTER)]
Store = Annotated[
    str | None,
    QueryParameter(
        min_length=1,
        max_length=MOST_ID_CHARACTERS,
        pattern=NO_CONTROLS,
        description="The store where the page is shown.",
    ),
]
Age = Annotated[int | None, QueryParameter(ge=0, le=150, description=AGE)]
Explain = Annotated[bool, QueryParameter(description=EXPLAIN)]
Language = Annotated[str | None, QueryParameter(max_length=35, pattern=LOCALE, description="Of the reasons.")]


class Asker(NamedTuple):
    """Who asks for slates, and how they are shown."""

    caller: Caller
    opted_out: bool
    shown: Shown
    scope: Any  # of the request


def asker(
    request: Request[Any, Any, Any],
    cards: Given[Cards],
    sec_gpc: PrivacyControl = None,
    locale_of_cards: LanguageOfCards = None,
) -> Asker:
    """Who asks, by what the guard and the headers say."""
    shown = cards_asked(cards, locale_of_cards)
    return Asker(caller_of(request.scope), opted_out(sec_gpc), shown, request.scope)


@post(
    "/slates",
    status_code=200,
    request_max_body_size=SMALL_BODY,
    opt=ACCESS | {REMEMBERED: True},
    summary="Answer a page",
    responses=answers(200, PageAnswer, "One slate per placement.", examples.PAGE_ANSWER, *ASKING, *WRITING),
)
async def post_slates(
    data: Page,
    asker: Given[Asker],
    pages: Given[Pages],
    hindsight: Given[Hindsight],
    metrics: Given[Metrics],
) -> PageAnswer:
    """Answer all placements of a page in one call; no item appears twice on it.

    A visitor nobody knows is not an error: every slate says in `basis` what it rests on. Where the page or
    the browser denies personalisation nobody's profile is read. With the `slate_id` of an earlier answer the
    request that it answered is answered once more, for whoever asks why.
    """
    caller, shown = asker.caller, asker.shown
    explain = _explained(caller, asked=data.explain or data.slate_id is not None)
    named = await body_visitor(caller, data.visitor) if data.visitor else None
    visitor_id = None if asker.opted_out or data.context.denies(PERSONALISE) else named
    placements = tuple(placement.to_request() for placement in data.placements)
    where = data.context
    locale = where.locale or shown.locale
    request = SlateRequest(visitor_id, placements, locale, where.store_id, where.age, explain=explain)
    if data.slate_id is not None:
        # In a thread: a model that is not current any more is read from the disk, all of it.
        again = await asyncio.to_thread(hindsight.slate, data.slate_id, request)
        return PageAnswer([shown.slate(again)])
    if not placements:
        raise FaultyRequestError(Fault("missing_field", "Name the placements of the page.", "/placements"))
    answer = await pages.page(request)
    metrics.slates(answer.slates)
    if data.visitor is None or data.visitor.token is None:  # a token ends
        remember(asker.scope, answer, named)
    return PageAnswer([shown.slate(slate) for slate in answer.slates])


@get(
    "/slates/{placement:str}",
    opt=ACCESS | {REMEMBERED: True},
    summary="Answer one placement",
    responses=answers(200, Slate, "The slate.", examples.SLATE, *ASKING, *READING),
)
async def get_slate(
    placement: PathId,
    asker: Given[Asker],
    pages: Given[Pages],
    metrics: Given[Metrics],
    recsvc_visitor: VisitorHeader = None,
    limit: Limit = None,
    item: Item = None,
    items: Items = None,
    filter: Filter = None,  # noqa: A002 (the name of the parameter)
    store_id: Store = None,
    age: Age = None,
    locale: Language = None,
    explain: Explain = False,  # noqa: FBT002 (a parameter of the query)
) -> Slate:
    """Answer one placement for the visitor of the header."""
    cart = tuple(one for one in (items or "").split(",") if one)
    asked = PlacementRequest(placement, limit, item, cart, filter)
    named = await header_visitor(asker.caller, recsvc_visitor)
    answer = await pages.page(
        SlateRequest(
            None if asker.opted_out else named,
            (asked,),
            locale or asker.shown.locale,
            store_id,
            age,
            explain=_explained(asker.caller, asked=explain),
        )
    )
    metrics.slates(answer.slates)
    if recsvc_visitor is None or "token" not in recsvc_visitor.partition("=")[0]:
        remember(asker.scope, answer, named)
    return asker.shown.slate(answer.slates[0])


def _explained(caller: Caller, *, asked: bool) -> bool:
    """Whether the answer carries its trail.

    Raises:
        NotAllowedError: it was asked for from a browser: the trail tells what the shop does not show.
    """
    if asked and not caller.vouches:
        raise NotAllowedError("`explain` takes a secret key: ask for it from the shop's server.")
    return asked


HANDLERS = (post_slates, get_slate)
