"""Events: a batch in, a verdict for each out."""

from collections.abc import Iterator
from datetime import UTC, datetime
from typing import Annotated, Any

import msgspec
from litestar import Request, post
from litestar.openapi.spec import Example
from litestar.params import BodyKwarg

from recsvc.domain.errors import NotAllowedError, TokenRefusedError
from recsvc.domain.events import ANSWER_ROUTE_ONLY, INTERACTIONS, Event, EventKind, EventLine, QuizStep
from recsvc.domain.keys import Scope
from recsvc.domain.purposes import PERSONALISE, purposes_of
from recsvc.http import examples
from recsvc.http.access import Admission, Caller, needs
from recsvc.http.event_payloads import EventBatch, EventPayload, EventResults
from recsvc.http.faults import Fault, FaultyRequestError
from recsvc.http.guards import check_identity, members_of, visitor_of
from recsvc.http.intake import NATIVE, judge
from recsvc.http.metrics import Metrics
from recsvc.http.openapi import WRITING, answers
from recsvc.http.parts import Given
from recsvc.http.wire import BEACON, EVENTS_BODY, read
from recsvc.serving.ingest import Ingest, Rejection
from recsvc.serving.pace import breathe
from recsvc.serving.ports import Clock

EARLIEST = datetime(1970, 1, 1, tzinfo=UTC)
WITH_ITEMS = INTERACTIONS | {EventKind.IMPRESSION}
ACCESS = needs(Scope.EVENTS, in_browsers=True)
QUIZ_KINDS = frozenset(kind for kind in EventKind if kind.startswith(("quiz_", "question_", "result_")))

Batch = Annotated[EventBatch, BodyKwarg(examples=[Example(value=examples.EVENTS)])]


@post(
    "/events",
    status_code=200,
    request_max_body_size=EVENTS_BODY,
    opt={BEACON: True} | ACCESS,
    summary="Take in events",
    responses=answers(
        200, EventResults, "One verdict an event.", examples.EVENT_RESULTS, *WRITING, "store-unavailable"
    ),
)
async def post_events(
    data: Batch,
    request: Request[Any, Any, Any],
    admission: Given[Admission],
    ingest: Given[Ingest],
    clock: Given[Clock],
    metrics: Given[Metrics],
    opted_out: Given[bool],
) -> EventResults:
    """Take in a batch of events, at most 2,500 in 512 KB; each is judged on its own.

    An `event_id` counts once: sending a batch again is safe. What is `accepted` is durable.
    A browser's `sendBeacon` may send the same JSON as text/plain, with the key in it as `key`.
    """
    caller = await admission.beacon(request.scope, ACCESS, data.key)
    received = clock().astimezone(UTC)
    sent = _utc(data.sent_at, "/sent_at")
    pointers = [NATIVE.format(index) for index in range(len(data.events))]
    events: list[Event | Rejection] = []
    for raw, base in zip(data.events, pointers, strict=True):
        events.append(read_event(caller, raw, base, received, sent))
        await breathe(len(events))
    for visitor_id in {event.visitor_id for event in events if isinstance(event, Event)}:
        await caller.count_visitor(visitor_id)
    refused = opted_out or data.context.denies(PERSONALISE)
    results = await judge(ingest, events, pointers=pointers, vouched=caller.vouches, opted_out=refused)
    metrics.events(result.verdict for result in results)
    return EventResults(results)


def read_event(
    caller: Caller, raw: msgspec.Raw | bytes, base: str, received: datetime, sent: datetime | None
) -> Event | Rejection:
    """One event of our own form.

    Args:
        caller: who sends it.
        raw: undecoded.
        base: pointer to it within the body.
        received: aware UTC.
        sent: by the sender's clock.
    """
    pointer = base
    try:
        payload = read(raw, EventPayload, base)
        # Ingest reads a time equal to received_at as "the sender named none".
        happened = _utc(payload.occurred_at, f"{base}/occurred_at") or received
        for amiss, code, name in _complaints(payload, happened):
            if amiss:
                return Rejection(payload.event_id, code, f"{base}/{name}")
        pointer = f"{base}/visitor/{(members_of(payload.visitor) or [''])[0]}"
        visitor_id = visitor_of(caller, payload.visitor, f"{base}/visitor")
        pointer = f"{base}/identities"
        for one in payload.identities or ():
            check_identity(caller, one.to_identity(), pointer)
        return _event(payload, visitor_id, happened, received, sent)
    except FaultyRequestError as error:
        code, pointer = _known_code(error.fault, base), error.fault.pointer or base
        return Rejection(_event_id(raw), code, pointer)
    except (NotAllowedError, TokenRefusedError) as error:
        return Rejection(_event_id(raw), error.code, pointer)


def _known_code(fault: Fault, base: str) -> str:
    return "unknown_kind" if fault.pointer == f"{base}/kind" and fault.code == "unknown_value" else fault.code


def _event_id(raw: msgspec.Raw | bytes) -> str | None:
    """The id that a faulty event gives itself, so that its sender can find it."""
    try:
        fields = msgspec.json.decode(raw, type=dict[str, Any])
    except (msgspec.MsgspecError, UnicodeDecodeError, RecursionError):
        return None
    own = fields.get("event_id")
    return own[:100] if isinstance(own, str) else None


def _complaints(payload: EventPayload, happened: datetime) -> Iterator[tuple[bool, str, str]]:
    """What a kind needs beyond the types of its fields: (whether it is amiss, code, field)."""
    kind, many = payload.kind, payload.items is not None
    yield kind in ANSWER_ROUTE_ONLY, "answer_route_only", "kind"
    yield kind is EventKind.IDENTIFY and not payload.identities, "missing_field", "identities"
    yield kind is not EventKind.IDENTIFY and payload.identities is not None, "unexpected", "identities"
    yield kind in WITH_ITEMS and payload.item_id is None and not many, "missing_item", "item_id"
    for name in ("item_id", "quantity", "price"):
        yield many and getattr(payload, name) is not None, "ambiguous", name
    for name in ("quiz", "revision"):
        yield kind in QUIZ_KINDS and getattr(payload, name) is None, "missing_field", name
    yield kind is EventKind.CONSENT and not payload.consent, "missing_field", "consent"
    yield happened < EARLIEST, "out_of_range", "occurred_at"


def _event(
    payload: EventPayload, visitor_id: str, happened: datetime, received: datetime, sent: datetime | None
) -> Event:
    return Event(
        event_id=payload.event_id,
        kind=payload.kind,
        visitor_id=visitor_id,
        occurred_at=happened,
        received_at=received,
        sent_at=sent,
        lines=_lines(payload),
        currency=payload.currency,
        order_id=payload.order_id,
        channel=payload.channel,
        store_id=payload.store_id,
        slate_id=payload.slate_id,
        consent=purposes_of(payload.consent) if payload.consent else None,
        wording=payload.wording.to_wording() if payload.wording else None,
        identities=tuple(one.to_identity() for one in payload.identities or ()),
        parted=payload.parted,
        query=payload.query,
        step=_step(payload),
    )


def _lines(payload: EventPayload) -> tuple[EventLine, ...]:
    if payload.items is not None:
        return tuple(EventLine(line.item_id, line.quantity, line.price) for line in payload.items)
    if payload.item_id is None:
        return ()
    return (EventLine(payload.item_id, payload.quantity or 1.0, payload.price),)


def _step(payload: EventPayload) -> QuizStep | None:
    if payload.quiz is None or payload.revision is None:
        return None
    return QuizStep(payload.quiz, payload.revision, payload.question, payload.session_id, payload.touchpoint)


def _utc(moment: datetime | None, pointer: str) -> datetime | None:
    if moment is None or moment.tzinfo is None:
        return moment and moment.replace(tzinfo=UTC)
    try:
        return moment.astimezone(UTC)
    except OverflowError as error:
        raise FaultyRequestError(
            Fault("invalid_time", "The time is outside the calendar.", pointer)
        ) from error


HANDLERS = (post_events,)
