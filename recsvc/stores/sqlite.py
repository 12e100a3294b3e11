"""The store on SQLite: one writer thread with group commit, reads on the calling thread."""

from collections.abc import Collection, Iterator, Sequence
from concurrent.futures import Future
from datetime import date
from pathlib import Path

from recsvc.domain.catalogue import Item
from recsvc.domain.events import Event, EventKind
from recsvc.domain.keys import Key, KeyUse
from recsvc.serving.ports import QuizSession, VisitorRead
from recsvc.stores import appending, catalogue, keys, rebuild
from recsvc.stores.engine import open_engine
from recsvc.stores.reads import Reads
from recsvc.stores.writer import Writer


class SqliteStore:
    """All ports on one database file; other processes may open the same file."""

    def __init__(self, path: str | Path) -> None:
        self._engine = open_engine(Path(path))
        self._reads = Reads(self._engine)
        self._writer = Writer(self._engine)

    def read_visitor(self, visitor_id: str) -> VisitorRead:
        """Read a profile and the catalogue's number: 10 µs, and 0.2 µs more for each interaction in it."""
        return self._reads.visitor(visitor_id)

    def append(self, events: Sequence[Event], session: QuizSession | None = None) -> Future[list[bool]]:
        """Append events with their effects; bulk loads go fastest with a visitor's events side by side."""
        batch = tuple(events)
        return self._writer.submit(
            lambda connection: appending.append(connection, batch, session), len(batch) + 1
        )

    def read_events(self, kinds: Collection[EventKind], visitor_id: str | None = None) -> Iterator[Event]:
        """Events of some kinds in the order of their arrival; all visitors' cost a pass over the log."""
        return self._reads.events(kinds, visitor_id)

    def read_log(self, kinds: Collection[EventKind], after: int, limit: int) -> list[tuple[int, Event]]:
        """The next events of some kinds after a number of the log, each with its number."""
        return self._reads.log(kinds, after, limit)

    def put_items(self, items: Sequence[Item]) -> Future[int]:
        """Replace the named items; the number stays where nothing differs."""
        named = tuple(items)
        return self._writer.submit(lambda connection: catalogue.put_items(connection, named), len(named))

    def delete_item(self, item_id: str) -> Future[bool]:
        """Remove one item."""
        return self._writer.submit(lambda connection: catalogue.delete_item(connection, item_id))

    def read_items(self, after: int = 0) -> tuple[list[Item], list[str], int]:
        """Items changed and ids deleted after a number, and the newest number."""
        return self._reads.items(after)

    def read_session(self, session_id: str) -> QuizSession | None:
        """One quiz session."""
        return self._reads.session(session_id)

    def keys_number(self) -> int:
        """The number that every change of the keys raises: about 10 µs."""
        return self._reads.keys_number()

    def read_keys(self) -> list[KeyUse]:
        """All keys, those that are over, too."""
        return self._reads.keys()

    def put_key(self, key: Key) -> Future[None]:
        """Keep a key, in place of the one of its id."""
        return self._writer.submit(lambda connection: keys.put_key(connection, key))

    def note_key_use(self, key_id: str, day: date) -> Future[None]:
        """Keep the last day on which a key was used."""
        return self._writer.submit(lambda connection: keys.note_use(connection, key_id, day))

    def check(self) -> None:
        """Answer a trivial read."""
        self._reads.check()

    def visitors(self, after: str, limit: int) -> list[str]:
        """Ids of visitors with events, in order, beyond one."""
        return self._reads.visitors(after, limit)

    def reproject(self, visitor_ids: Sequence[str]) -> Future[int]:
        """Project the log of visitors anew; how many profiles differed and were replaced."""
        return self._writer.submit(
            lambda connection: rebuild.reproject(connection, visitor_ids), len(visitor_ids)
        )

    def close(self) -> None:
        """Finish the writes that were taken and let go of the connections."""
        self._writer.close()
        self._reads.close()
        self._engine.dispose()
