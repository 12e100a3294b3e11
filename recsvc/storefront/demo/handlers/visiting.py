"""Who shops: a household of the data, or somebody new."""

from typing import Any

from litestar import Response, get, post
from litestar.di import NamedDependency

from recsvc.storefront.addresses import own_path
from recsvc.storefront.demo.cart import Cart
from recsvc.storefront.demo.forms import read_form
from recsvc.storefront.demo.households import is_household, pick_households
from recsvc.storefront.demo.shop import Shop
from recsvc.storefront.demo.visit import DemoRequest
from recsvc.storefront.visitor import ShopVisitor


@get("/visitors", sync_to_thread=False)
def show_visitors(request: DemoRequest, shop: NamedDependency[Shop]) -> Response[str]:
    """Households in whose shoes one may step."""
    visit = shop.visit(request)
    profile = shop.profile(visit)
    households = pick_households(shop.parts, visit.locale)
    return shop.page("visitors.html", visit, profile, households=households)


@post("/demo/visitor")
async def change_visitor(request: DemoRequest, shop: NamedDependency[Shop]) -> Response[Any]:
    """Shop as a household from now on, or as a new visitor; the cart stays behind.

    The households of the data agreed when they took their cards; a new visitor is asked.
    """
    visit = shop.visit(request)
    form = await read_form(request, visit)
    household, secret = form.household.strip(), shop.parts.secret
    known = is_household(household) and shop.parts.visitors.read(household).revision > 0
    visitor = ShopVisitor.known(secret, household) if known else ShopVisitor.stranger(secret)
    if known:
        await shop.recorder.stepped_in(household, visitor.browser_id(secret))
    after = visit._replace(visitor=visitor, cart=Cart(), consent=known or None)
    return shop.see_other(after, own_path(form.return_to))
