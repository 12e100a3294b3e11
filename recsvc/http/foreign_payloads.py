"""Foreign payloads: what the senders of other protocols are answered."""

import msgspec

from recsvc.http.payloads import EventResult


class SegmentAnswer(msgspec.Struct, frozen=True):
    """What Segment's libraries expect, with the verdicts that they do not read."""

    success: bool
    results: list[EventResult]
