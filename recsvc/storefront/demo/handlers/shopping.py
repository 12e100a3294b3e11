"""The cart and the order: what a visitor does with products."""

from typing import Any

from litestar import Response, get, post
from litestar.di import NamedDependency
from litestar.params import FromQuery

from recsvc.domain.catalogue import Item
from recsvc.domain.errors import InvalidRequestError
from recsvc.domain.slates import PlacementRequest
from recsvc.storefront.addresses import own_path
from recsvc.storefront.demo.cart import Cart
from recsvc.storefront.demo.forms import read_form
from recsvc.storefront.demo.shelf import Card, Shelves
from recsvc.storefront.demo.shop import Shop
from recsvc.storefront.demo.visit import DemoRequest, Visit
from recsvc.storefront.formats import total

SHOWN = 6
MOST_ORDER_ID = 40


@get("/cart", sync_to_thread=False)
def show_cart(request: DemoRequest, shop: NamedDependency[Shop], order: FromQuery[str] = "") -> Response[str]:
    """The cart, or the order just placed, and what goes with it."""
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
        order=order[:MOST_ORDER_ID],
    )


@post("/demo/cart")
async def change_cart(request: DemoRequest, shop: NamedDependency[Shop]) -> Response[Any]:
    """Put one more into the cart, take one out, or take all of an item out."""
    visit = shop.visit(request)
    form = await read_form(request, visit)
    shop.profile(visit)
    item, who = shop.item(form.item_id), visit.visitor.visitor_id
    before = visit.cart
    match form.action:
        case "add":
            cart = before.with_one_more(item.item_id)
            await shop.recorder.put_in_cart(who, item)
        case "less" | "remove" as action:
            less = before.with_one_less if action == "less" else before.without
            cart = less(item.item_id)
            if cart != before:
                await shop.recorder.took_from_cart(who, item)
        case other:
            raise InvalidRequestError(f"The cart knows add, less and remove, not {other[:20]!r}.")
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
    order_id = await shop.recorder.ordered(visit.visitor.visitor_id, lines)
    after = visit if at_once else visit._replace(cart=Cart())
    return shop.see_other(after, f"/cart?order={order_id}")


def _lines(shop: Shop, cart: Cart) -> list[tuple[Item, int]]:
    """The lines of a cart that the shop still sells."""
    found = ((shop.parts.catalogue.get(item_id), units) for item_id, units in cart.lines.items())
    return [(item, units) for item, units in found if item is not None and units > 0]


def _shown(shop: Shop, visit: Visit, lines: list[tuple[Item, int]]) -> list[tuple[Card, int]]:
    cards = Shelves(shop.parts, visit.texts)
    return [(cards.card(item), units) for item, units in lines]
