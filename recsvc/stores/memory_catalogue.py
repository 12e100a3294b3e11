"""The catalogue in memory."""

from collections.abc import Iterator, Sequence
from concurrent.futures import Future

import msgspec

from recsvc.domain.catalogue import Item
from recsvc.serving.ports import ItemPortion
from recsvc.stores.memory_contacts import MemoryContacts


class MemoryCatalogue(MemoryContacts):
    """The port of the catalogue on a dictionary."""

    def __init__(self) -> None:
        super().__init__()
        self._items: dict[str, tuple[int, Item | None]] = {}  # item_id → number of its change, None = deleted
        self._number = 0

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

    def item_portions(self, after: int = 0) -> Iterator[ItemPortion]:
        """The same as a database keeps it, in one portion."""
        with self._lock:
            news = sorted(
                ((at, item_id, item) for item_id, (at, item) in self._items.items() if at > after),
                key=lambda one: one[:2],
            )
            bodies = [b"" if item is None else msgspec.json.encode(item) for *_, item in news]
            return iter([ItemPortion(self._number, [item_id for _, item_id, _ in news], bodies)])

    def _item(self, item_id: str) -> Item | None:
        return self._items.get(item_id, (0, None))[1]
