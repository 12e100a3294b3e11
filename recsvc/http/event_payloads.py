"""Event payloads: what travels in batches of events, with its bounds."""

from datetime import datetime
from typing import Annotated

import msgspec
from msgspec import Meta

from recsvc.domain.events import EventKind
from recsvc.domain.identity import Identity, IdentityKind
from recsvc.http.payloads import (
    Consent,
    ContextPayload,
    Currency,
    EventId,
    Id,
    Judgement,
    Price,
    Quantity,
    Revision,
    Short,
    Text,
    VisitorPayload,
    WordingPayload,
)

MOST_EVENTS = 2500


class IdentityPayload(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """One more name of a visitor."""

    kind: IdentityKind
    value: Id

    def to_identity(self) -> Identity:
        """The domain's noun."""
        return Identity(self.kind, self.value)


class LinePayload(msgspec.Struct, frozen=True, forbid_unknown_fields=True, omit_defaults=True):
    """One item of an event."""

    item_id: Id
    quantity: Quantity = 1.0
    price: Annotated[Price, Meta(description="Per unit.")] | None = None


class EventPayload(msgspec.Struct, frozen=True, forbid_unknown_fields=True, omit_defaults=True, kw_only=True):
    """One event."""

    event_id: EventId
    kind: EventKind
    visitor: VisitorPayload
    item_id: Id | None = None
    items: Annotated[list[LinePayload], Meta(min_length=1, max_length=500)] | None = None
    occurred_at: Annotated[datetime, Meta(description="RFC 3339; UTC where it names no zone.")] | None = None
    quantity: Quantity | None = None
    price: Price | None = None
    currency: Currency | None = None
    order_id: Id | None = None
    channel: Short | None = None
    store_id: Id | None = None
    slate_id: Annotated[str, Meta(max_length=2000)] | None = None
    consent: Consent | None = None
    wording: Annotated[WordingPayload, Meta(description="What was shown.")] | None = None
    identities: (
        Annotated[list[IdentityPayload], Meta(min_length=1, max_length=20, description="Of identify.")] | None
    ) = None
    parted: Annotated[bool, Meta(description="Of identify: these are not names of this visitor.")] = False
    query: Annotated[Text, Meta(description="The words of a search.")] | None = None
    quiz: Id | None = None
    revision: Revision | None = None
    question: Id | None = None
    session_id: Id | None = None
    touchpoint: Short | None = None


class EventBatch(msgspec.Struct, frozen=True, forbid_unknown_fields=True, omit_defaults=True):
    """Events, judged one by one: a bad one does not spoil the others."""

    events: Annotated[
        list[Annotated[msgspec.Raw, Meta(extra={"schema": EventPayload})]], Meta(max_length=MOST_EVENTS)
    ]
    sent_at: Annotated[datetime, Meta(description="By the sender's clock; its skew is corrected.")] | None = (
        None
    )
    context: Annotated[ContextPayload, Meta(description="Of every event in it.")] = ContextPayload()
    key: (
        Annotated[str, Meta(max_length=500, description="The key, where a beacon can send no header.")] | None
    ) = None


class EventResult(msgspec.Struct, frozen=True):
    """What became of one event."""

    index: int
    event_id: str | None
    verdict: Judgement
    code: str | None = None
    pointer: str | None = None


class EventResults(msgspec.Struct, frozen=True):
    """One verdict an event, in the order of the batch."""

    results: list[EventResult]
