"""Pages that one reads: home, product, department, what a search found."""

from typing import Annotated

from litestar import Response, get
from litestar.di import NamedDependency
from litestar.params import FromPath, FromQuery, QueryParameter

from recsvc.domain.errors import StoreUnavailableError, UnknownItemError
from recsvc.domain.slates import PlacementRequest
from recsvc.storefront.demo.pages import json_ld
from recsvc.storefront.demo.search import find
from recsvc.storefront.demo.shelf import Shelves
from recsvc.storefront.demo.shop import Shop
from recsvc.storefront.demo.visit import DemoRequest

HOME_ITEMS = 12
SIDE_ITEMS = 6
PER_PAGE = 24
MOST_TITLE = 60
MOST_QUERY = 80


@get("/", sync_to_thread=False)
def home(request: DemoRequest, shop: NamedDependency[Shop]) -> Response[str]:
    """What is chosen for the visitor, the quiz, departments."""
    visit = shop.visit(request)
    profile = shop.profile(visit)
    again = [PlacementRequest("buy-again", SIDE_ITEMS)] if profile.recent else []
    shelves = shop.shelves(visit, profile, *again, PlacementRequest("home", HOME_ITEMS))
    return shop.page(
        "home.html",
        visit,
        profile,
        [shelf for shelf in shelves if shelf.cards or shelf.asked.id == "home"],
        departments=shop.departments.all(),
    )


@get("/products/{item_id:str}")
async def product(
    request: DemoRequest,
    shop: NamedDependency[Shop],
    item_id: FromPath[str],
    slate_id: Annotated[str | None, QueryParameter(name="from")] = None,
) -> Response[str]:
    """One product, what is similar and what is bought together with it, and the quiz."""
    visit = shop.visit(request)
    shop.profile(visit)  # catches the catalogue up before the item is looked for
    item = shop.item(item_id)
    shown_without_record = False
    if visit.known_as:
        try:
            await shop.recorder.looked_at(visit.known_as, item, slate_id)
        except StoreUnavailableError:
            shown_without_record = True
    profile = shop.profile(visit)
    shelves = shop.shelves(
        visit,
        profile,
        PlacementRequest("similar", SIDE_ITEMS, item=item_id),
        PlacementRequest("bought-together", SIDE_ITEMS, item=item_id),
    )
    card = Shelves(shop.parts, visit.texts).card(item)
    return shop.page(
        "product.html",
        visit,
        profile,
        shelves,
        item=item,
        card=card,
        json_ld=json_ld(item, card.title),
        shown_without_record=shown_without_record,
    )


@get("/departments/{department:str}", sync_to_thread=False)
def department(
    request: DemoRequest,
    shop: NamedDependency[Shop],
    department: FromPath[str],
    category: FromQuery[str | None] = None,
    page: FromQuery[int] = 1,
) -> Response[str]:
    """The products of a department, a page at a time."""
    visit = shop.visit(request)
    profile = shop.profile(visit)
    found = shop.departments.get(department)
    if found is None:
        raise UnknownItemError(f"There is no department {department[:MOST_TITLE]!r}.")
    items = found.of(category)
    pages = max(1, -(-len(items) // PER_PAGE))
    number = min(max(page, 1), pages)
    cards = Shelves(shop.parts, visit.texts)
    return shop.page(
        "department.html",
        visit,
        profile,
        department=found,
        category=category if category in dict(found.categories) else None,
        count=len(items),
        cards=[cards.card(item) for item in items[(number - 1) * PER_PAGE : number * PER_PAGE]],
        number=number,
        pages=pages,
    )


@get("/search", sync_to_thread=False)
def search(request: DemoRequest, shop: NamedDependency[Shop], q: FromQuery[str] = "") -> Response[str]:
    """Products whose titles have all the words that were typed."""
    visit = shop.visit(request)
    profile = shop.profile(visit)
    words = q.strip()[:MOST_QUERY]
    found = find(shop.parts.catalogue.items(), words, visit.locale)
    cards = Shelves(shop.parts, visit.texts)
    shelves = () if found else shop.shelves(visit, profile, PlacementRequest("home", SIDE_ITEMS))
    return shop.page(
        "search.html",
        visit,
        profile,
        shelves,
        words=words,
        count=len(found),
        cards=[cards.card(item) for item in found[: 2 * PER_PAGE]],
    )
