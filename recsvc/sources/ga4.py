"""GA4: events of the Measurement Protocol, and objects of a dataLayer, which say the same in other words."""

from datetime import UTC, datetime, timedelta
from typing import Annotated, Any, Final

import msgspec
from msgspec import Meta

from recsvc.domain.events import TAKE_BACK, Event, EventKind
from recsvc.serving.adapted import Adapted, Ignored
from recsvc.serving.ingest import Rejection
from recsvc.sources.clocks import Times, live
from recsvc.sources.consent_signals import consent_of
from recsvc.sources.fields import FieldFaultError, Fields, digest, event_id_of, lines_of, moment_of
from recsvc.sources.people import person

SOURCE: Final = "ga4"
MOST_EVENTS: Final = 25
MOST_BODY_BYTES: Final = 130 * 1024
ITEM_IDS: Final = ("item_id",)

KINDS: Final = {
    "search": EventKind.SEARCH,
    "view_search_results": EventKind.SEARCH,
    "select_item": EventKind.CLICK,
    "view_item": EventKind.VIEW,
    "add_to_cart": EventKind.ADD_TO_CART,
    "remove_from_cart": EventKind.REMOVE_FROM_CART,
    "add_to_wishlist": EventKind.WISHLIST,
    "purchase": EventKind.PURCHASE,
    "refund": EventKind.RETURN,
}
"""Name of an event → kind. All other names are ignored."""

ORDERS: Final = TAKE_BACK | {EventKind.PURCHASE}

Id = Annotated[str | int, Meta(description="Text or a whole number.")]
Micros = Annotated[int | str, Meta(description="Microseconds since 1970.")]


class Ga4Event(msgspec.Struct, frozen=True, omit_defaults=True):
    """One event, `{name, params}`, or a dataLayer object, `{event, ecommerce}`."""

    name: str | None = None
    params: dict[str, Any] | None = None
    event: str | None = None
    ecommerce: dict[str, Any] | None = None
    timestamp_micros: Micros | None = None


class Ga4Events(msgspec.Struct, frozen=True, omit_defaults=True):
    """What one client did; members that are not listed are ignored."""

    events: Annotated[
        list[Annotated[msgspec.Raw, Meta(extra={"schema": Ga4Event})]], Meta(max_length=MOST_EVENTS)
    ]
    client_id: Annotated[Id, Meta(description="The browser.")] | None = None
    user_id: Annotated[Id, Meta(description="A known customer.")] | None = None
    timestamp_micros: Micros | None = None
    consent: (
        Annotated[dict[str, Any], Meta(description="Consent Mode's names, granted or denied.")] | None
    ) = None


def adapt_event(
    event: Ga4Event, whole: Ga4Events, received: datetime, *, pointer: str, raw: bytes
) -> Adapted:
    """Make one event of GA4 one of ours.

    Args:
        event: decoded.
        whole: the body it came in.
        received: aware UTC.
        pointer: to the event within the body.
        raw: its bytes; with the client and the time they name it, for GA4 gives events no ids.
    """
    try:
        body = Fields({"client_id": whole.client_id, "user_id": whole.user_id}, "")
        who = person(body.text("client_id"), body.text("user_id"), "/client_id")
        told = _moment(event.timestamp_micros, pointer) or _moment(whole.timestamp_micros, "")
        said = _said(event, pointer)
        # Without a time or an order, the same words a minute later are another event.
        again = "" if told or "transaction_id" in said.members else f"{received.isoformat()}{pointer}"
        event_id = event_id_of(SOURCE, digest(f"{who.visitor_id} {told} {again} ".encode() + raw))
        times = live(told, None, received)
        stitch = who.stitch(times.occurred_at, SOURCE, event_id)
        kind = KINDS.get(event.name or event.event or "")
        if kind is None:
            return Adapted(Ignored(event_id, "unknown_event"), stitch)
        if kind in TAKE_BACK and not said.members.get("items"):
            return Adapted(Ignored(event_id, "no_items"), stitch)
        made = _event(kind, said, who.visitor_id, times, event_id)
        return Adapted(msgspec.structs.replace(made, consent=consent_of(whole.consent)), stitch)
    except FieldFaultError as fault:
        return Adapted(Rejection(None, fault.code, fault.pointer))


def _said(event: Ga4Event, pointer: str) -> Fields:
    if event.params is not None:
        return Fields(event.params, f"{pointer}/params")
    return Fields(event.ecommerce, f"{pointer}/ecommerce")


def _event(kind: EventKind, said: Fields, visitor_id: str, times: Times, event_id: str) -> Event:
    order_id = said.text("transaction_id") if kind in ORDERS else None
    once = event_id_of(SOURCE, "order", order_id) if kind is EventKind.PURCHASE and order_id else None
    products = [] if kind is EventKind.SEARCH else said.each("items")
    if kind is not EventKind.SEARCH and not products:
        raise FieldFaultError("missing_item", f"{said.pointer}/items")
    return Event(
        event_id=once or event_id,
        kind=kind,
        visitor_id=visitor_id,
        **times._asdict(),
        lines=lines_of(products, ITEM_IDS, f"{said.pointer}/items"),
        currency=said.currency("currency"),
        order_id=order_id,
        slate_id=said.text("slate_id", most=2000),
        source=SOURCE,
        query=said.words("search_term"),
    )


def _moment(micros: int | str | None, pointer: str) -> datetime | None:
    if micros is None:
        return None
    try:
        moment = datetime.fromtimestamp(0, UTC) + timedelta(microseconds=int(micros))
    except (ValueError, OverflowError) as error:
        raise FieldFaultError("invalid_time", f"{pointer}/timestamp_micros") from error
    return moment_of(moment, f"{pointer}/timestamp_micros")
