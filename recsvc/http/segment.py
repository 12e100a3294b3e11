"""Segment's HTTP API: a write key is taken in every form and not looked at until keys exist."""

from datetime import UTC
from typing import Annotated, Literal

import msgspec
from litestar import post
from litestar.openapi.spec import Example
from litestar.params import BodyKwarg, PathParameter

from recsvc.http import foreign_examples as examples
from recsvc.http.events import OPTED_OUT, PrivacyControl
from recsvc.http.foreign_payloads import SegmentAnswer
from recsvc.http.intake import Taken, adapt_each, take
from recsvc.http.metrics import Metrics
from recsvc.http.openapi import WRITING, answers
from recsvc.http.parts import Given
from recsvc.http.wire import BEACON, EVENTS_BODY, SMALL_BODY
from recsvc.serving.adapted import Adapted
from recsvc.serving.ingest import Ingest
from recsvc.serving.ports import Clock
from recsvc.sources.segment import MOST_CALL_BYTES, SegmentBatch, SegmentCall, adapt_call

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
    opt={BEACON: True},
    summary="Take in one call of Segment's",
    responses=VERDICTS,
)
async def post_segment_call(
    call: CallName,
    data: Call,
    ingest: Given[Ingest],
    clock: Given[Clock],
    metrics: Given[Metrics],
    sec_gpc: PrivacyControl = None,
) -> SegmentAnswer:
    """Take in one call of at most 32 KB, as gzip too; the e-commerce events of `track` become events.

    Segment answers 200 to whatever is JSON; so does this route, and says in `results` what became of it.
    """
    named = msgspec.structs.replace(data, type=NAMES.get(call, call))
    adapted = adapt_call(named, clock().astimezone(UTC), raw=msgspec.json.encode(data))
    results = await take([Taken("", adapted)], ingest, metrics, opted_out=sec_gpc == OPTED_OUT)
    return SegmentAnswer(success=True, results=results)


@post(
    "/batch",
    status_code=200,
    request_max_body_size=EVENTS_BODY,
    opt={BEACON: True},
    summary="Take in calls of Segment's",
    responses=VERDICTS,
)
async def post_segment_batch(
    data: Batch,
    ingest: Given[Ingest],
    clock: Given[Clock],
    metrics: Given[Metrics],
    sec_gpc: PrivacyControl = None,
) -> SegmentAnswer:
    """Take in at most 2,500 calls in 512 KB, each of at most 32 KB; PostHog's batches too."""
    return await _take_batch(data, clock, ingest, metrics, opted_out=sec_gpc == OPTED_OUT)


@post(
    "/import",
    status_code=200,
    request_max_body_size=EVENTS_BODY,
    summary="Take in calls of long ago",
    responses=VERDICTS,
)
async def post_segment_import(
    data: Batch, ingest: Given[Ingest], clock: Given[Clock], metrics: Given[Metrics]
) -> SegmentAnswer:
    """Take in a batch whose times are kept however long ago they are."""
    return await _take_batch(data, clock, ingest, metrics, opted_out=False, history=True)


async def _take_batch(
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

    taken = list(adapt_each(batch.batch, SegmentCall, "/batch", MOST_CALL_BYTES, adapt))
    return SegmentAnswer(success=True, results=await take(taken, ingest, metrics, opted_out=opted_out))


HANDLERS = (post_segment_call, post_segment_batch, post_segment_import)
