"""Segment's HTTP API: the write key is one of our keys, in the header or in the body."""

from datetime import UTC
from typing import Annotated, Any, Literal

import msgspec
from litestar import Request, post
from litestar.openapi.spec import Example
from litestar.params import BodyKwarg, PathParameter

from recsvc.domain.keys import Scope
from recsvc.http import foreign_examples as examples
from recsvc.http.access import Admission, Caller, needs
from recsvc.http.foreign_payloads import SegmentAnswer
from recsvc.http.intake import Taken, adapt_each, take
from recsvc.http.metrics import Metrics
from recsvc.http.openapi import WRITING, answers
from recsvc.http.parts import Given
from recsvc.http.wire import BASIC, BEACON, EVENTS_BODY, SMALL_BODY
from recsvc.serving.adapted import Adapted
from recsvc.serving.ingest import Ingest
from recsvc.serving.ports import Clock
from recsvc.sources.segment import MOST_CALL_BYTES, SegmentBatch, SegmentCall, adapt_call

ACCESS = needs(Scope.EVENTS, in_browsers=True)
HISTORY = needs(Scope.EVENTS)

Call = Annotated[SegmentCall, BodyKwarg(examples=[Example(value=examples.SEGMENT_CALL)])]
Batch = Annotated[SegmentBatch, BodyKwarg(examples=[Example(value=examples.SEGMENT_BATCH)])]
CallName = Annotated[
    Literal["track", "identify", "page", "screen", "group", "alias", "t", "i", "p", "s", "g", "a"],
    PathParameter(description="The call; browsers' libraries send its first letter."),
]
NAMES = {"t": "track", "i": "identify", "p": "page", "s": "screen", "g": "group", "a": "alias"}
VERDICTS = answers(
    200,
    SegmentAnswer,
    "Taken; each call has its verdict.",
    examples.SEGMENT_ANSWER,
    *WRITING,
    "store-unavailable",
)


@post(
    "/{call:str}",
    status_code=200,
    request_max_body_size=SMALL_BODY,
    opt=ACCESS | {BEACON: True, BASIC: True},
    summary="Take in one call of Segment's",
    responses=VERDICTS,
)
async def post_segment_call(
    call: CallName,
    data: Call,
    request: Request[Any, Any, Any],
    admission: Given[Admission],
    ingest: Given[Ingest],
    clock: Given[Clock],
    metrics: Given[Metrics],
    opted_out: Given[bool],
) -> SegmentAnswer:
    """Take in one call of at most 32 KB, as gzip too; the e-commerce events of `track` become events.

    Segment answers 200 to whatever is JSON; so does this route, and says in `results` what became of it.
    """
    caller = await admission.beacon(request.scope, ACCESS, data.write_key)
    named = msgspec.structs.replace(data, type=NAMES.get(call, call), write_key=None)
    adapted = adapt_call(named, clock().astimezone(UTC), raw=msgspec.json.encode(named))
    results = await take(caller, [Taken("", adapted)], ingest, clock, metrics, opted_out=opted_out)
    return SegmentAnswer(success=True, results=results)


@post(
    "/batch",
    status_code=200,
    request_max_body_size=EVENTS_BODY,
    opt=ACCESS | {BEACON: True, BASIC: True},
    summary="Take in calls of Segment's",
    responses=VERDICTS,
)
async def post_segment_batch(
    data: Batch,
    request: Request[Any, Any, Any],
    admission: Given[Admission],
    ingest: Given[Ingest],
    clock: Given[Clock],
    metrics: Given[Metrics],
    opted_out: Given[bool],
) -> SegmentAnswer:
    """Take in at most 2,500 calls in 512 KB, each of at most 32 KB; PostHog's batches too."""
    caller = await admission.beacon(request.scope, ACCESS, data.write_key)
    return await _take_batch(caller, data, clock, ingest, metrics, opted_out=opted_out)


@post(
    "/import",
    status_code=200,
    request_max_body_size=EVENTS_BODY,
    opt=HISTORY | {BEACON: True, BASIC: True},
    summary="Take in calls of long ago",
    responses=VERDICTS,
)
async def post_segment_import(
    data: Batch,
    request: Request[Any, Any, Any],
    admission: Given[Admission],
    ingest: Given[Ingest],
    clock: Given[Clock],
    metrics: Given[Metrics],
) -> SegmentAnswer:
    """Take in a batch whose times are kept however long ago they are."""
    caller = await admission.beacon(request.scope, HISTORY, data.write_key)
    return await _take_batch(caller, data, clock, ingest, metrics, opted_out=False, history=True)


async def _take_batch(
    caller: Caller,
    batch: SegmentBatch,
    clock: Clock,
    ingest: Ingest,
    metrics: Metrics,
    *,
    opted_out: bool,
    history: bool = False,
) -> SegmentAnswer:
    received = clock().astimezone(UTC)

    def adapt(call: SegmentCall, pointer: str, raw: bytes) -> Adapted:
        sent_at, context = call.sent_at or batch.sent_at, call.context or batch.context
        whole = msgspec.structs.replace(call, sent_at=sent_at, context=context)
        return adapt_call(whole, received, pointer=pointer, raw=raw, history=history)

    taken = adapt_each(batch.batch, SegmentCall, "/batch", MOST_CALL_BYTES, adapt)
    results = await take(caller, taken, ingest, clock, metrics, opted_out=opted_out)
    return SegmentAnswer(success=True, results=results)


HANDLERS = (post_segment_call, post_segment_batch, post_segment_import)
