"""Shopify's web pixel: the standard events of a storefront, as a custom pixel posts them."""

from collections.abc import Callable
from datetime import datetime
from typing import Annotated, Any, Final, NamedTuple

import msgspec
from msgspec import Meta

from recsvc.domain.events import Event, EventKind, EventLine
from recsvc.domain.identity import IdentityKind
from recsvc.serving.adapted import Adapted, Ignored
from recsvc.serving.ingest import Rejection
from recsvc.sources.clocks import live
from recsvc.sources.consent_signals import consent_of
from recsvc.sources.fields import MOST_LINES, FieldFaultError, Fields, event_id_of
from recsvc.sources.people import person
from recsvc.sources.shopify_ids import SOURCE, plain

KINDS: Final = {
    "product_viewed": EventKind.VIEW,
    "product_added_to_cart": EventKind.ADD_TO_CART,
    "product_removed_from_cart": EventKind.REMOVE_FROM_CART,
    "search_submitted": EventKind.SEARCH,
    "checkout_completed": EventKind.PURCHASE,
}
"""Name of a standard event → kind. All other names are ignored."""

Id = Annotated[str | int, Meta(description="Text or a whole number.")]


class PixelEvent(msgspec.Struct, frozen=True, rename="camel", omit_defaults=True):
    """One standard event as Shopify hands it to a pixel, with what the pixel knows from its `init`."""

    id: Id | None = None
    name: str | None = None
    timestamp: str | None = None
    client_id: Id | None = None
    data: dict[str, Any] | None = None
    customer_id: Annotated[Id, Meta(description="`init.data.customer.id`.")] | None = None
    customer_privacy: Annotated[dict[str, Any], Meta(description="`init.customerPrivacy`.")] | None = None


class _Said(NamedTuple):
    """What an event says, in the words of a storefront."""

    lines: tuple[EventLine, ...] = ()
    currency: str | None = None
    order_id: str | None = None
    query: str | None = None


def adapt_pixel(pixel: PixelEvent, received: datetime) -> Adapted:
    """Make one event of a storefront one of ours; `received` is aware UTC."""
    event_id: str | None = None
    try:
        fields = Fields(msgspec.to_builtins(pixel), "")
        event_id = event_id_of(SOURCE, fields.needed("id"))
        who = person(
            fields.text("clientId"),
            plain(fields.text("customerId") or _buyer(fields)),
            "/customerId",
            IdentityKind.SHOPIFY_CUSTOMER,
        )
        times = live(fields.moment("timestamp"), None, received)
        stitch = who.stitch(times.occurred_at, SOURCE, event_id)
        kind = KINDS.get(pixel.name or "")
        if kind is None:
            return Adapted(Ignored(event_id, "unknown_event"), stitch)
        said = READERS[kind](fields.inside("data"))
        if kind is EventKind.PURCHASE and said.order_id is None:
            return Adapted(Ignored(event_id, "no_order"), stitch)  # the webhook tells of it, under its order
        event = Event(
            event_id=event_id_of(SOURCE, "order", said.order_id) if said.order_id else event_id,
            kind=kind,
            visitor_id=who.visitor_id,
            **times._asdict(),
            **said._asdict(),
            source=SOURCE,
            consent=consent_of(pixel.customer_privacy),
        )
        return Adapted(event, stitch)
    except FieldFaultError as fault:
        return Adapted(Rejection(event_id, fault.code, fault.pointer))


def _buyer(fields: Fields) -> str | None:
    order = fields.inside("data").inside("checkout").inside("order")
    return order.inside("customer").text("id")


def _viewed(event: Fields) -> _Said:
    variant = event.inside("productVariant")
    return _Said((_line(variant, None),), _currency(variant))


def _carted(event: Fields) -> _Said:
    line = event.inside("cartLine")
    variant = line.inside("merchandise")
    return _Said((_line(variant, line.quantity("quantity")),), _currency(variant))


def _searched(event: Fields) -> _Said:
    return _Said(query=event.inside("searchResult").words("query"))


def _bought(event: Fields) -> _Said:
    checkout = event.inside("checkout")
    lines = checkout.each("lineItems")
    if not 0 < len(lines) <= MOST_LINES:
        raise FieldFaultError("out_of_range" if lines else "missing_item", f"{checkout.pointer}/lineItems")
    return _Said(
        tuple(_line(line.inside("variant"), line.quantity("quantity")) for line in lines),
        checkout.currency("currencyCode"),
        plain(checkout.inside("order").text("id")),
    )


READERS: Final[dict[EventKind, Callable[[Fields], _Said]]] = {
    EventKind.VIEW: _viewed,
    EventKind.ADD_TO_CART: _carted,
    EventKind.REMOVE_FROM_CART: _carted,
    EventKind.SEARCH: _searched,
    EventKind.PURCHASE: _bought,
}


def _line(variant: Fields, quantity: float | None) -> EventLine:
    product = variant.inside("product")
    item_id = plain(product.text("id"))
    if item_id is None:
        raise FieldFaultError("missing_item", f"{product.pointer}/id")
    return EventLine(item_id, quantity or 1.0, variant.inside("price").price("amount"))


def _currency(variant: Fields) -> str | None:
    return variant.inside("price").currency("currencyCode")
