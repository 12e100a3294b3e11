"""Segment's tracking calls, as RudderStack and PostHog send them too, with the e-commerce names of v2."""

import re
from collections.abc import Callable
from datetime import datetime
from typing import Annotated, Any, Final, NamedTuple

import msgspec
from msgspec import Meta

from recsvc.domain.events import TAKE_BACK, Event, EventKind
from recsvc.domain.identity import Identity, IdentityKind
from recsvc.serving.adapted import NOT_VOUCHED, Adapted, Ignored, Stitch
from recsvc.serving.ingest import Rejection
from recsvc.sources.clocks import Times, live
from recsvc.sources.consent_signals import consent_of
from recsvc.sources.fields import FieldFaultError, Fields, digest, event_id_of, lines_of
from recsvc.sources.people import Person, person

SOURCE: Final = "segment"
MOST_CALL_BYTES: Final = 32 * 1024
ITEM_IDS: Final = ("product_id", "productId", "sku", "id")

KINDS: Final = {
    "products searched": EventKind.SEARCH,
    "product clicked": EventKind.CLICK,
    "product viewed": EventKind.VIEW,
    "product added": EventKind.ADD_TO_CART,
    "wishlist product added to cart": EventKind.ADD_TO_CART,
    "product removed": EventKind.REMOVE_FROM_CART,
    "product added to wishlist": EventKind.WISHLIST,
    "order completed": EventKind.PURCHASE,
    "order refunded": EventKind.RETURN,
    "order cancelled": EventKind.CANCEL,
}
"""Name of a track call, in small letters → kind. All other names are ignored."""

ORDERS: Final = TAKE_BACK | {EventKind.PURCHASE}
JOINING: Final = {"$identify": "identify", "$create_alias": "alias"}
"""PostHog's events that are calls of their own."""

Id = Annotated[str | int, Meta(description="Text or a whole number.")]
Time = Annotated[str, Meta(description="ISO 8601; UTC where it names no zone.")]


class SegmentCall(msgspec.Struct, frozen=True, rename="camel", kw_only=True, omit_defaults=True):
    """One call; members that are not listed are ignored. Null is as good as absent."""

    type: Annotated[str, Meta(description="`track` where it is absent.")] | None = None
    event: Annotated[str, Meta(description="Name of a track call.")] | None = None
    message_id: Annotated[Id, Meta(description="The same one counts once.")] | None = None
    anonymous_id: Id | None = None
    user_id: Id | None = None
    previous_id: Annotated[Id, Meta(description="Of alias.")] | None = None
    timestamp: Time | None = None
    original_timestamp: Time | None = None
    sent_at: Time | None = None
    received_at: Time | None = None
    write_key: Annotated[str, Meta(max_length=500, description="The key, where no header has it.")] | None = (
        None
    )
    properties: dict[str, Any] | None = None
    context: dict[str, Any] | None = None
    # PostHog's own names:
    distinct_id: Annotated[Id, Meta(description="PostHog's visitor.")] | None = msgspec.field(
        name="distinct_id", default=None
    )
    uuid: Annotated[Id, Meta(description="PostHog's message id.")] | None = None


class SegmentBatch(msgspec.Struct, frozen=True, rename="camel", omit_defaults=True):
    """Several calls; each is judged on its own."""

    batch: Annotated[list[Annotated[msgspec.Raw, Meta(extra={"schema": SegmentCall})]], Meta(max_length=2500)]
    sent_at: Annotated[str, Meta(description="By the sender's clock; its skew is corrected.")] | None = None
    context: Annotated[dict[str, Any], Meta(description="Of every call that has none.")] | None = None
    write_key: Annotated[str, Meta(max_length=500, description="The key, where no header has it.")] | None = (
        None
    )


def adapt_call(
    call: SegmentCall, received: datetime, *, pointer: str = "", raw: bytes = b"", history: bool = False
) -> Adapted:
    """Make one call an event.

    Args:
        call: decoded; where it came in a batch, with what the batch says for all.
        received: aware UTC.
        pointer: to the call within the body.
        raw: its bytes, which name it where it has no message id.
        history: keep times however long ago they are.
    """
    event_id: str | None = None
    try:
        fields = Fields(msgspec.to_builtins(call), pointer)
        event_id = event_id_of(SOURCE, fields.text("messageId", "uuid") or digest(raw))
        said = Said(call, fields, _person(call, fields), _times(fields, received, history=history), event_id)
        kind_of_call = JOINING.get(call.event or "", call.type or "track")
        return CALLS.get(kind_of_call, _unused)(said)
    except FieldFaultError as fault:
        return Adapted(Rejection(event_id, fault.code, fault.pointer))


class Said(NamedTuple):
    """One call, and what is known of every call before its kind is looked at."""

    call: SegmentCall
    fields: Fields
    who: Person
    times: Times
    event_id: str

    def ignored(self, code: str) -> Adapted:
        """Nothing for the log; whom it joins is heard all the same."""
        return Adapted(Ignored(self.event_id, code), self.stitch())

    def stitch(self) -> Stitch | None:
        """The ids that it names together."""
        return self.who.stitch(self.times.occurred_at, SOURCE, self.event_id)


def _track(said: Said) -> Adapted:
    if not said.call.event:
        raise FieldFaultError("missing_field", f"{said.fields.pointer}/event")
    kind = KINDS.get(re.sub(r"[\W_]+", " ", said.call.event).strip().casefold())
    if kind is None:
        return said.ignored("unknown_event")
    properties = said.fields.inside("properties")
    products = _products(properties, kind)
    if kind in TAKE_BACK and not products:
        return said.ignored("no_items")  # of a whole order: which items is not said
    order_id = properties.text("order_id", "orderId") if kind in ORDERS else None
    # A thank-you page that is loaded again tells of the order again, under a new message id.
    once = event_id_of(SOURCE, "order", order_id) if kind is EventKind.PURCHASE and order_id else None
    event = Event(
        event_id=once or said.event_id,
        kind=kind,
        visitor_id=said.who.visitor_id,
        **said.times._asdict(),
        lines=lines_of(products, ITEM_IDS, f"{properties.pointer}/products"),
        currency=properties.currency("currency"),
        order_id=order_id,
        slate_id=properties.text("slate_id", most=2000),
        source=SOURCE,
        consent=_consent(said.call),
        query=properties.words("query"),
    )
    return Adapted(event, said.stitch())


def _identify(said: Said) -> Adapted:
    """Traits are not kept; that two ids are one person's is heard where it says so."""
    return said.ignored("one_id" if said.stitch() is None else NOT_VOUCHED)


def _alias(said: Said) -> Adapted:
    """`previousId` is one more id of whoever it is, anonymous until now."""
    earlier = said.fields.text("previousId") or said.fields.inside("properties").text("alias")
    own = said.who.identities
    if earlier:
        own = (*own, Identity(IdentityKind.ANONYMOUS, earlier))
    joined = said.who._replace(identities=tuple(dict.fromkeys(own)))
    return _identify(said._replace(who=joined))


def _unused(said: Said) -> Adapted:
    return said.ignored("unused_call")


CALLS: Final[dict[str, Callable[[Said], Adapted]]] = {
    "track": _track,
    "identify": _identify,
    "alias": _alias,
}


def _products(properties: Fields, kind: EventKind) -> list[Fields]:
    """The products of an order, else the one that the properties are about."""
    if kind is EventKind.SEARCH:
        return []
    if kind not in ORDERS:
        return [properties]
    products = properties.each("products")
    if kind is EventKind.PURCHASE and not products:
        raise FieldFaultError("missing_item", f"{properties.pointer}/products")
    return products


def _person(call: SegmentCall, fields: Fields) -> Person:
    """PostHog's `distinct_id` is the customer's once `$is_identified` says so, else the browser's."""
    properties = fields.inside("properties")
    anonymous, customer = fields.text("anonymousId"), fields.text("userId")
    distinct = fields.text("distinct_id") or properties.text("distinct_id")
    earlier = properties.text("$anon_distinct_id", "$device_id")
    if distinct and not (anonymous or customer):
        known = properties.members.get("$is_identified") is True or call.event == "$identify"
        anonymous, customer = (earlier, distinct) if known else (distinct, None)
    return person(anonymous, customer, f"{fields.pointer}/userId")


def _times(fields: Fields, received: datetime, *, history: bool) -> Times:
    """When it happened; what went through Segment's own servers has its skew taken out already."""
    if fields.moment("receivedAt"):
        occurred, sent = fields.moment("timestamp", "originalTimestamp"), None
    else:
        occurred, sent = fields.moment("originalTimestamp", "timestamp"), fields.moment("sentAt")
    return Times(occurred or received, received, sent) if history else live(occurred, sent, received)


def _consent(call: SegmentCall) -> dict[str, bool] | None:
    consent = (call.context or {}).get("consent")
    return consent_of(consent.get("categoryPreferences")) if isinstance(consent, dict) else None
