"""Deliveries: the port of the outbox, beside those in `ports`, and what goes through it."""

from collections.abc import Collection
from concurrent.futures import Future
from typing import NamedTuple, Protocol

from recsvc.domain.destinations import Outgoing


class Delivery(NamedTuple):
    """What a destination knows of a visitor is due to be looked at."""

    destination: str
    visitor_id: str
    number: int  # raised by every change that was noted
    attempts: int  # that failed
    erased: bool  # the visitor was erased: the destination has to forget them
    known: Outgoing | None  # what it knows


class Noted(NamedTuple):
    """What a portion of the log means for a destination."""

    cursor: int  # the number of the log up to which the portion went
    names: frozenset[str]  # whose state it may have to learn
    known: frozenset[str] = frozenset()  # whose state it may have to forget, if it knows any


class Settlement(NamedTuple):
    """What came of a delivery."""

    known: Outgoing | None  # what the destination knows now
    due_at: float | None = None  # Unix seconds of the next attempt
    attempts: int = 0
    failure: str | None = None  # without a next attempt: it is given up


class OutboxDepth(NamedTuple):
    """How much waits for a destination."""

    destination: str
    waiting: int
    dead: int  # given up
    oldest_at: float | None  # Unix seconds: since when the longest waits, or is put off to


class OutboxRows(Protocol):
    """Which visitors' states are due at which destination, and what each of them knows."""

    def outbox_cursor(self, destination: str) -> int:
        """The number of the log up to which a destination's events were noted; 0 at first."""
        ...

    def note(self, destination: str, noted: Noted, at: float) -> Future[None]:
        """Note whose state is due at a destination from now on, Unix seconds, and move its cursor."""
        ...

    def is_due(self, destination: str, now: float) -> bool:
        """Whether there is anything to claim."""
        ...

    def claim(self, destination: str, now: float, until: float, limit: int) -> Future[list[Delivery]]:
        """Take what is due, longest first; nobody else gets it before `until`, Unix seconds."""
        ...

    def settle(self, delivery: Delivery, settlement: Settlement) -> Future[None]:
        """Say what came of it; what was noted, or erased, since it was claimed stays due."""
        ...

    def revive(self, destination: str, at: float) -> Future[int]:
        """Make what was given up due again; how many there were."""
        ...

    def known_of(self, names: Collection[str]) -> dict[str, Outgoing]:
        """Destination → what it knows under one of some names."""
        ...

    def recipients(self, destination: str) -> list[Outgoing]:
        """Everything that a destination knows, of visitors who were not erased."""
        ...

    def outbox_depths(self) -> list[OutboxDepth]:
        """How much waits for each destination that anything waits for."""
        ...
