"""Fragments: a placement as plain HTML, for pages without scripts, mail and search engines; of nobody."""

from functools import cache
from importlib.resources import files
from pathlib import Path
from typing import Annotated

from jinja2 import Environment, FileSystemLoader, StrictUndefined
from litestar import MediaType, Response, Router, get
from litestar.di import NamedDependency, Provide
from litestar.params import FromPath, QueryParameter

from recsvc.domain.slates import Card, PlacementRequest, Slate, SlateRequest
from recsvc.http.payloads import LOCALE, MOST_ID_CHARACTERS, NO_CONTROLS
from recsvc.http.problems import answer_problem
from recsvc.serving.cards import Cards
from recsvc.serving.recommend import Recommender
from recsvc.storefront.formats import money

TEMPLATES = Path(str(files("recsvc.storefront.elements"))) / "templates"
HEADERS = {
    "cache-control": "public, max-age=60",
    "content-security-policy": "default-src 'none'; img-src *",
    "x-content-type-options": "nosniff",
}
OneItem = Annotated[
    str | None, QueryParameter(min_length=1, max_length=MOST_ID_CHARACTERS, pattern=NO_CONTROLS)
]
Limit = Annotated[int | None, QueryParameter(ge=1, le=100)]
Language = Annotated[str | None, QueryParameter(max_length=35, pattern=LOCALE)]


@get("/{placement:str}", sync_to_thread=False)
def show_fragment(
    placement: FromPath[str],
    recommender: NamedDependency[Recommender],
    cards: NamedDependency[Cards],
    own_locale: NamedDependency[str],
    item: OneItem = None,
    limit: Limit = None,
    locale: Language = None,
) -> Response[str]:
    """The products of a placement as a list; nobody's profile is read, so that any cache may keep it.

    Without `locale` in the shop's own language, whatever the browser likes: caches do not tell these apart.
    """
    locale = locale or own_locale
    request = SlateRequest(None, (PlacementRequest(placement, limit, item),), locale)
    html = fragment_of(cards.beside(recommender.page(request)[0], locale), locale)
    return Response(html, media_type=MediaType.HTML, headers=HEADERS)


def fragment_of(slate: Slate, locale: str) -> str:
    """A slate as HTML, without those of its items that have no card; "" where none has one."""
    shown = [(one, one.card) for one in slate.items if one.card is not None]
    template = _environment().get_template("fragment.html")
    return template.render(slate=slate, shown=shown, locale=locale, price=lambda card: _price(card, locale))


def _price(card: Card, locale: str) -> str:
    paid = card.price if card.sale_price is None else card.sale_price
    if card.price_text or paid is None:
        return card.price_text or ""
    return money(paid, card.currency, locale.partition("-")[0])


@cache
def _environment() -> Environment:
    return Environment(
        loader=FileSystemLoader(TEMPLATES),
        autoescape=True,
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
    )


def fragments_router(recommender: Recommender, cards: Cards, locale: str) -> Router:
    """Placements at `/fragments/{placement}`.

    Args:
        recommender: answers them.
        cards: show their products.
        locale: where the address names none.
    """
    return Router(
        "/fragments",
        route_handlers=[show_fragment],
        dependencies={
            "recommender": Provide(lambda: recommender, sync_to_thread=False),
            "cards": Provide(lambda: cards, sync_to_thread=False),
            "own_locale": Provide(lambda: locale, sync_to_thread=False),
        },
        exception_handlers={Exception: answer_problem},
        include_in_schema=False,
    )
