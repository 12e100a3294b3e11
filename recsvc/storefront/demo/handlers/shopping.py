"""The cart and the order: what a visitor does with products."""

from typing import Any

from litestar import Response, get, post
from litestar.di import NamedDependency
from litestar.params import FromPath

from recsvc.domain.catalogue import Item
from recsvc.domain.errors import InvalidRequestError
from recsvc.domain.slates import PlacementRequest
from recsvc.storefront.addresses import link, own_path
from recsvc.storefront.demo.cart import Cart
from recsvc.storefront.demo.forms import read_form
from recsvc.storefront.demo.recording import new_order_id
from recsvc.storefront.demo.shelf import Card, Shelves
from recsvc.storefront.demo.shop import Shop
from recsvc.storefront.demo.visit import DemoRequest, Visit
from recsvc.storefront.formats import total

SHOWN = 6
MOST_ORDER_ID = 40


@get("/cart", sync_to_thread=False)
def show_cart(request: DemoRequest, shop: NamedDependency[Shop]) -> Response[str]:
    """The cart, and what goes with it."""
    visit = shop.visit(request)
    profile = shop.profile(visit)
    lines = _lines(shop, visit.cart)
    asked = PlacementRequest("cart", SHOWN, items=tuple(item.item_id for item, _ in lines))
    shelves = shop.shelves(visit, profile, asked if lines else PlacementRequest("home", SHOWN))
    return shop.page(
        "cart.html",
        visit,
        profile,
        shelves,
        lines=_shown(shop, visit, lines),
        total=total(lines, visit.locale),
    )


@get("/orders/{order_id:str}", sync_to_thread=False)
def show_order(request: DemoRequest, shop: NamedDependency[Shop], order_id: FromPath[str]) -> Response[str]:
    """Thanks for an order, and a shelf that has heard of it."""
    visit = shop.visit(request)
    profile = shop.profile(visit)
    shelves = shop.shelves(visit, profile, PlacementRequest("home", SHOWN))
    return shop.page("order.html", visit, profile, shelves, order=order_id[:MOST_ORDER_ID])


@post("/demo/cart")
async def change_cart(request: DemoRequest, shop: NamedDependency[Shop]) -> Response[Any]:
    """Put one more into the cart, take one out, or take all of an item out."""
    visit = shop.visit(request)
    form = await read_form(request, visit)
    shop.profile(visit)
    item, before = shop.item(form.item_id), visit.cart
    match form.action:
        case "add":
            cart, record = before.with_one_more(item.item_id), shop.recorder.put_in_cart
        case "less":
            cart, record = before.with_one_less(item.item_id), shop.recorder.took_from_cart
        case "remove":
            cart, record = before.without(item.item_id), shop.recorder.took_from_cart
        case other:
            raise InvalidRequestError(f"The cart knows add, less and remove, not {other[:20]!r}.")
    if visit.known_as and cart != before:
        await record(visit.known_as, item)
    return shop.see_other(visit._replace(cart=cart), own_path(form.return_to, "/cart"))


@post("/demo/orders")
async def place_order(request: DemoRequest, shop: NamedDependency[Shop]) -> Response[Any]:
    """Buy one product at once, or everything in the cart."""
    visit = shop.visit(request)
    form = await read_form(request, visit)
    shop.profile(visit)
    at_once = form.item_id
    lines = [(shop.item(at_once), 1)] if at_once else _lines(shop, visit.cart)
    if not lines:
        return shop.see_other(visit, "/cart")
    order_id = new_order_id()
    if visit.known_as:
        await shop.recorder.ordered(visit.known_as, order_id, lines)
    after = visit if at_once else visit._replace(cart=Cart())
    return shop.see_other(after, link("orders", order_id))


def _lines(shop: Shop, cart: Cart) -> list[tuple[Item, int]]:
    """The lines of a cart that the shop still sells."""
    found = ((shop.parts.catalogue.get(item_id), units) for item_id, units in cart.lines.items())
    return [(item, units) for item, units in found if item is not None and units > 0]


def _shown(shop: Shop, visit: Visit, lines: list[tuple[Item, int]]) -> list[tuple[Card, int]]:
    cards = Shelves(shop.parts, visit.texts)
    return [(cards.card(item), units) for item, units in lines]
