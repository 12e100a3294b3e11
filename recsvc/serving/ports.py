"""Ports: what the use cases need from the outside, as Protocols; adapters live in stores/.

Reads answer at once on the calling thread: a point read costs 10 µs on SQLite, a round trip on PostgreSQL,
and is given up after half a second; the next ones are then refused at once. Writes return a
concurrent Future that is done when the write is durable: the service awaits it, a command blocks on it.
"""

from collections.abc import Callable, Collection, Iterator, Mapping, Sequence
from concurrent.futures import Future
from contextlib import AbstractContextManager
from datetime import date, datetime
from typing import NamedTuple, Protocol

import msgspec

from recsvc.domain.catalogue import Item
from recsvc.domain.events import Event, EventKind
from recsvc.domain.keys import Key, KeyUse
from recsvc.domain.profile import Profile
from recsvc.serving.contact_rows import ContactRows
from recsvc.serving.deliveries import OutboxRows

Clock = Callable[[], datetime]


class VisitorRead(NamedTuple):
    """The one point read of a recommendation."""

    profile: Profile
    catalogue_number: int  # raised by every change of the catalogue


class LapsedFact(NamedTuple):
    """A fact that was kept long enough."""

    visitor_id: str
    fact: str
    answered_at: float  # Unix seconds


class QuizSession(msgspec.Struct, frozen=True, kw_only=True):
    """One visit through a quiz; answers in the order in which they were accepted."""

    session_id: str
    quiz: str
    revision: int
    visitor_id: str
    locale: str
    answers: tuple[tuple[str, msgspec.Raw], ...] = ()  # (question, wire form of the answer)
    touchpoint: str | None = None
    arm: str | None = None  # of the quiz's experiment
    device: str | None = None  # phone | tablet | desktop
    source: str | None = None  # what brought the visitor, such as utm_source
    state: str = "open"  # open | done
    started_at: float  # Unix seconds
    seen_at: float  # Unix seconds: the last event of the session


class ProfileStore(Protocol):
    """Visitor profiles, a projection of the event log."""

    def read_visitor(self, visitor_id: str) -> VisitorRead:
        """Read a profile (an empty one for a stranger) and the catalogue's change number.

        Raises:
            StoreUnavailableError: the store does not answer.
        """
        ...


class EventLog(Protocol):
    """The truth: events, appended with their effect on profiles in one transaction."""

    def append(self, events: Sequence[Event], session: QuizSession | None = None) -> Future[list[bool]]:
        """Append events, update the profiles of their visitors and, where given, one quiz session.

        Returns:
            One flag an event: True = new, False = its event_id was there already (nothing changed).
            The future raises StoreUnavailableError where nothing was kept.
        """
        ...

    def logged(self, event_ids: Collection[str]) -> list[Event]:
        """The events of some ids that are there, in no order."""
        ...

    def read_events(self, kinds: Collection[EventKind], visitor_id: str | None = None) -> Iterator[Event]:
        """Events of some kinds in the order in which they arrived, of one visitor or of all; for reports."""
        ...

    def read_log(self, kinds: Collection[EventKind], after: int, limit: int) -> list[tuple[int, Event]]:
        """The next events of some kinds after a number of the log, each with its number; for exports.

        Numbers rise in the order of arrival and never come again; 0 is before the first. No portion is read
        in a transaction that writes would wait for.
        """
        ...

    def visitors(self, after: str, limit: int) -> list[str]:
        """Ids of visitors with a profile, in order, beyond one."""
        ...


class ItemPortion(NamedTuple):
    """Some items as they are kept."""

    number: int  # of the newest change among these and those before
    item_ids: Sequence[str]
    bodies: Sequence[bytes]  # the JSON of each Item; empty where it was deleted


class CatalogueStore(Protocol):
    """The catalogue as the shop keeps it."""

    def put_items(self, items: Sequence[Item]) -> Future[int]:
        """Replace the named items; answers the new change number."""
        ...

    def delete_item(self, item_id: str) -> Future[bool]:
        """Remove one item; False where it was not there."""
        ...

    def read_items(self, after: int = 0) -> tuple[list[Item], list[str], int]:
        """Items changed after a change number, ids deleted after it, and the newest number."""
        ...

    def item_portions(self) -> Iterator[ItemPortion]:
        """The whole catalogue as it is kept, the oldest change first: of one moment, one portion at least."""
        ...

    def item_changes(self, after: int, most: int) -> ItemPortion:
        """The oldest changes after a number, each whole: so many items at most, or all of one that has more.

        Its number is that of the last change, of all where no more are left.
        """
        ...


class QuizSessions(Protocol):
    """Quiz sessions by their unguessable id."""

    def read_session(self, session_id: str) -> QuizSession | None:
        """One session, None where there is none."""
        ...


class PersonalRows(Protocol):
    """Everything that is kept of a visitor, to be shown to them, and to be erased."""

    def names(self, *visitor_ids: str) -> frozenset[str]:
        """All names of visitors, the given ones among them."""
        ...

    def events_of(self, names: Collection[str]) -> list[Event]:
        """All events of some names, in the order in which they arrived."""
        ...

    def histories(self, names: Collection[str]) -> dict[str, list[Event]]:
        """Visitor → all events under all their names, of everybody behind some names; for reports."""
        ...

    def sessions_of(self, names: Collection[str]) -> list[QuizSession]:
        """All quiz sessions of some names, the newest first."""
        ...

    def erase(self, digests: Mapping[str, str]) -> Future[int]:
        """Erase every row of some names, and each of these names wherever another visitor's rows say it.

        Args:
            digests: name → its salted digest, which alone is kept, with the number of the log up to which
                the name was erased.

        Returns:
            How many events there were.
        """
        ...

    def erasures(self) -> dict[str, int]:
        """Digest → the number of the log up to which its name was erased."""
        ...

    def compact(self, *, anew: bool = False) -> None:
        """Leave no byte of what was erased in the files of the engine, where these are ours.

        Args:
            anew: write large files anew, too, for the copies that the engine left where it moved rows; small
                ones always are. Writes wait meanwhile.

        Raises:
            StoreUnavailableError: others read or write for too long; the next call does it.
        """
        ...


class Ageing(Protocol):
    """What is kept for a time only."""

    def sweep_turn(self) -> AbstractContextManager[bool]:
        """The turn to sweep, for as long as it is held; False where another process has it.

        Raises:
            StoreUnavailableError: the store does not answer.
        """
        ...

    def lapsed_facts(self, now: float, keep_s: Mapping[str, float], limit: int) -> list[LapsedFact]:
        """Facts that have expired, or are kept longer than their purpose allows.

        Args:
            now: Unix seconds.
            keep_s: purpose → seconds; a purpose that is not named keeps as long as the fact says.
            limit: how many at most.
        """
        ...

    def forget_events(self, before: datetime, limit: int) -> Future[int]:
        """Delete at most `limit` events that happened before a time, and project their visitors anew.

        The words about consent and identity stay for as long as anything else is known of the visitor.
        """
        ...

    def forget_sessions(self, before: float) -> Future[int]:
        """Delete quiz sessions whose last step is older than a time, Unix seconds."""
        ...


class KeyStore(Protocol):
    """Who may call the service."""

    def keys_number(self) -> int:
        """The number that every change of the keys raises; noting a use changes none."""
        ...

    def read_keys(self) -> list[KeyUse]:
        """All keys, those that are over, too."""
        ...

    def put_key(self, key: Key) -> Future[None]:
        """Keep a key, in place of the one of its id."""
        ...

    def note_key_use(self, key_id: str, day: date) -> Future[None]:
        """Keep the last day on which a key was used."""
        ...


class Store(
    ProfileStore,
    EventLog,
    CatalogueStore,
    QuizSessions,
    PersonalRows,
    Ageing,
    KeyStore,
    OutboxRows,
    ContactRows,
    Protocol,
):
    """All of it, as one engine gives it."""

    def check(self) -> None:
        """Answer a trivial read.

        Raises:
            StoreUnavailableError: the store does not answer.
        """
        ...

    def close(self) -> None:
        """Finish the writes that were taken and let go of the connections."""
        ...
