"""Events: what happened, as raw facts, in the closed list of kinds that the contracts name."""

from datetime import datetime
from enum import StrEnum

import msgspec

from recsvc.domain.identity import Identity
from recsvc.domain.profile import FactValue


class EventKind(StrEnum):
    """The closed list of kinds; everything else is rejected with its reason."""

    IMPRESSION = "impression"
    CLICK = "click"
    VIEW = "view"
    SEARCH = "search"
    ADD_TO_CART = "add_to_cart"
    REMOVE_FROM_CART = "remove_from_cart"
    WISHLIST = "wishlist"
    PURCHASE = "purchase"
    RETURN = "return"
    CANCEL = "cancel"
    IDENTIFY = "identify"
    CONSENT = "consent"
    QUIZ_SEEN = "quiz_seen"
    QUIZ_STARTED = "quiz_started"
    QUESTION_SHOWN = "question_shown"
    QUESTION_ANSWERED = "question_answered"
    QUESTION_SKIPPED = "question_skipped"
    QUIZ_LEFT = "quiz_left"
    QUIZ_COMPLETED = "quiz_completed"
    RESULT_SHOWN = "result_shown"

    __hash__ = str.__hash__  # of its text, as it is equal to it; Enum's own is a call in Python, 0.2 µs


TAKE_BACK = frozenset({EventKind.RETURN, EventKind.CANCEL})
"""Kinds that take back bought quantity; they are never a negative preference."""

INTERACTIONS = TAKE_BACK | {
    EventKind.CLICK,
    EventKind.VIEW,
    EventKind.ADD_TO_CART,
    EventKind.REMOVE_FROM_CART,
    EventKind.WISHLIST,
    EventKind.PURCHASE,
}
"""Kinds that name items and enter the profile; weights decide which of them count."""

ANSWER_ROUTE_ONLY = frozenset({EventKind.QUESTION_ANSWERED, EventKind.QUESTION_SKIPPED})
"""Kinds that only the answer route may write."""


class EventLine(msgspec.Struct, frozen=True, omit_defaults=True, gc=False):
    """One item of an event."""

    item_id: str
    quantity: float = 1.0  # units, > 0
    price: float | None = None  # per unit, in the event's currency


class QuizStep(msgspec.Struct, frozen=True, omit_defaults=True):
    """Where in which quiz an event happened."""

    quiz: str
    revision: int
    question: str | None = None
    session_id: str | None = None
    touchpoint: str | None = None
    # Known when a session begins, and said by its first event alone:
    arm: str | None = None  # of the quiz's experiment
    locale: str | None = None
    device: str | None = None  # phone | tablet | desktop
    source: str | None = None  # what brought the visitor, such as utm_source


class Wording(msgspec.Struct, frozen=True, omit_defaults=True):
    """What a visitor saw when they agreed or refused: the proof of a consent."""

    policy: str | None = None  # version of the wording
    locale: str | None = None
    proof: str | None = None  # where the act can be looked up: a form, a call, a digest of the page


class Event(msgspec.Struct, frozen=True, kw_only=True, omit_defaults=True, gc=False):
    """One raw fact about one visitor; the log keeps it for ever, but for redacted values."""

    event_id: str
    kind: EventKind
    visitor_id: str
    occurred_at: datetime  # aware UTC: when it happened, clock skew corrected
    received_at: datetime  # aware UTC: when the service took it
    sent_at: datetime | None = None  # aware UTC: when the sender's clock sent it
    lines: tuple[EventLine, ...] = ()
    currency: str | None = None
    order_id: str | None = None
    channel: str | None = None
    store_id: str | None = None
    slate_id: str | None = None
    source: str = "http"
    consent: dict[str, bool] | None = None  # purpose → granted
    wording: Wording | None = None  # under which consent was given or withdrawn
    identities: tuple[Identity, ...] = ()  # of an identify event: more names of its visitor
    parted: bool = False  # of an identify event: these are not names of its visitor
    query: str | None = None  # words of a search
    step: QuizStep | None = None
    fact: str | None = None  # the fact an answer sets; with value None it takes the fact back
    value: FactValue | None = None
