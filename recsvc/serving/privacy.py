"""Privacy: everything that is kept of one visitor, shown or erased, and what has been kept long enough."""

import asyncio
import hmac
import secrets
from collections.abc import Collection, Mapping
from contextlib import ExitStack
from datetime import UTC, datetime, timedelta
from typing import Any, Final, NamedTuple, Protocol

import msgspec

from recsvc.domain.contacts import Contact
from recsvc.domain.destinations import Outgoing
from recsvc.domain.errors import UnknownVisitorError, UsageError
from recsvc.domain.events import Event, EventKind, Wording
from recsvc.domain.identity import Identity, identity_of, ranked
from recsvc.domain.profile import Consent
from recsvc.domain.retention import Retention
from recsvc.domain.spellings import spellings
from recsvc.model.confidence import DAY_S
from recsvc.serving.contact_rows import ContactRows
from recsvc.serving.deliveries import OutboxRows
from recsvc.serving.ports import Ageing, Clock, EventLog, LapsedFact, PersonalRows, ProfileStore

PORTION: Final = 200
"""Rows that one transaction of a sweep forgets: the service's own writes wait for it. 1,000 rows of as
many visitors with 20 events each took 1.6 s."""


class EverythingKept(msgspec.Struct, frozen=True):
    """All that is kept of one visitor."""

    visitor_id: str
    exported_at: datetime
    identities: list[Identity]
    profile: dict[str, Any]  # what recommendations are made from
    events: list[dict[str, Any]]
    quiz_sessions: list[dict[str, Any]]
    contacts: list[Contact]  # addresses, confirmed or not
    destinations: dict[str, Outgoing]  # what other services know from here


class ConsentView(msgspec.Struct, frozen=True):
    """The last word about one purpose."""

    granted: bool
    at: datetime
    withdrawn_at: datetime | None  # what is from before it is not used again


class ConsentsView(msgspec.Struct, frozen=True):
    """What a visitor said about each purpose."""

    consents: dict[str, ConsentView]

    def about(self, purposes: Collection[str]) -> "ConsentsView":
        """What was said about some purposes alone."""
        return ConsentsView({name: one for name, one in self.consents.items() if name in purposes})


class Erased(msgspec.Struct, frozen=True):
    """What an erasure found."""

    names: int
    events: int


class Swept(NamedTuple):
    """What a sweep forgot."""

    facts: int
    events: int
    sessions: int
    contacts: int


class _Store(ProfileStore, EventLog, PersonalRows, Ageing, OutboxRows, ContactRows, Protocol):
    """What privacy needs of the store."""


class Privacy:
    """The use cases behind one's own data."""

    def __init__(self, store: _Store, secret: bytes, clock: Clock) -> None:
        self._store = store
        self._secret = secret
        self._clock = clock

    def first_name(self, visitor_id: str) -> str:
        """The first of all names of the visitor who has this one."""
        return self._store.read_visitor(visitor_id).profile.visitor_id

    def expect(self, visitor_id: str) -> None:
        """Refuse a name under which nothing is kept, before that is taken for an answer about a person.

        Raises:
            UsageError: its value is known, as other names.
            UnknownVisitorError: it is not; that, too, says nothing of somebody whose name was mistyped.
            StoreUnavailableError: the store does not answer.
        """
        if self._holds(visitor_id):
            return
        others = spellings(visitor_id)
        mentioned = self._mentioned({visitor_id, *others})
        if visitor_id in mentioned:
            return
        known = [name for name in others if name in mentioned or self._holds(name)]
        if known:
            raise UsageError(
                f"Nothing is kept under the name {visitor_id!r}, but something is under {', '.join(known)}: "
                "say that name, if it is who you mean."
            )
        if Erasures(self._store, self._secret).reach(visitor_id, 0):
            raise UnknownVisitorError(f"{visitor_id!r} was erased; nothing is kept under that name since.")
        raise UnknownVisitorError(
            f"Nothing is kept under the name {visitor_id!r}, nor under this value as another kind of name. "
            "That does not say that nothing is kept of the person: compare the name with the shop's own, "
            "and try their others (docs/identity.md lists the kinds)."
        )

    def _holds(self, visitor_id: str) -> bool:
        names = self._store.names(visitor_id)
        reads = (
            self._store.events_of,
            self._store.sessions_of,
            self._store.contacts_of,
            self._store.known_of,
        )
        return len(names) > 1 or any(read(names) for read in reads)

    def _mentioned(self, names: set[str]) -> set[str]:
        """Those of some names that somebody else's word has: a pass over all words about who is who."""
        said = self._store.read_events([EventKind.IDENTIFY])
        return names & {one.visitor_id for event in said for one in event.identities}

    def export(self, visitor_id: str) -> EverythingKept:
        """Everything, as it is kept.

        Raises:
            StoreUnavailableError: the store does not answer.
        """
        names = self._store.names(visitor_id)
        profile = self._store.read_visitor(visitor_id).profile
        return EverythingKept(
            visitor_id=profile.visitor_id,
            exported_at=self._clock(),
            identities=list(map(identity_of, ranked(names))),
            profile=msgspec.to_builtins(profile),
            events=[msgspec.to_builtins(event) for event in self._store.events_of(names)],
            quiz_sessions=[msgspec.structs.asdict(one) for one in self._store.sessions_of(names)],
            contacts=self._store.contacts_of(names),
            destinations=self._store.known_of(names),
        )

    def consents(self, visitor_id: str) -> ConsentsView:
        """The last word about each purpose.

        Raises:
            StoreUnavailableError: the store does not answer.
        """
        said = self._store.read_visitor(visitor_id).profile.consents
        return ConsentsView({purpose: _consent_view(one) for purpose, one in sorted(said.items())})

    async def agree(self, visitor_id: str, consent: dict[str, bool], wording: Wording | None) -> ConsentsView:
        """Grant and withdraw purposes; a withdrawal also takes back what was said and done before it.

        Raises:
            StoreUnavailableError: the store does not answer; nothing was said.
        """
        at = self._clock()
        event = Event(
            event_id=secrets.token_hex(12),
            kind=EventKind.CONSENT,
            visitor_id=visitor_id,
            occurred_at=at,
            received_at=at,
            source="visitor",
            consent=consent,
            wording=wording,
        )
        await asyncio.wrap_future(self._store.append([event]))
        return self.consents(visitor_id)

    async def erase(self, visitor_id: str) -> Erased:
        """Erase a visitor under all their names; whoever comes back under one of them is a stranger.

        Raises:
            StoreUnavailableError: the store does not answer; nothing was erased.
        """
        names = await asyncio.to_thread(self._store.names, visitor_id)
        digests = {name: digest(self._secret, name) for name in names}
        events = await asyncio.wrap_future(self._store.erase(digests))
        await asyncio.to_thread(self._store.compact)
        return Erased(len(names), events)

    async def sweep(self, retention: Retention, *, anew: bool = False) -> Swept | None:
        """Forget what was kept long enough; None where another process does it at this moment.

        Args:
            retention: how long that is.
            anew: write files of the engine anew that are large, too.

        Raises:
            StoreUnavailableError: the store does not answer; what was forgotten stays so.
        """
        with ExitStack() as held:
            has_turn = await asyncio.to_thread(held.enter_context, self._store.sweep_turn())
            return await self._sweep(retention, anew=anew) if has_turn else None

    async def _sweep(self, retention: Retention, *, anew: bool) -> Swept:
        """A portion at a time; looking for it is the work of a thread."""
        now = self._clock()
        keep_s = {purpose: days * DAY_S for purpose, days in retention.facts_days.items()}
        facts = await self._sweep_facts(now, keep_s)
        events = 0
        while gone := await self._forget_events(now - timedelta(days=retention.events_days)):
            events += gone
        seen = now.timestamp() - retention.quiz_sessions_days * DAY_S
        sessions = await asyncio.wrap_future(self._store.forget_sessions(seen))
        contacts = await asyncio.wrap_future(self._store.forget_contacts(now.timestamp()))
        swept = Swept(facts, events, sessions, contacts)
        if anew or any(swept):
            await asyncio.to_thread(self._store.compact, anew=anew)
        return swept

    async def _sweep_facts(self, now: datetime, keep_s: Mapping[str, float]) -> int:
        swept = 0
        while lapsed := await asyncio.to_thread(self._store.lapsed_facts, now.timestamp(), keep_s, PORTION):
            await asyncio.wrap_future(self._store.append([_lapse(one, now) for one in lapsed]))
            swept += len(lapsed)
        return swept

    async def _forget_events(self, before: datetime) -> int:
        writing = await asyncio.to_thread(self._store.forget_events, before, PORTION)
        return await asyncio.wrap_future(writing)


class Erasures:
    """Which names were erased, and up to where."""

    def __init__(self, store: PersonalRows, secret: bytes) -> None:
        self._secret = secret
        self._reach = store.erasures()

    def reach(self, name: str, number: int) -> bool:
        """Whether what a name did up to a number of the log was erased."""
        return bool(self._reach) and number <= self._reach.get(digest(self._secret, name), -1)


def digest(secret: bytes, name: str) -> str:
    """What is kept of an erased name: enough to know it again, not enough to tell it."""
    return hmac.digest(secret, b"erased:" + name.encode("utf-8", "surrogatepass"), "sha256").hex()


def _consent_view(consent: Consent) -> ConsentView:
    cut = consent.withdrawn_at
    return ConsentView(consent.granted, _moment(consent.at), None if cut is None else _moment(cut))


def _moment(at: float) -> datetime:
    return datetime.fromtimestamp(at, UTC)


def _lapse(lapsed: LapsedFact, now: datetime) -> Event:
    """The marker that a fact was kept long enough; the log and the profile forget its value with it."""
    at = max(now, datetime.fromtimestamp(lapsed.answered_at, UTC))
    return Event(
        event_id=secrets.token_hex(12),
        kind=EventKind.QUESTION_ANSWERED,
        visitor_id=lapsed.visitor_id,
        occurred_at=at,
        received_at=at,
        source="retention",
        fact=lapsed.fact,
    )
