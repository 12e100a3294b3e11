"""The store in memory: the same answers as the engines, for tests; nothing outlives the process."""

import threading
from collections.abc import Callable, Collection, Iterator, Sequence
from concurrent.futures import Future
from typing import TypeVar

from recsvc.domain.catalogue import Item
from recsvc.domain.events import Event, EventKind
from recsvc.domain.identity import first_name
from recsvc.domain.profile import Profile
from recsvc.serving.identity import People, Statement, statement_of
from recsvc.serving.ports import QuizSession, VisitorRead
from recsvc.serving.profile import apply, withdraws_history
from recsvc.serving.session_answers import without
from recsvc.stores.bodies import answer_key
from recsvc.stores.rebuild import corrected
from recsvc.stores.redaction import overtaken, withdrawn

Result = TypeVar("Result")


class MemoryStore:
    """All ports on dictionaries; every future it answers is done."""

    def __init__(self) -> None:
        self._lock = threading.RLock()
        self._events: dict[str, Event] = {}  # event_id → event, in order of arrival
        self._redacted: set[str] = set()
        self._profiles: dict[str, Profile] = {}  # by the first name of a visitor
        self._people: dict[str, frozenset[str]] = {}  # name → all names, of visitors with several
        self._items: dict[str, tuple[int, Item | None]] = {}  # item_id → number of its change, None = deleted
        self._number = 0
        self._sessions: dict[str, QuizSession] = {}

    def read_visitor(self, visitor_id: str) -> VisitorRead:
        """Read a profile and the catalogue's number."""
        with self._lock:
            first = self._first(visitor_id)
            return VisitorRead(self._profiles.get(first) or Profile(first), self._number)

    def append(self, events: Sequence[Event], session: QuizSession | None = None) -> Future[list[bool]]:
        """Append events with their effects."""

        def write() -> list[bool]:
            flags = [self._take(event) for event in events]
            if session is not None:
                self._sessions[session.session_id] = session
            return flags

        return self._done(write)

    def read_events(self, kinds: Collection[EventKind], visitor_id: str | None = None) -> Iterator[Event]:
        """Events of some kinds in the order of their arrival."""
        with self._lock:
            events = [event for event in self._events.values() if event.kind in kinds]
        return (event for event in events if visitor_id in {None, event.visitor_id})

    def read_log(self, kinds: Collection[EventKind], after: int, limit: int) -> list[tuple[int, Event]]:
        """The next events of some kinds after a number of the log, each with its number."""
        with self._lock:
            numbered = list(enumerate(self._events.values(), 1))[after:]
        return [(number, event) for number, event in numbered if event.kind in kinds][:limit]

    def put_items(self, items: Sequence[Item]) -> Future[int]:
        """Replace the named items; the number stays where nothing differs."""

        def write() -> int:
            changed = {item.item_id: item for item in items if self._item(item.item_id) != item}
            self._number += bool(changed)
            self._items |= {item_id: (self._number, item) for item_id, item in changed.items()}
            return self._number

        return self._done(write)

    def delete_item(self, item_id: str) -> Future[bool]:
        """Remove one item."""

        def write() -> bool:
            if self._item(item_id) is None:
                return False
            self._number += 1
            self._items[item_id] = (self._number, None)
            return True

        return self._done(write)

    def read_items(self, after: int = 0) -> tuple[list[Item], list[str], int]:
        """Items changed and ids deleted after a number, and the newest number."""
        with self._lock:
            news = sorted((number, item_id) for item_id, (number, _) in self._items.items() if number > after)
            items = [(item_id, self._item(item_id)) for _, item_id in news]
            gone = [item_id for item_id, item in items if item is None]
            return [item for _, item in items if item is not None], gone, self._number

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

    def names(self, visitor_id: str) -> frozenset[str]:
        """All names of a visitor."""
        with self._lock:
            return self._people.get(visitor_id) or frozenset((visitor_id,))

    def logged_names(self, after: str, limit: int) -> list[str]:
        """The visitor ids of the log, in order, beyond one."""
        with self._lock:
            ids = {event.visitor_id for event in self._events.values() if event.visitor_id > after}
            return sorted(ids)[:limit]

    def regroup(self) -> Future[int]:
        """Say anew who is one person; how many names were of another one."""

        def write() -> int:
            people = People((), lambda _: ())
            for statement in self._statements():
                people.take(statement)
            told = {name: people.of(name) for name in people.changed if len(people.of(name)) > 1}
            differed = {name for name in told | self._people if told.get(name) != self._people.get(name)}
            self._people = told
            self._regrouped(differed)
            return len(differed)

        return self._done(write)

    def reproject(self, names: Collection[str]) -> Future[int]:
        """Project the log of visitors anew; how many profiles differed and were replaced."""
        return self._done(lambda: sum(map(self._reproject, {self._first(name) for name in names})))

    def close(self) -> None:
        """Nothing is held."""

    def _take(self, event: Event) -> bool:
        if event.event_id in self._events:
            return False
        statement = statement_of(event)
        people = People(self._people.values(), self._statements)
        if statement is not None:
            people.take(statement)
        self._events[event.event_id] = event
        if people.changed:
            self._people |= {name: people.of(name) for name in people.changed}
            self._regrouped(people.changed)
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

    def _regrouped(self, names: Collection[str]) -> None:
        """Replace the profiles of names that are of another person now."""
        self._people = {name: person for name, person in self._people.items() if len(person) > 1}
        olds = [self._profiles.pop(name) for name in names if name in self._profiles]
        revision = max((old.revision for old in olds), default=0)
        for visitor_id in {self._first(name) for name in names}:
            self._profiles[visitor_id] = Profile(visitor_id, revision)
            self._reproject(visitor_id)
            if self._profiles[visitor_id].revision == revision:  # nothing is known of this one
                del self._profiles[visitor_id]

    def _reproject(self, visitor_id: str) -> bool:
        live = self.read_visitor(visitor_id).profile
        profile = corrected(live, self._log(self.names(visitor_id)))
        if profile is not live:
            self._profiles[visitor_id] = profile
        return profile is not live

    def _redact(self, event: Event) -> None:
        """Take the values that the log may not keep out of it, and out of the quiz sessions they were said in."""
        if answer_key(event) is None and not event.consent:
            return
        consents = self.read_visitor(event.visitor_id).profile.consents
        said = self._log(self.names(event.visitor_id))
        answers = [one for one in said if answer_key(one) and one.event_id not in self._redacted]
        void = list(withdrawn(answers, consents))
        for answer in void:
            self._forget_in_session(answer)
        for answer in (*void, *overtaken(answers)):
            self._events[answer.event_id] = answer
            self._redacted.add(answer.event_id)

    def _forget_in_session(self, event: Event) -> None:
        step = event.step
        session = self._sessions.get(step.session_id or "") if step else None
        if step and step.question and session:
            self._sessions[session.session_id] = without(session, {step.question})

    def _log(self, names: Collection[str]) -> list[Event]:
        return [event for event in self._events.values() if event.visitor_id in names]

    def _statements(self, names: Collection[str] | None = None) -> list[Statement]:
        events = self._events.values() if names is None else self._log(names)
        return [said for said in map(statement_of, events) if said is not None]

    def _first(self, name: str) -> str:
        return first_name(self.names(name))

    def _item(self, item_id: str) -> Item | None:
        return self._items.get(item_id, (0, None))[1]

    def _done(self, write: Callable[[], Result]) -> Future[Result]:
        future: Future[Result] = Future()
        with self._lock:
            future.set_result(write())
        return future
