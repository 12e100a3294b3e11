"""Foreign payloads: what the senders of other protocols are answered."""

import msgspec

from recsvc.http.event_payloads import EventResult


class SegmentAnswer(msgspec.Struct, frozen=True):
    """What Segment's libraries expect, with the verdicts that they do not read."""

    success: bool
    results: list[EventResult]


class ForeignResults(msgspec.Struct, frozen=True):
    """What became of each thing that a delivery tells."""

    results: list[EventResult]


class Ga4Message(msgspec.Struct, frozen=True, rename="camel"):
    """What is amiss with one event, as GA4's own debug address words it."""

    field_path: str
    description: str
    validation_code: str


class Ga4Answer(msgspec.Struct, frozen=True, rename="camel"):
    """What GA4's debug address answers: nothing amiss, no messages."""

    validation_messages: list[Ga4Message]
