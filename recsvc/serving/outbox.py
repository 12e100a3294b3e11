"""The outbox: brings every destination in line with what it may know of each visitor.

The log is what is sent from: an event and its effects are one transaction there, and the outbox follows it by
number. It keeps no messages but whose state is due, so that a retry carries what holds then.
"""

import hashlib
import logging
from collections.abc import Iterable, Sequence
from typing import Final, NamedTuple, Protocol

from recsvc.domain.destinations import Destination
from recsvc.domain.events import INTERACTIONS, Event, EventKind
from recsvc.serving.deliveries import Delivery, Noted, OutboxRows, Settlement
from recsvc.serving.ports import Clock, EventLog, ProfileStore
from recsvc.serving.rounds import CHANCE, Jitter, Round, Rounds, backoff_s
from recsvc.serving.sharing import Sharing, may_leave
from recsvc.serving.targets import Target, UndeliveredError

log = logging.getLogger(__name__)

STANDING: Final = frozenset({EventKind.CONSENT, EventKind.IDENTIFY})
"""Kinds after which a destination may have to forget."""

TELLING: Final = INTERACTIONS | STANDING | {EventKind.QUESTION_ANSWERED}
"""Kinds after which what it may know may differ."""

EVENTS_AT_ONCE: Final = 1_000
DELIVERIES_AT_ONCE: Final = 20


class Channel(NamedTuple):
    """A destination, and how it is reached."""

    terms: Destination
    target: Target


class _Store(ProfileStore, EventLog, OutboxRows, Protocol):
    """What the outbox needs of the store."""


class Outbox(Rounds):
    """Follows the log, and delivers what is due.

    Args:
        store: holds the log and what is due.
        sharing: says what may leave.
        channels: the destinations.
        clock: says what is due.
        jitter: see `rounds`.
    """

    def __init__(
        self,
        store: _Store,
        sharing: Sharing,
        channels: Sequence[Channel],
        clock: Clock,
        jitter: Jitter = CHANCE,
    ) -> None:
        super().__init__()
        self._store = store
        self._sharing = sharing
        self._channels = channels
        self._clock = clock
        self._jitter = jitter
        self._rest_until: dict[str, float] = {}  # destination → Unix seconds, while it is out

    def work(self) -> Round:
        """One round: note whose state is due, and deliver some of it.

        Raises:
            StoreUnavailableError: the store does not answer; the next round goes on from there.
        """
        done = Round()
        for channel in self._channels:
            while self._note(channel.terms):
                pass
            done = done.plus(self._deliver(channel))
        return done

    def close(self) -> None:
        """Let go of the connections."""
        for channel in self._channels:
            channel.target.close()

    def _note(self, terms: Destination) -> bool:
        """Follow the log by a portion; whether there was one."""
        portion = self._store.read_log(TELLING, self._store.outbox_cursor(terms.name), EVENTS_AT_ONCE)
        if not portion or self.is_stopped:
            return False
        noted = Noted(portion[-1][0], *self._concerned((event for _, event in portion), terms.purpose))
        self._store.note(terms.name, noted, self._clock().timestamp()).result()
        return True

    def _concerned(self, events: Iterable[Event], purpose: str) -> tuple[frozenset[str], frozenset[str]]:
        """Every name whose state a destination may have to learn, and to forget."""
        learn, forget = set[str](), set[str]()
        standing: dict[str, bool] = {}
        for event in events:
            for name in (event.visitor_id, *(one.visitor_id for one in event.identities)):
                standing[name] = standing.get(name, False) or event.kind in STANDING
        for name, stands in standing.items():
            profile = self._store.read_visitor(name).profile
            if may_leave(profile, purpose):
                learn.add(profile.visitor_id)
            if stands:
                forget |= {name, profile.visitor_id}
        return frozenset(learn), frozenset(forget)

    def _deliver(self, channel: Channel) -> Round:
        terms, now = channel.terms, self._clock().timestamp()
        resting = self._rest_until.get(terms.name, 0.0) > now
        if resting or self.is_stopped or not self._store.is_due(terms.name, now):
            return Round()
        lease_s = DELIVERIES_AT_ONCE * (terms.timeout_s + 60 / terms.per_minute) + 60
        claimed = self._store.claim(terms.name, now, now + lease_s, DELIVERIES_AT_ONCE).result()
        done = Round(len(claimed))
        for place, delivery in enumerate(claimed):
            try:
                done = done._replace(sent=done.sent + self._send(channel, delivery))
            except UndeliveredError as error:
                given_up = self._fail(terms, delivery, error)
                done = done._replace(failed=done.failed + (not given_up), dead=done.dead + given_up)
            if self.is_stopped or self._rest_until.get(terms.name, 0.0) > now:
                rest = claimed[place + 1 :]
                self._give_back(rest, self._rest_until.get(terms.name, now))
                done = done._replace(looked=done.looked - len(rest))
                break
        return done

    def _send(self, channel: Channel, delivery: Delivery) -> bool:
        """Bring the destination in line about one visitor; whether that took a request."""
        terms, target = channel
        wanted = None if delivery.erased else self._sharing.of(delivery.visitor_id, terms)
        wanted = wanted if wanted is not None and target.takes(wanted) else None
        before, differs = delivery.known, wanted != delivery.known
        if differs:
            self.rest(60 / terms.per_minute)
            if wanted is not None:
                target.put(delivery_id(delivery), wanted, before)
            elif before is not None:
                target.remove(delivery_id(delivery), before, erased=delivery.erased)
        self._store.settle(delivery, Settlement(wanted)).result()
        return differs

    def _fail(self, terms: Destination, delivery: Delivery, error: UndeliveredError) -> bool:
        """Try again later, or give up; whether it was given up."""
        attempts = delivery.attempts + 1
        given_up = not error.is_outage or attempts >= terms.attempts
        backoff = backoff_s(delivery.attempts, self._jitter)
        due_at = self._clock().timestamp() + max(backoff, error.retry_after_s)
        if error.is_outage:
            self._rest_until[terms.name] = due_at
        problem = f"{error} {error.answer}".strip()
        failed = Settlement(delivery.known, None if given_up else due_at, attempts, problem)
        self._store.settle(delivery, failed).result()
        about = {"destination": terms.name, "attempts": attempts, "problem": str(error)}
        log.warning("delivery_given_up" if given_up else "delivery_failed", extra=about)
        return given_up

    def _give_back(self, deliveries: Sequence[Delivery], due_at: float) -> None:
        for one in deliveries:
            self._store.settle(one, Settlement(one.known, due_at, one.attempts)).result()


def delivery_id(delivery: Delivery) -> str:
    """The same for every attempt to deliver the same change; it tells nothing of the visitor."""
    text = f"{delivery.destination}\n{delivery.visitor_id}\n{delivery.number}\n{delivery.erased}"
    return hashlib.sha256(text.encode("utf-8", "surrogatepass")).hexdigest()[:32]
