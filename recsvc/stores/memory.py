"""The store in memory: the same answers as the engines, for tests; nothing outlives the process."""

from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence
from concurrent.futures import Future
from datetime import datetime

from recsvc.domain.contacts import Contact
from recsvc.domain.events import Event, EventKind
from recsvc.domain.identity import ranked
from recsvc.domain.profile import Profile
from recsvc.serving.assign import subject
from recsvc.serving.contact_rows import Bounds, Digests
from recsvc.serving.identity import STANDING, People, statement_of, without_names
from recsvc.serving.ports import LapsedFact, QuizSession, VisitorRead
from recsvc.serving.profile import apply, withdraws_history
from recsvc.serving.session_answers import without
from recsvc.stores.bodies import answer_key
from recsvc.stores.memory_catalogue import MemoryCatalogue
from recsvc.stores.memory_log import MemoryLog
from recsvc.stores.projecting import corrected
from recsvc.stores.redaction import overtaken, withdrawn

NEVER = float("inf")


class MemoryStore(MemoryCatalogue):
    """All ports on dictionaries; every future it answers is done."""

    def __init__(self) -> None:
        super().__init__()
        self._log = MemoryLog()
        self._profiles: dict[str, Profile] = {}  # by the first name of a visitor
        self._people: dict[str, frozenset[str]] = {}  # name → all names, of visitors with several
        self._sessions: dict[str, QuizSession] = {}
        self._erasures: dict[str, int] = {}

    def read_visitor(self, visitor_id: str) -> VisitorRead:
        """Read a profile and the catalogue's number."""
        with self._lock:
            first = self._first(visitor_id)
            return VisitorRead(self._profiles.get(first) or Profile(first), self._number)

    def append(self, events: Sequence[Event], session: QuizSession | None = None) -> Future[list[bool]]:
        """Append events with their effects."""

        def write() -> list[bool]:
            if session is not None:  # first: a withdrawal among the events takes its answers out of it
                self._sessions[session.session_id] = session
            return [self._take(event) for event in events]

        return self._done(write)

    def logged(self, event_ids: Collection[str]) -> list[Event]:
        """The events of some ids that are there."""
        with self._lock:
            return [event for event in self._log if event.event_id in event_ids]

    def read_events(self, kinds: Collection[EventKind], visitor_id: str | None = None) -> Iterator[Event]:
        """Events of some kinds in the order of their arrival."""
        with self._lock:
            events = [event for event in self._log if event.kind in kinds]
        return (event for event in events if visitor_id in {None, event.visitor_id})

    def read_log(self, kinds: Collection[EventKind], after: int, limit: int) -> list[tuple[int, Event]]:
        """The next events of some kinds after a number of the log, each with its number."""
        with self._lock:
            return self._log.portion(kinds, after, limit)

    def ask_contact(self, contact: Contact, digests: Digests, bounds: Bounds) -> Future[Contact | None]:
        """Keep an address and make its message due."""
        return self._done(lambda: self._ask(contact, digests, bounds, self.names(contact.visitor_id)))

    def confirm_contact(self, contact: Contact, events: Sequence[Event]) -> Future[bool]:
        """Append events and confirm a contact."""

        def write() -> bool:
            found = self.read_contact(contact.contact_id)
            if found is None or found.confirmed_at is not None:
                return False
            self.append(events).result()
            self._confirm(contact)
            return True

        return self._done(write)

    def read_session(self, session_id: str) -> QuizSession | None:
        """One quiz session."""
        with self._lock:
            return self._sessions.get(session_id)

    def check(self) -> None:
        """Memory always answers."""

    def visitors(self, after: str, limit: int) -> list[str]:
        """Ids of visitors with a profile, in order, beyond one."""
        with self._lock:
            return sorted(visitor_id for visitor_id in self._profiles if visitor_id > after)[:limit]

    def names(self, *visitor_ids: str) -> frozenset[str]:
        """All names of visitors."""
        with self._lock:
            return frozenset(visitor_ids).union(*(self._people.get(name, ()) for name in visitor_ids))

    def events_of(self, names: Collection[str]) -> list[Event]:
        """All events of some names."""
        with self._lock:
            return self._log.of(names)

    def histories(self, names: Collection[str]) -> dict[str, list[Event]]:
        """Visitor → all events under all their names."""
        with self._lock:
            return {first: self._log.of(self.names(first)) for first in {self._first(name) for name in names}}

    def sessions_of(self, names: Collection[str]) -> list[QuizSession]:
        """All quiz sessions of some names, the newest first."""
        with self._lock:
            own = [session for session in self._sessions.values() if session.visitor_id in names]
            return sorted(own, key=lambda session: (-session.seen_at, session.session_id))

    def erase(self, digests: Mapping[str, str]) -> Future[int]:
        """Erase every row of some names, and the names in the rows of others."""

        def write() -> int:
            count = len(self._log.of(digests))
            self._log.keep(lambda event: event.visitor_id not in digests)
            for event in list(self._log):
                if any(one.visitor_id in digests for one in event.identities):
                    self._log.replace(without_names(event, digests))
            for session in self.sessions_of(digests):
                del self._sessions[session.session_id]
            for name in digests:
                self._profiles.pop(name, None)
                self._people.pop(name, None)
            self._erase_deliveries(digests)
            self._erase_contacts(digests)
            self._erasures |= dict.fromkeys(digests.values(), self._log.last)
            return count

        return self._done(write)

    def erasures(self) -> dict[str, int]:
        """Digest → the number of the log up to which its name was erased."""
        with self._lock:
            return dict(self._erasures)

    def compact(self, *, anew: bool = False) -> None:
        """Memory keeps nothing of what is gone."""

    def lapsed_facts(self, now: float, keep_s: Mapping[str, float], limit: int) -> list[LapsedFact]:
        """Facts that have expired, or are kept longer than their purpose allows."""
        with self._lock:
            return [
                LapsedFact(profile.visitor_id, fact, value.answered_at)
                for profile in self._profiles.values()
                for fact, value in profile.facts.items()
                if (value.expires_at or NEVER) <= now
                or value.answered_at + keep_s.get(value.purpose, NEVER) <= now
            ][:limit]

    def forget_events(self, before: datetime, limit: int) -> Future[int]:
        """Delete events that happened before a time, and project their visitors anew."""

        def write() -> int:
            old = [event for event in self._log if event.occurred_at < before]
            gone = {event.event_id: event for event in old if not self._must_stay(event, before)}
            gone = dict(list(gone.items())[:limit])
            self._log.keep(lambda event: event.event_id not in gone)
            for visitor_id in {self._first(event.visitor_id) for event in gone.values()}:
                self._reproject(visitor_id)
                if not self._log.of(self.names(visitor_id)):
                    self._profiles.pop(visitor_id, None)
                    self._touch_deliveries(self.names(visitor_id))
            return len(gone)

        return self._done(write)

    def forget_sessions(self, before: float) -> Future[int]:
        """Delete old quiz sessions."""

        def write() -> int:
            kept = {key: one for key, one in self._sessions.items() if one.seen_at >= before}
            gone, self._sessions = len(self._sessions) - len(kept), kept
            return gone

        return self._done(write)

    def logged_names(self, after: str, limit: int) -> list[str]:
        """The visitor ids of the log, in order, beyond one."""
        with self._lock:
            return sorted({event.visitor_id for event in self._log if event.visitor_id > after})[:limit]

    def regroup(self) -> Future[int]:
        """Say anew who is one visitor; how many names were of another one."""

        def write() -> int:
            people = People((), lambda _: ())
            for statement in self._log.statements():
                people.take(statement)
            told = {name: people.of(name) for name in people.changed if len(people.of(name)) > 1}
            differed = {name for name in told | self._people if told.get(name) != self._people.get(name)}
            subjects = self._subjects(differed)
            self._people = told
            self._regrouped(subjects)
            return len(differed)

        return self._done(write)

    def reproject(self, names: Sequence[str]) -> Future[int]:
        """Project the log of visitors anew; how many profiles differed and were replaced."""
        return self._done(lambda: sum(map(self._reproject, {self._first(name) for name in names})))

    def close(self) -> None:
        """Nothing is held."""

    def _take(self, event: Event) -> bool:
        if event.event_id in self._log:
            return False
        statement = statement_of(event)
        people = People(self._people.values(), self._log.statements_of)
        if statement is not None:
            people.take(statement)
        self._log.append(event)
        if people.changed:
            subjects = self._subjects(people.changed)
            self._people |= {name: people.of(name) for name in people.changed}
            self._regrouped(subjects)
        elif withdraws_history(event):
            self._reproject(self._first(event.visitor_id))
        else:
            self._project(event)
        self._redact(event)
        return True

    def _project(self, event: Event) -> None:
        profile = apply(self.read_visitor(event.visitor_id).profile, event)
        if profile.revision:
            self._profiles[profile.visitor_id] = profile

    def _subjects(self, names: Iterable[str]) -> dict[str, str]:
        return {name: subject(self.read_visitor(name).profile, name) for name in names}

    def _regrouped(self, subjects: Mapping[str, str]) -> None:
        """Replace the profiles of names that are of another visitor now; each with the subject it had."""
        self._people = {name: own for name, own in self._people.items() if len(own) > 1}
        olds = [self._profiles.pop(name) for name in subjects if name in self._profiles]
        revision = max((old.revision for old in olds), default=0)
        for visitor_id in {self._first(name) for name in subjects}:
            before = Profile(visitor_id, revision)
            names = self.names(visitor_id)
            after = corrected(before, names, self._log.of(names), subjects)
            if after is not before:
                self._profiles[visitor_id] = after

    def _reproject(self, visitor_id: str) -> bool:
        live = self.read_visitor(visitor_id).profile
        names = self.names(visitor_id)
        profile = corrected(live, names, self._log.of(names), {})
        if profile is not live:
            self._profiles[visitor_id] = profile
        return profile is not live

    def _redact(self, event: Event) -> None:
        """Take the values out of the log that it may not keep, and out of the sessions they were said in."""
        if answer_key(event) is None and not event.consent:
            return
        consents = self.read_visitor(event.visitor_id).profile.consents
        self._withdraw_contacts(self.names(event.visitor_id), consents)
        answers = self._log.answers_of(self.names(event.visitor_id))
        void = list(withdrawn(answers, consents))
        for answer in void:
            self._forget_in_session(answer)
        for answer in (*void, *overtaken(answers)):
            self._log.redact(answer)

    def _forget_in_session(self, event: Event) -> None:
        step = event.step
        session = self._sessions.get(step.session_id or "") if step else None
        if step and step.question and session:
            self._sessions[session.session_id] = without(session, {step.question})

    def _must_stay(self, event: Event, before: datetime) -> bool:
        """Whether an old word about consent or identity still has something to be about."""
        if event.kind not in STANDING:
            return False
        own = self._log.of(self.names(event.visitor_id))
        return any(one.occurred_at >= before or one.kind not in STANDING for one in own)

    def _first(self, name: str) -> str:
        return ranked(self.names(name))[0]
