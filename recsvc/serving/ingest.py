"""Ingest: what a touchpoint sends becomes events in the log, with one verdict for each."""

import asyncio
import math
from collections.abc import Collection, Sequence
from datetime import datetime, timedelta
from typing import Literal, Protocol

import msgspec

from recsvc.domain.events import ANSWER_ROUTE_ONLY, TAKE_BACK, Event, EventKind
from recsvc.domain.identity import ANONYMOUS, needs_token
from recsvc.domain.known_stores import KnownStores
from recsvc.domain.purposes import PERSONALISE
from recsvc.serving.consent import is_refused
from recsvc.serving.pace import breathe
from recsvc.serving.ports import Clock, EventLog, ProfileStore
from recsvc.serving.timing import timed

AHEAD = timedelta(minutes=5)
"""How far the clock of a sender may run ahead of ours before the time is pulled back."""


EVERY_STORE = KnownStores()
ORDERS = TAKE_BACK | {EventKind.PURCHASE}
"""Kinds that tell of an order."""


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
    """Takes batches of events; an accepted one is durable and in its visitor's profile.

    Args:
        store: keeps them.
        clock: of the moment at which they are received.
        known_stores: whose events are taken.
        purchase_sources: who tells of orders, where several would tell of the same; none: whoever does.
    """

    def __init__(
        self,
        store: _Store,
        clock: Clock,
        known_stores: KnownStores = EVERY_STORE,
        purchase_sources: Collection[str] = (),
    ) -> None:
        self._store = store
        self._clock = clock
        self._known_stores = known_stores
        self._purchase_sources = frozenset(purchase_sources)

    async def take(self, events: Sequence[Event | Rejection], *, vouched: bool = True) -> list[Verdict]:
        """Keep what can be kept, in one transaction; verdicts in the order of the batch.

        `received_at` is set here. An `occurred_at` equal to the given `received_at` means that the sender
        named no time, so that no clock skew is corrected.

        Args:
            events: the batch.
            vouched: whether the sender vouches for the visitors; a browser whose id is a customer's withdraws
                consents of theirs, and grants none.

        Raises:
            StoreUnavailableError: nothing of the batch was kept.
        """
        received = self._clock()
        verdicts: dict[int, Verdict] = {}
        sound: list[tuple[int, Event]] = []
        for index, event in enumerate(events):
            await breathe(index)
            found = _judge(index, event, received, self._known_stores)
            if isinstance(found, Verdict):
                verdicts[index] = found
            else:
                sound.append((index, found))
        kept = self._agreed(sound, verdicts, vouched=vouched)
        for (index, event), new in zip(kept, await self._append([event for _, event in kept]), strict=True):
            verdict = Verdict(index, event.event_id, "accepted" if new else "duplicate")
            verdicts.setdefault(index, verdict)
        return [verdicts[index] for index in range(len(events))]

    def _is_told_elsewhere(self, event: Event) -> bool:
        """Whether it tells of an order that another source tells of, so that it would count twice."""
        return bool(
            self._purchase_sources and event.kind in ORDERS and event.source not in self._purchase_sources
        )

    def _agreed(
        self, sound: list[tuple[int, Event]], verdicts: dict[int, Verdict], *, vouched: bool
    ) -> list[tuple[int, Event]]:
        """What may be kept; consent is asked in one go before it is kept: no withdrawal comes between.

        Of an event that is ignored the word about consent beside it is kept.
        """
        kept: list[tuple[int, Event]] = []
        withdrawn: dict[str, bool] = {}
        for index, event in sound:
            judged = event if vouched else self._without_grants(event)
            if judged.kind is EventKind.CONSENT and not judged.consent and event.consent:
                verdicts[index] = Verdict(index, judged.event_id, "ignored", "not_signed_in")
                continue
            if judged.consent and judged.kind is not EventKind.CONSENT:
                judged = self._without_echo(judged)
            if judged.consent and PERSONALISE in judged.consent:
                withdrawn[judged.visitor_id] = not judged.consent[PERSONALISE]
            code = self._why_not(judged, withdrawn)
            if code is not None:
                verdicts[index] = Verdict(index, judged.event_id, "ignored", code)
                if not judged.consent or self._leaves_no_trace(judged.visitor_id, withdrawn):
                    continue
                judged = _word_alone(judged)
            kept.append((index, judged))
        return kept

    async def _append(self, events: list[Event]) -> list[bool]:
        with timed("store"):
            return await asyncio.wrap_future(self._store.append(events)) if events else []

    def _without_grants(self, event: Event) -> Event:
        """The event without what whoever sits at a customer's former browser cannot grant in their place."""
        said = event.consent
        if not said or True not in said.values() or not event.visitor_id.startswith(ANONYMOUS):
            return event
        first = self._store.read_visitor(event.visitor_id).profile.visitor_id
        if not needs_token(event.visitor_id, first):
            return event
        refusals = {purpose: granted for purpose, granted in said.items() if not granted}
        return msgspec.structs.replace(event, consent=refusals or None)

    def _without_echo(self, event: Event) -> Event:
        """Tag managers say the state of consent with every event: only what is news is a visitor's word."""
        known = self._store.read_visitor(event.visitor_id).profile.consents
        news = {
            purpose: granted
            for purpose, granted in (event.consent or {}).items()
            if purpose not in known or known[purpose].granted != granted
        }
        return msgspec.structs.replace(event, consent=news or None)

    def _why_not(self, event: Event, withdrawn: dict[str, bool]) -> str | None:
        """The code of an event that is ignored, None for one that is kept."""
        if self._is_told_elsewhere(event):
            return "told_elsewhere"
        return "no_consent" if self._is_denied(event, withdrawn) else None

    def _leaves_no_trace(self, visitor_id: str, withdrawn: dict[str, bool]) -> bool:
        """Whether somebody says no at once, of whom nothing is known."""
        said_no = withdrawn.get(visitor_id, False)
        return said_no and self._store.read_visitor(visitor_id).profile.revision == 0

    def _is_denied(self, event: Event, withdrawn: dict[str, bool]) -> bool:
        """Whether its visitor's last word, in this batch or before, denies keeping it."""
        if event.kind is EventKind.CONSENT:
            return False
        visitor_id = event.visitor_id
        if visitor_id not in withdrawn:
            withdrawn[visitor_id] = is_refused(self._store.read_visitor(visitor_id).profile, PERSONALISE)
        return withdrawn[visitor_id]


def _word_alone(event: Event) -> Event:
    """What an event says about consent, without what it may not say."""
    return Event(
        event_id=event.event_id,
        kind=EventKind.CONSENT,
        visitor_id=event.visitor_id,
        occurred_at=event.occurred_at,
        received_at=event.received_at,
        sent_at=event.sent_at,
        source=event.source,
        consent=event.consent,
        wording=event.wording,
    )


def _judge(
    index: int, event: Event | Rejection, received: datetime, known_stores: KnownStores
) -> Event | Verdict:
    """The event as it will be kept, or the verdict that says why not."""
    if isinstance(event, Rejection):
        return Verdict(index, event.event_id, "rejected", event.code, event.pointer)
    if event.kind in ANSWER_ROUTE_ONLY:
        return Verdict(index, event.event_id, "rejected", "answer_route_only", f"/events/{index}/kind")
    if not all(math.isfinite(line.quantity) and line.quantity > 0 for line in event.lines):
        return Verdict(index, event.event_id, "rejected", "invalid_quantity", f"/events/{index}")
    if known_stores.lack(event.store_id):
        return Verdict(index, event.event_id, "rejected", "unknown_store", f"/events/{index}/store_id")
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
