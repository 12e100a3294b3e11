"""The catalogue in memory."""

from collections.abc import Iterator, Sequence
from concurrent.futures import Future
from operator import itemgetter

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

    def item_portions(self) -> Iterator[ItemPortion]:
        """The catalogue as a database keeps it, in one portion."""
        with self._lock:
            every = self._news(0)
            return iter([_kept(max((at for at, *_ in every), default=0), every)])

    def item_changes(self, after: int, most: int) -> ItemPortion:
        """The oldest changes after a number, each whole."""
        with self._lock:
            news = self._news(after)
            if len(news) <= most:
                return _kept(self._number, news)
            first, beyond = news[0][0], news[most][0]
            last = max(first, beyond - 1)
            return _kept(last, [one for one in news if one[0] <= last])

    def _news(self, after: int) -> list[tuple[int, str, Item | None]]:
        news = ((at, item_id, item) for item_id, (at, item) in self._items.items() if at > after)
        return sorted(news, key=itemgetter(0, 1))

    def _item(self, item_id: str) -> Item | None:
        return self._items.get(item_id, (0, None))[1]


def _kept(number: int, news: Sequence[tuple[int, str, Item | None]]) -> ItemPortion:
    bodies = [b"" if item is None else msgspec.json.encode(item) for *_, item in news]
    return ItemPortion(number, [item_id for _, item_id, _ in news], bodies)
