"""CloudEvents over HTTP: in structured mode one event or a batch, in binary mode one with `ce-` headers."""

from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Annotated, Any
from urllib.parse import unquote

import msgspec
from litestar import Request, post
from litestar.exceptions import HTTPException
from litestar.openapi.spec import (
    Example,
    OpenAPIMediaType,
    Operation,
    Parameter,
    Reference,
    RequestBody,
    Schema,
)
from litestar.openapi.spec.enums import OpenAPIType
from litestar.params import RawBody
from msgspec import Meta

from recsvc.domain.events import Event
from recsvc.domain.keys import Scope
from recsvc.http import foreign_examples as examples
from recsvc.http.access import Caller, needs
from recsvc.http.depth import check_depth
from recsvc.http.events import read_event
from recsvc.http.foreign_payloads import ForeignResults
from recsvc.http.intake import adapt_each, take
from recsvc.http.metrics import Metrics
from recsvc.http.openapi import WRITING, answers
from recsvc.http.parts import Given
from recsvc.http.wire import EVENTS_BODY, JSON_TYPE, read
from recsvc.serving.adapted import Adapted, Ignored
from recsvc.serving.ingest import Ingest, Rejection
from recsvc.serving.ports import Clock
from recsvc.sources.cloudevents import (
    EVENT,
    MOST_EVENT_BYTES,
    MOST_EVENTS,
    SOURCE,
    CloudEvent,
    event_id,
    native_of,
)
from recsvc.sources.fields import FieldFaultError

Messages: Any = Annotated[list[msgspec.Raw], Meta(max_length=MOST_EVENTS)]
ONE = "application/cloudevents+json"
BATCH = "application/cloudevents-batch+json"
DATA = "application/json"
ATTRIBUTES = ("specversion", "id", "source", "type", "time")
"""What binary mode says in headers, each named `ce-` and this."""


@dataclass
class _CloudEvents(Operation):
    """Says what the body is in each of its types, and which headers binary mode has."""

    def __post_init__(self) -> None:
        one = Schema(type=OpenAPIType.OBJECT, description="A CloudEvent of version 1.0.")
        many = Schema(type=OpenAPIType.ARRAY, items=one, max_items=MOST_EVENTS)
        single: dict[str, Example | Reference] = {"one": Example(value=examples.CLOUD_EVENT)}
        batch: dict[str, Example | Reference] = {"batch": Example(value=[examples.CLOUD_EVENT])}
        data: dict[str, Example | Reference] = {"data": Example(value=examples.CLOUD_EVENT["data"])}
        content = {
            ONE: OpenAPIMediaType(schema=one, examples=single),
            BATCH: OpenAPIMediaType(schema=many, examples=batch),
            DATA: OpenAPIMediaType(schema=Schema(description="In binary mode: the data."), examples=data),
        }
        self.request_body = RequestBody(content=content, required=True)
        text = Schema(type=OpenAPIType.STRING)
        self.parameters = [
            Parameter(
                f"ce-{name}", "header", schema=text, description=f"Binary mode: the attribute `{name}`."
            )
            for name in ATTRIBUTES
        ]


@post(
    "/cloudevents",
    status_code=200,
    request_max_body_size=EVENTS_BODY,
    opt=needs(Scope.EVENTS),
    operation_class=_CloudEvents,
    summary="Take in CloudEvents",
    responses=answers(
        200,
        ForeignResults,
        "Taken; each event has its verdict.",
        examples.CLOUD_EVENT_ANSWER,
        *WRITING,
        "store-unavailable",
    ),
)
async def post_cloudevents(
    request: Request[Any, Any, Any],
    body: RawBody,
    caller: Given[Caller],
    ingest: Given[Ingest],
    clock: Given[Clock],
    metrics: Given[Metrics],
    opted_out: Given[bool],
) -> ForeignResults:
    """Take in one CloudEvent, or at most 2,500 in 512 KB, each of at most 64 KB.

    One may come in binary mode: its attributes in `ce-` headers, and the data alone as JSON in the body. The
    data of type `recsvc.event` are an event of `POST /v1/events`; other types are ignored.
    """
    received = clock().astimezone(UTC)

    def adapt(cloud: CloudEvent, pointer: str, _: bytes) -> Adapted:
        return _adapt(caller, cloud, pointer, received)

    taken = adapt_each(_messages(request, body), CloudEvent, "", MOST_EVENT_BYTES, adapt)
    return ForeignResults(await take(caller, taken, ingest, clock, metrics, opted_out=opted_out))


def _messages(request: Request[Any, Any, Any], body: bytes) -> list[msgspec.Raw]:
    """The events of a body; one alone is pointed at like the first of a batch.

    Raises:
        HTTPException: 415, it is declared as none of the types.
        FaultyRequestError: no JSON, or too many events.
    """
    given = request.headers.get("content-type", "").partition(";")[0].strip().lower()
    if given == ONE:
        return [read(body, msgspec.Raw)]
    if given == BATCH:
        return read(body, Messages)
    attributes = {
        name: unquote(request.headers[f"ce-{name}"]) for name in ATTRIBUTES if f"ce-{name}" in request.headers
    }
    of_interest = attributes.get("type") == EVENT
    if not attributes or (of_interest and not JSON_TYPE.fullmatch(given)):
        raise HTTPException(
            status_code=415,
            detail=f"The body is declared as {given[:80] or 'nothing'}; send {ONE} or {BATCH}, "
            f"or in binary mode the attributes in ce- headers and the data as {DATA}.",
        )
    check_depth(body)
    # The last of two members counts: whatever the body is, the attributes are those of the headers.
    data = {"data": msgspec.Raw(body)} if of_interest else {}
    return [msgspec.Raw(msgspec.json.encode(data | attributes))]


def _adapt(caller: Caller, cloud: CloudEvent, pointer: str, received: datetime) -> Adapted:
    own_id: str | None = None
    try:
        own_id = event_id(cloud, pointer)
        if cloud.type != EVENT:
            return Adapted(Ignored(own_id, "unknown_event"))
        native = native_of(cloud, own_id, pointer)
    except FieldFaultError as fault:
        return Adapted(Rejection(own_id, fault.code, fault.pointer))
    event = read_event(caller, native, f"{pointer}/data", received, None)
    return Adapted(msgspec.structs.replace(event, source=SOURCE) if isinstance(event, Event) else event)


HANDLERS = (post_cloudevents,)
