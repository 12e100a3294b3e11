"""The till: what is bought there with a loyalty card, and whose card it is, as visitors say."""

from collections import Counter
from typing import Any, NamedTuple

from litestar import Response, get, post
from litestar.di import NamedDependency

from recsvc.domain.catalogue import Item
from recsvc.domain.errors import InvalidRequestError
from recsvc.storefront.addresses import link
from recsvc.storefront.demo.forms import read_form
from recsvc.storefront.demo.households import is_card
from recsvc.storefront.demo.shelf import Shelves
from recsvc.storefront.demo.shop import Shop
from recsvc.storefront.demo.visit import DemoRequest
from recsvc.storefront.formats import total

OFFERED = 12
CARDS = 4
MOST_SCANNED = 40


class Counted(NamedTuple):
    """What lies on the counter; all of it is in the address, so that a till has no visitor of its own."""

    card: str
    scanned: tuple[str, ...]  # item ids, as often as there are units
    department: str

    @classmethod
    def of(cls, request: DemoRequest) -> "Counted":
        """What the address says: the last card and department, the products without the one put back."""
        query = request.query_params
        scanned = [*query.getall("scanned", [])][:MOST_SCANNED]
        back = query.get("back", "")
        if back in scanned:
            scanned.remove(back)
        cards = [card for card in query.getall("card", []) if is_card(card)]
        return cls((cards or [""])[-1], tuple(scanned), (query.getall("department", [""]))[-1])


@get("/till", sync_to_thread=False)
def show_till(request: DemoRequest, shop: NamedDependency[Shop]) -> Response[str]:
    """A till: a card, what was scanned, and products to scan; or the receipt."""
    visit = shop.visit(request)
    profile = shop.profile(visit)
    counter = Counted.of(request)
    lines = _lines(shop, counter.scanned)
    departments = shop.departments.all()
    offered = shop.departments.get(counter.department) or next(iter(departments), None)
    cards = Shelves(shop.parts, visit.texts)
    return shop.page(
        "till.html",
        visit,
        profile,
        counter=counter,
        lines=[(cards.card(item), units) for item, units in lines],
        total=total(lines, visit.locale),
        departments=departments,
        department=offered.name if offered else "",
        offered=[cards.card(item) for item in offered.items[:OFFERED]] if offered else [],
        households=shop.parts.households[:CARDS],
        receipt=request.query_params.get("receipt", "")[:MOST_SCANNED],
    )


@post("/demo/till")
async def pay(request: DemoRequest, shop: NamedDependency[Shop]) -> Response[Any]:
    """Pay at the till: a purchase of whoever has the card, whom the site need not know."""
    visit = shop.visit(request)
    form = await read_form(request, visit)
    shop.profile(visit)
    lines = _lines(shop, tuple(form.scanned[:MOST_SCANNED]))
    if not lines:
        return shop.see_other(visit, "/till")
    receipt = await shop.recorder.paid_at_till(_card(form.card), lines)
    return shop.see_other(visit, link("till", card=form.card, receipt=receipt))


@post("/demo/card")
async def show_card(request: DemoRequest, shop: NamedDependency[Shop]) -> Response[Any]:
    """Say that a loyalty card is the visitor's: both are one person from now on, under consent."""
    visit = shop.visit(request)
    form = await read_form(request, visit)
    card = _card(form.card)
    if visit.known_as:
        await shop.recorder.has_card(visit.known_as, card)
    return shop.see_other(visit, link("answers", card=card) + "#card-title")


def _card(text: str) -> str:
    if not is_card(text):
        raise InvalidRequestError("A card number has 1 to 20 letters or digits.")
    return text


def _lines(shop: Shop, scanned: tuple[str, ...]) -> list[tuple[Item, int]]:
    """The products that the shop sells, with their units."""
    found = ((shop.parts.catalogue.get(item_id), units) for item_id, units in Counter(scanned).items())
    return [(item, units) for item, units in found if item is not None]
