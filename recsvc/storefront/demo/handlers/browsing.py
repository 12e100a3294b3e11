"""Pages that one reads: home, product, department."""

from typing import Annotated

from litestar import Response, get
from litestar.di import NamedDependency
from litestar.params import FromPath, FromQuery, QueryParameter

from recsvc.domain.errors import StoreUnavailableError, UnknownItemError
from recsvc.domain.slates import PlacementRequest
from recsvc.storefront.addresses import link
from recsvc.storefront.demo.households import pick_households
from recsvc.storefront.demo.shelf import Shelves
from recsvc.storefront.demo.shop import Shop
from recsvc.storefront.demo.visit import DemoRequest

HOME_ITEMS = 12
SIDE_ITEMS = 6
PER_PAGE = 24
MOST_TITLE = 60


@get("/", sync_to_thread=False)
def home(request: DemoRequest, shop: NamedDependency[Shop], refused: FromQuery[str] = "") -> Response[str]:
    """What is chosen for the visitor, the quiz, households to shop as, departments."""
    visit = shop.visit(request)
    profile = shop.profile(visit)
    shelves = shop.shelves(visit, profile, PlacementRequest("home", HOME_ITEMS))
    return shop.page(
        "home.html",
        visit,
        profile,
        shelves,
        quiz=shop.quizzes.card(visit, profile, "/", was_refused=bool(refused)),
        households=pick_households(shop.parts, visit.locale),
        departments=shop.departments.all(),
        is_known=profile.revision > 0,
    )


@get("/products/{item_id:str}")
async def product(
    request: DemoRequest,
    shop: NamedDependency[Shop],
    item_id: FromPath[str],
    slate_id: Annotated[str | None, QueryParameter(name="from")] = None,
    refused: FromQuery[str] = "",
) -> Response[str]:
    """One product, the quiz beside it, what is similar and what is bought together with it."""
    visit = shop.visit(request)
    shop.profile(visit)  # catches the catalogue up before the item is looked for
    item = shop.item(item_id)
    try:
        await shop.recorder.looked_at(visit.visitor.visitor_id, item, slate_id)
    except StoreUnavailableError:
        shown_without_record = True
    else:
        shown_without_record = False
    profile = shop.profile(visit)
    shelves = shop.shelves(
        visit,
        profile,
        PlacementRequest("similar", SIDE_ITEMS, item=item_id),
        PlacementRequest("bought-together", SIDE_ITEMS, item=item_id),
    )
    return shop.page(
        "product.html",
        visit,
        profile,
        shelves,
        item=item,
        card=Shelves(shop.parts, visit.texts).card(item),
        quiz=shop.quizzes.card(visit, profile, link("products", item_id), was_refused=bool(refused)),
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
