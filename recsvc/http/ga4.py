"""GA4's Measurement Protocol: `api_secret` in the address is one of our keys, as GA4's clients send it."""

from collections.abc import Iterator
from datetime import UTC
from typing import Annotated, Any

from litestar import Request, post
from litestar.openapi.spec import Example
from litestar.params import BodyKwarg, QueryParameter

from recsvc.domain.keys import Scope
from recsvc.http import foreign_examples as examples
from recsvc.http.access import Admission, needs
from recsvc.http.foreign_payloads import Ga4Answer, Ga4Message
from recsvc.http.intake import Taken, adapt_each, take
from recsvc.http.metrics import Metrics
from recsvc.http.openapi import WRITING, answers
from recsvc.http.parts import Given
from recsvc.http.wire import BEACON
from recsvc.serving.adapted import Adapted, Ignored
from recsvc.serving.ingest import Ingest, Rejection
from recsvc.serving.ports import Clock
from recsvc.sources.ga4 import MOST_BODY_BYTES, Ga4Event, Ga4Events, adapt_event

ACCESS = needs(Scope.EVENTS, in_browsers=True)

Secret = Annotated[
    str | None,
    QueryParameter(max_length=500, description="The key; `Authorization: Bearer KEY` is better kept."),
]
Body = Annotated[Ga4Events, BodyKwarg(examples=[Example(value=examples.GA4_EVENTS)])]


@post(
    "/mp/collect",
    status_code=204,
    request_max_body_size=MOST_BODY_BYTES,
    opt=ACCESS | {BEACON: True},
    summary="Take in events of GA4",
    responses=answers(
        204, None, "Taken; what is amiss with an event is not said.", None, *WRITING, "store-unavailable"
    ),
)
async def post_ga4_events(
    data: Body,
    request: Request[Any, Any, Any],
    admission: Given[Admission],
    ingest: Given[Ingest],
    clock: Given[Clock],
    metrics: Given[Metrics],
    opted_out: Given[bool],
    api_secret: Secret = None,
) -> None:
    """Take in at most 25 events in 130 KB; the e-commerce events become events, dataLayer objects too.

    Like GA4 it answers 204 whatever becomes of an event; the debug address says it.
    """
    caller = await admission.beacon(request.scope, ACCESS, api_secret)
    await take(caller, _adapted(data, clock), ingest, clock, metrics, opted_out=opted_out)


@post(
    "/debug/mp/collect",
    status_code=200,
    request_max_body_size=MOST_BODY_BYTES,
    opt=ACCESS | {BEACON: True},
    summary="Say what would become of events of GA4",
    responses=answers(200, Ga4Answer, "What would not be taken.", examples.GA4_ANSWER, *WRITING),
)
async def post_ga4_debug(
    data: Body,
    request: Request[Any, Any, Any],
    admission: Given[Admission],
    clock: Given[Clock],
    api_secret: Secret = None,
) -> Ga4Answer:
    """Say what is amiss with the same body, one message an event that would not be taken; nothing is kept."""
    await admission.beacon(request.scope, ACCESS, api_secret)
    return Ga4Answer([message for one in _adapted(data, clock) for message in _messages(one)])


def _adapted(body: Ga4Events, clock: Clock) -> list[Taken]:
    received = clock().astimezone(UTC)

    def adapt(event: Ga4Event, pointer: str, raw: bytes) -> Adapted:
        return adapt_event(event, body, received, pointer=pointer, raw=raw)

    return list(adapt_each(body.events, Ga4Event, "/events", MOST_BODY_BYTES, adapt))


def _messages(taken: Taken) -> Iterator[Ga4Message]:
    outcome = taken.adapted.outcome
    if isinstance(outcome, Rejection):
        said = f"The event would be rejected: {outcome.code}."
        yield Ga4Message(outcome.pointer, said, outcome.code.upper())
    elif isinstance(outcome, Ignored):
        yield Ga4Message(taken.pointer, f"The event would be ignored: {outcome.code}.", outcome.code.upper())


HANDLERS = (post_ga4_events, post_ga4_debug)
