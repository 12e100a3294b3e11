"""Bodies: how nouns of the domain become columns and bytes of a row, and come back the same."""

from datetime import UTC, datetime, timedelta
from operator import attrgetter
from typing import Any

import msgspec

from recsvc.domain.catalogue import Item
from recsvc.domain.events import Event, EventKind, EventLine, QuizStep, Wording
from recsvc.domain.identity import Identity
from recsvc.domain.profile import FactValue, Profile
from recsvc.serving.ports import QuizSession

Row = tuple[Any, ...]
"""Values in the order of the table's columns."""

EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
MICROSECOND = timedelta(microseconds=1)

# 500 interactions: MessagePack 18 kB, written in 20 µs and read in 110; JSON 23 kB, 85 µs and 140
profile_encoder = msgspec.msgpack.Encoder()
profile_decoder = msgspec.msgpack.Decoder(Profile)
item_decoder = msgspec.json.Decoder(Item)
session_decoder = msgspec.json.Decoder(QuizSession)
encoder = msgspec.json.Encoder()


class EventBody(msgspec.Struct, frozen=True, omit_defaults=True, gc=False):
    """What an event says beyond the columns of the log."""

    lines: tuple[EventLine, ...] = ()
    currency: str | None = None
    consent: dict[str, bool] | None = None
    wording: Wording | None = None
    identities: tuple[Identity, ...] = ()
    parted: bool = False
    query: str | None = None
    step: QuizStep | None = None
    fact: str | None = None
    value: FactValue | None = None


event_decoder = msgspec.json.Decoder(EventBody)
_said = attrgetter(*EventBody.__struct_fields__)


def answer_key(event: Event) -> str | None:
    """What an answer is about: its fact, without one its question; None for any other event."""
    if event.kind is not EventKind.QUESTION_ANSWERED:
        return None
    if event.fact is not None or event.step is None:
        return event.fact
    return f"{event.step.quiz}/{event.step.question}"


def event_row(event: Event) -> Row:
    """The row of the log for an event, without `seq`."""
    return (
        event.event_id,
        str(event.kind),  # `value` is a call in Python, 0.3 µs
        event.visitor_id,
        microseconds(event.occurred_at),
        microseconds(event.received_at),
        None if event.sent_at is None else microseconds(event.sent_at),
        event.order_id,
        event.store_id,
        event.channel,
        event.source,
        event.slate_id,
        answer_key(event),
        False,
        event_body(event),
    )


def event_body(event: Event) -> bytes:
    """The bytes of an event's body."""
    return encoder.encode(EventBody(*_said(event)))


def read_event(row: Any) -> Event:
    """The event of a row of the log."""
    body = event_decoder.decode(row.body)
    return Event(
        event_id=row.event_id,
        kind=EventKind(row.kind),
        visitor_id=row.visitor_id,
        occurred_at=_moment(row.occurred_at),
        received_at=_moment(row.received_at),
        sent_at=None if row.sent_at is None else _moment(row.sent_at),
        order_id=row.order_id,
        store_id=row.store_id,
        channel=row.channel,
        source=row.source,
        slate_id=row.slate_id,
        **msgspec.structs.asdict(body),
    )


def microseconds(moment: datetime) -> int:
    """Microseconds since 1970, exact."""
    return (moment - EPOCH) // MICROSECOND


def _moment(value: int) -> datetime:
    return EPOCH + timedelta(microseconds=value)


def fact_row(visitor_id: str, fact: str, value: FactValue) -> Row:
    """The row of the ledger for what a visitor last said about a fact."""
    body = encoder.encode(value)
    return visitor_id, fact, value.purpose, value.source, value.answered_at, value.expires_at, body


def consent_rows(event: Event) -> list[Row]:
    """One row of the ledger for each purpose that an event grants or withdraws."""
    at, seen = microseconds(event.occurred_at), event.wording or Wording()
    return [
        (
            event.event_id,
            purpose,
            event.visitor_id,
            granted,
            at,
            event.channel,
            event.source,
            seen.policy,
            seen.locale,
            seen.proof,
        )
        for purpose, granted in (event.consent or {}).items()
    ]


def session_row(session: QuizSession) -> Row:
    """The row of a quiz session."""
    return (
        session.session_id,
        session.visitor_id,
        session.quiz,
        session.revision,
        session.state,
        session.seen_at,
        encoder.encode(session),
    )


def item_row(item: Item, changed: int) -> Row:
    """The row of an item."""
    return item.item_id, changed, False, encoder.encode(item)
