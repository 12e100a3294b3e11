"""The store in memory: the same answers as the engines, for tests; nothing outlives the process."""

import threading
from collections.abc import Callable, Collection, Iterator, Sequence
from concurrent.futures import Future
from datetime import date
from typing import TypeVar

from recsvc.domain.catalogue import Item
from recsvc.domain.events import Event, EventKind
from recsvc.domain.keys import Key, KeyUse
from recsvc.domain.profile import Profile
from recsvc.serving.ports import QuizSession, VisitorRead
from recsvc.serving.profile import apply
from recsvc.stores.bodies import answer_key
from recsvc.stores.rebuild import corrected
from recsvc.stores.redaction import overtaken, redacted, silenced

Result = TypeVar("Result")


class MemoryStore:
    """All ports on dictionaries; every future it answers is done."""

    def __init__(self) -> None:
        self._lock = threading.RLock()
        self._events: dict[str, Event] = {}  # event_id → event, in order of arrival
        self._redacted: set[str] = set()
        self._profiles: dict[str, Profile] = {}
        self._items: dict[str, tuple[int, Item | None]] = {}  # item_id → number of its change, None = deleted
        self._number = 0
        self._sessions: dict[str, QuizSession] = {}
        self._keys: dict[str, KeyUse] = {}
        self._keys_number = 0

    def read_visitor(self, visitor_id: str) -> VisitorRead:
        """Read a profile and the catalogue's number."""
        with self._lock:
            return VisitorRead(self._profiles.get(visitor_id) or Profile(visitor_id), self._number)

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

    def keys_number(self) -> int:
        """The number that every change of the keys raises."""
        return self._keys_number

    def read_keys(self) -> list[KeyUse]:
        """All keys, those that are over, too."""
        with self._lock:
            return list(self._keys.values())

    def put_key(self, key: Key) -> Future[None]:
        """Keep a key, in place of the one of its id."""

        def write() -> None:
            former = self._keys.get(key.key_id)
            self._keys[key.key_id] = KeyUse(key, former.used_on if former else None)
            self._keys_number += 1

        return self._done(write)

    def note_key_use(self, key_id: str, day: date) -> Future[None]:
        """Keep the last day on which a key was used."""

        def write() -> None:
            if key_id in self._keys:
                self._keys[key_id] = KeyUse(self._keys[key_id].key, day)

        return self._done(write)

    def check(self) -> None:
        """Memory always answers."""

    def visitors(self, after: str, limit: int) -> list[str]:
        """Ids of visitors with events, in order, beyond one."""
        with self._lock:
            ids = {event.visitor_id for event in self._events.values() if event.visitor_id > after}
            return sorted(ids)[:limit]

    def reproject(self, visitor_ids: Sequence[str]) -> Future[int]:
        """Project the log of visitors anew; how many profiles differed and were replaced."""

        def write() -> int:
            lives = [self.read_visitor(visitor_id).profile for visitor_id in visitor_ids]
            news = [corrected(live, self._log(live.visitor_id)) for live in lives]
            self._profiles |= {profile.visitor_id: profile for profile in news}
            return sum(new is not live for new, live in zip(news, lives, strict=True))

        return self._done(write)

    def close(self) -> None:
        """Nothing is held."""

    def _take(self, event: Event) -> bool:
        if event.event_id in self._events:
            return False
        self._events[event.event_id] = event
        profile = apply(self.read_visitor(event.visitor_id).profile, event)
        if profile.revision:
            self._profiles[event.visitor_id] = profile
        if answer_key(event) is not None:
            for answer in overtaken(self._answers(event.visitor_id)):
                self._events[answer.event_id] = redacted(answer)
                self._redacted.add(answer.event_id)
        return True

    def _answers(self, visitor_id: str) -> list[Event]:
        own = [event for event in self._events.values() if event.visitor_id == visitor_id]
        return [event for event in own if answer_key(event) and event.event_id not in self._redacted]

    def _log(self, visitor_id: str) -> Iterator[Event]:
        for event in self._events.values():
            if event.visitor_id == visitor_id:
                yield silenced(event) if event.event_id in self._redacted else event

    def _item(self, item_id: str) -> Item | None:
        return self._items.get(item_id, (0, None))[1]

    def _done(self, write: Callable[[], Result]) -> Future[Result]:
        future: Future[Result] = Future()
        with self._lock:
            future.set_result(write())
        return future
