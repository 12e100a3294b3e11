"""Ingest: what a touchpoint sends becomes events in the log, with one verdict for each."""

import asyncio
import math
from collections.abc import Sequence
from datetime import datetime, timedelta
from typing import Literal, Protocol

import msgspec

from recsvc.domain.events import ANSWER_ROUTE_ONLY, Event, EventKind
from recsvc.serving.ports import Clock, EventLog, ProfileStore

PERSONALISE = "personalise"
"""The purpose under which events are kept for a visitor; it holds until it is withdrawn."""

AHEAD = timedelta(minutes=5)
"""How far the clock of a sender may run ahead of ours before the time is pulled back."""


class Rejection(msgspec.Struct, frozen=True):
    """An event that could not even be read."""

    event_id: str | None
    code: str
    pointer: str


class Verdict(msgspec.Struct, frozen=True):
    """What became of one event of a batch."""

    index: int
    event_id: str | None
    verdict: Literal["accepted", "duplicate", "ignored", "rejected"]
    code: str | None = None
    pointer: str | None = None


class _Store(ProfileStore, EventLog, Protocol):
    """What ingest needs of the store."""


class Ingest:
    """Takes batches of events; an accepted one is durable and in its visitor's profile."""

    def __init__(self, store: _Store, clock: Clock) -> None:
        self._store = store
        self._clock = clock

    async def take(self, events: Sequence[Event | Rejection]) -> list[Verdict]:
        """Keep what can be kept, in one transaction; verdicts in the order of the batch.

        `received_at` is set here. An `occurred_at` equal to the given `received_at` means that the sender
        named no time, so that no clock skew is corrected.

        Raises:
            StoreUnavailableError: nothing of the batch was kept.
        """
        received = self._clock()
        verdicts: dict[int, Verdict] = {}
        kept: list[tuple[int, Event]] = []
        withdrawn: dict[str, bool] = {}
        for index, event in enumerate(events):
            judged = _judge(index, event, received)
            if isinstance(judged, Event) and self._is_denied(judged, withdrawn):
                judged = Verdict(index, judged.event_id, "ignored", "no_consent")
            if isinstance(judged, Verdict):
                verdicts[index] = judged
                continue
            if judged.consent and PERSONALISE in judged.consent:
                withdrawn[judged.visitor_id] = not judged.consent[PERSONALISE]
            kept.append((index, judged))
        for (index, event), new in zip(kept, await self._append([event for _, event in kept]), strict=True):
            verdicts[index] = Verdict(index, event.event_id, "accepted" if new else "duplicate")
        return [verdicts[index] for index in range(len(events))]

    async def _append(self, events: list[Event]) -> list[bool]:
        return await asyncio.wrap_future(self._store.append(events)) if events else []

    def _is_denied(self, event: Event, withdrawn: dict[str, bool]) -> bool:
        """Whether the event itself or else its visitor's last word denies keeping it."""
        if event.kind is EventKind.CONSENT:
            return False
        if event.consent and PERSONALISE in event.consent:
            return not event.consent[PERSONALISE]
        visitor_id = event.visitor_id
        if visitor_id not in withdrawn:
            consent = self._store.read_visitor(visitor_id).profile.consents.get(PERSONALISE)
            withdrawn[visitor_id] = consent is not None and not consent.granted
        return withdrawn[visitor_id]


def _judge(index: int, event: Event | Rejection, received: datetime) -> Event | Verdict:
    """The event as it will be kept, or the verdict that says why not."""
    if isinstance(event, Rejection):
        return Verdict(index, event.event_id, "rejected", event.code, event.pointer)
    if event.kind in ANSWER_ROUTE_ONLY:
        return Verdict(index, event.event_id, "rejected", "answer_route_only", f"/events/{index}/kind")
    if not all(math.isfinite(line.quantity) and line.quantity > 0 for line in event.lines):
        return Verdict(index, event.event_id, "rejected", "invalid_quantity", f"/events/{index}")
    try:
        occurred = corrected_time(event, received)
    except OverflowError:
        return Verdict(index, event.event_id, "rejected", "invalid_time", f"/events/{index}/occurred_at")
    return msgspec.structs.replace(event, occurred_at=occurred, received_at=received)


def corrected_time(event: Event, received: datetime) -> datetime:
    """When an event happened by our clock: received - (sent - occurred), never far in the future.

    The past is kept as it is told: shops send their history late, and age only makes it count less.

    Raises:
        OverflowError: the sender's clock is further off than the calendar reaches.
    """
    occurred = event.occurred_at
    if event.sent_at is not None and occurred != event.received_at:
        occurred = received - (event.sent_at - occurred)
    return min(occurred, received + AHEAD)
