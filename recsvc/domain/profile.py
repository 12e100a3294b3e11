"""The visitor profile: raw facts about one visitor, a projection of the event log.

Weights and decay are not stored here: `model/confidence` applies them when the profile is read.
"""

import msgspec

RECENT_LIMIT = 500
"""Interactions kept one by one; older ones are kept as counts per item and kind."""

SEEN_LIMIT = 200
"""Impressions that are kept, of several visits: every read of the profile pays 0.15 µs for each."""

MOMENTS_LIMIT = 20
"""Times kept of one touchpoint, or of one question there; caps need the newest few."""

ALL_MOMENTS_LIMIT = 200
"""Times kept of all touchpoints together: who names them chooses how many there are."""


class Interaction(msgspec.Struct, frozen=True, array_like=True, order=True, gc=False):
    """One item of one event, as the profile keeps it; ordered by time."""

    occurred_at: float  # Unix seconds, UTC
    item_id: str
    kind: str
    quantity: float = 1.0


class OlderCount(msgspec.Struct, frozen=True, array_like=True, gc=False):
    """What is left of the interactions beyond the recent ones with one item by one kind."""

    item_id: str
    kind: str
    lines: int
    quantity: float
    last_at: float  # Unix seconds, UTC


class Seen(msgspec.Struct, frozen=True, array_like=True, order=True, gc=False):
    """One item of a slate that the visitor had on the screen; ordered by time."""

    occurred_at: float  # Unix seconds, UTC
    item_id: str


class FactValue(msgspec.Struct, frozen=True, omit_defaults=True):
    """What a visitor said, with why it may be kept and until when."""

    values: tuple[str, ...] | float  # choice ids, or a number
    answered_at: float  # Unix seconds, UTC
    purpose: str
    expires_at: float | None = None  # Unix seconds, UTC
    source: str = "quiz"  # quiz | import | visitor
    policy: str | None = None  # version of the wording that was shown
    quiz: str | None = None
    revision: int | None = None
    question: str | None = None
    touchpoint: str | None = None
    session_id: str | None = None  # the quiz session it was said in


class Consent(msgspec.Struct, frozen=True, array_like=True, gc=False):
    """The last word of a visitor about one purpose."""

    granted: bool
    at: float  # Unix seconds, UTC
    withdrawn_at: float | None = None  # the newest withdrawal: what is from before it is not used again


class Profile(msgspec.Struct, frozen=True, omit_defaults=True, gc=False):
    """Everything the service knows about one visitor."""

    visitor_id: str
    revision: int = 0  # raised by every change; 0 = nothing is known
    told_revision: int = 0  # that of the last change by anything but impressions: what a vector rests on
    drawn_by: str | None = None  # of several names the one by which arms are drawn
    since: float = 0.0  # Unix seconds: when the service first heard of anything that is in here
    recent: tuple[Interaction, ...] = ()  # the newest RECENT_LIMIT, oldest first
    older: tuple[OlderCount, ...] = ()
    seen: tuple[Seen, ...] = ()  # the newest SEEN_LIMIT, oldest first
    facts: dict[str, FactValue] = {}
    taken_back: dict[str, float] = {}  # fact → Unix seconds: an answer from before may not come back
    consents: dict[str, Consent] = {}
    shown: dict[str, tuple[float, ...]] = {}  # quiz/touchpoint → Unix seconds of the newest, in order
    skipped: dict[str, tuple[float, ...]] = {}  # quiz/touchpoint/question → the same
