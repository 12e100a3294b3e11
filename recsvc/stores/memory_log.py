"""The log in memory: events by their id with their numbers, and which of them were redacted."""

from collections.abc import Callable, Collection, Iterator

from recsvc.domain.events import Event, EventKind
from recsvc.serving.identity import Statement, statement_of
from recsvc.stores.bodies import answer_key


class MemoryLog:
    """Events in the order of their arrival."""

    def __init__(self) -> None:
        self.last = 0  # the number of the newest event that ever was
        self._events: dict[str, tuple[int, Event]] = {}
        self._redacted: set[str] = set()

    def __contains__(self, event_id: object) -> bool:
        return event_id in self._events

    def __iter__(self) -> Iterator[Event]:
        return (event for _, event in self._events.values())

    def portion(self, kinds: Collection[EventKind], after: int, limit: int) -> list[tuple[int, Event]]:
        """The next events of some kinds after a number, each with its number."""
        numbered = self._events.values()
        return [one for one in numbered if one[0] > after and one[1].kind in kinds][:limit]

    def append(self, event: Event) -> None:
        """Add an event that is new."""
        self.last += 1
        self._events[event.event_id] = (self.last, event)

    def replace(self, event: Event) -> None:
        """Put an event in the place of the one with its id."""
        self._events[event.event_id] = (self._events[event.event_id][0], event)

    def redact(self, event: Event) -> None:
        """Replace an answer by what may be kept of it."""
        self.replace(event)
        self._redacted.add(event.event_id)

    def keep(self, wanted: Callable[[Event], bool]) -> None:
        """Drop every other event."""
        self._events = {key: pair for key, pair in self._events.items() if wanted(pair[1])}

    def of(self, names: Collection[str]) -> list[Event]:
        """The events of some names."""
        return [event for event in self if event.visitor_id in names]

    def answers_of(self, names: Collection[str]) -> list[Event]:
        """The answers of some names that still say something, or take something back."""
        return [
            event for event in self.of(names) if answer_key(event) and event.event_id not in self._redacted
        ]

    def statements_of(self, names: Collection[str]) -> list[Statement]:
        """What some names said about who they are."""
        return [said for said in map(statement_of, self.of(names)) if said is not None]

    def statements(self) -> list[Statement]:
        """What everybody said about who they are."""
        return [said for said in map(statement_of, self) if said is not None]
