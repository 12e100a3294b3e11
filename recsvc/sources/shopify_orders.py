"""Shopify's order webhooks: one order as it stands, told again with every change of it."""

from collections.abc import Iterator
from datetime import datetime
from typing import Any, Final

import msgspec

from recsvc.domain.events import Event, EventKind, EventLine
from recsvc.domain.identity import IdentityKind
from recsvc.serving.adapted import Adapted, Ignored
from recsvc.serving.ingest import Rejection
from recsvc.sources.fields import MOST_LINES, FieldFaultError, Fields, event_id_of
from recsvc.sources.people import Person, person
from recsvc.sources.shopify_ids import SOURCE

TOPICS: Final = frozenset({"orders/create", "orders/paid", "orders/updated", "orders/cancelled"})
OWN_NOTES: Final = ("recsvc_visitor", "anonymousId")
"""Attributes of a cart in which a shop hands on the browser's id."""


def adapt_order(order: dict[str, Any], received: datetime) -> list[Adapted]:
    """Make the purchase, a return for each refund and, once it is cancelled, the cancellation of the rest.

    All of them are named by the order and the refund, so an order may be told as often as it likes, and its
    changes in any order.

    Args:
        order: the body of the webhook.
        received: aware UTC.
    """
    fields = Fields(order, "")
    try:
        order_id = fields.needed("id")
        if order.get("test") is True:
            return [Adapted(Ignored(event_id_of(SOURCE, "order", order_id), "test_order"))]
        return _changes(fields, order_id, received)
    except FieldFaultError as fault:
        return [Adapted(Rejection(None, fault.code, fault.pointer))]


def _changes(order: Fields, order_id: str, received: datetime) -> list[Adapted]:
    who = _buyer(order, order_id)
    bought = _lines(order)
    placed = order.moment("processed_at", "created_at") or received
    cancelled = order.moment("cancelled_at")
    named: dict[str, Any] = {
        "visitor_id": who.visitor_id,
        "received_at": received,
        "currency": order.currency("currency"),
        "order_id": order_id,
        "channel": order.text("source_name", most=100),
        "store_id": order.text("location_id"),
        "source": SOURCE,
    }

    def told(kind: EventKind, lines: dict[str, EventLine], at: datetime, *names: str) -> Adapted:
        event_id = event_id_of(SOURCE, *names)
        if not lines:
            return Adapted(Ignored(event_id, "no_items"))
        event = Event(event_id=event_id, kind=kind, occurred_at=at, lines=tuple(lines.values()), **named)
        return Adapted(event, who.stitch(at, SOURCE, event_id))

    found = [told(EventKind.PURCHASE, bought, placed, "order", order_id)]
    left = bought
    for refund_id, at, lines in _refunds(order, bought, placed):
        if cancelled is None or at <= cancelled:  # a cancellation takes back whatever is left
            found.append(told(EventKind.RETURN, lines, at, "refund", refund_id))
            left = _without(left, lines)
    if cancelled is not None:
        found.append(told(EventKind.CANCEL, left, cancelled, "order", order_id, "cancelled"))
    return found


def guest_of(order_id: str) -> str:
    """The anonymous id of whoever is known by one order alone."""
    return f"{SOURCE}-order-{order_id}"


def _buyer(order: Fields, order_id: str) -> Person:
    """The customer, the browser that a cart attribute names, else nobody beyond this order."""
    notes = [(note.members.get("name"), note) for note in order.each("note_attributes")]
    named = (note.text("value") for own in OWN_NOTES for name, note in notes if name == own)
    browser = next((value for value in named if value), None)
    customer = order.inside("customer").text("id")
    if customer is None and browser is None:
        browser = guest_of(order_id)
    return person(browser, customer, "/customer/id", IdentityKind.SHOPIFY_CUSTOMER)


def _lines(order: Fields) -> dict[str, EventLine]:
    """Line id → line; lines without a product (tips, gifts at the till) are no items."""
    lines = order.each("line_items")
    if len(lines) > MOST_LINES:
        raise FieldFaultError("out_of_range", "/line_items")
    found: dict[str, EventLine] = {}
    for place, line in enumerate(lines):
        item_id, quantity = line.text("product_id"), line.members.get("quantity")
        if item_id is not None and quantity != 0:  # an edited order keeps lines of which nothing is left
            name = line.text("id") or f"line {place}"
            found[name] = EventLine(item_id, line.quantity("quantity") or 1.0, line.price("price"))
    return found


def _refunds(
    order: Fields, bought: dict[str, EventLine], placed: datetime
) -> Iterator[tuple[str, datetime, dict[str, EventLine]]]:
    """Id, time and lines of each refund; refunds of money alone have no lines."""
    for refund in order.each("refunds"):
        refund_id = refund.needed("id")
        lines: dict[str, EventLine] = {}
        for line in refund.each("refund_line_items"):
            name = line.text("line_item_id") or ""
            if name in bought and line.members.get("quantity") != 0:
                quantity = line.quantity("quantity") or 1.0
                lines[name] = msgspec.structs.replace(bought[name], quantity=quantity)
        if lines:
            yield refund_id, refund.moment("processed_at", "created_at") or placed, lines


def _without(left: dict[str, EventLine], taken: dict[str, EventLine]) -> dict[str, EventLine]:
    rest: dict[str, EventLine] = {}
    for name, line in left.items():
        quantity = line.quantity - (taken[name].quantity if name in taken else 0.0)
        if quantity > 0:
            rest[name] = msgspec.structs.replace(line, quantity=quantity)
    return rest
