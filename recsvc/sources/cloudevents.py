"""CloudEvents 1.0 in JSON: envelopes around events of our own form."""

from typing import Annotated, Any, Final

import msgspec
from msgspec import Meta

from recsvc.sources.fields import FieldFaultError, Fields, event_id_of

SOURCE: Final = "cloudevents"
EVENT: Final = "recsvc.event"
"""The type whose data is one event of POST /v1/events."""

VERSION: Final = "1.0"
MOST_EVENTS: Final = 2500
MOST_EVENT_BYTES: Final = 64 * 1024


class CloudEvent(msgspec.Struct, frozen=True, omit_defaults=True):
    """One event in its envelope; attributes that are not listed are ignored."""

    specversion: str | None = None
    id: str | None = None
    source: str | None = None
    type: str | None = None
    time: str | None = None
    datacontenttype: str | None = None
    data: Annotated[Any, Meta(description="The event; of `recsvc.event` without its `event_id`.")] = None


def event_id(cloud: CloudEvent, pointer: str) -> str:
    """The id of an envelope: its source and its id make it unique.

    Raises:
        FieldFaultError: it lacks an attribute that every CloudEvent has, or is of another version.
    """
    fields = Fields(msgspec.structs.asdict(cloud), pointer)
    if fields.needed("specversion") != VERSION:
        raise FieldFaultError("unknown_value", f"{pointer}/specversion")
    fields.needed("type")
    return event_id_of(SOURCE, fields.needed("source"), fields.needed("id"))


def native_of(cloud: CloudEvent, own_id: str, pointer: str) -> bytes:
    """The event within, as POST /v1/events takes it; it happened at the envelope's time unless it says when.

    Raises:
        FieldFaultError: the data are no object.
    """
    if not isinstance(cloud.data, dict):
        raise FieldFaultError("wrong_type", f"{pointer}/data")
    time = {} if cloud.time is None else {"occurred_at": cloud.time}
    return msgspec.json.encode({**time, **cloud.data, "event_id": own_id})
