"""The live catalogue: the store's items as this worker keeps them, caught up when the number moves."""

import threading
from collections.abc import Iterable, Iterator

from recsvc.domain.catalogue import Item
from recsvc.serving.ports import CatalogueStore


class LiveCatalogue:
    """Items by id; reads of one request see one state."""

    def __init__(self, store: CatalogueStore) -> None:
        self._store = store
        self._items: dict[str, Item] = {}
        self._groups: dict[str, list[str]] = {}  # product group → its items
        self._variants: dict[str, str] = {}  # variant, as the stock books call it → item_id
        self._lock = threading.Lock()
        self.number = 0

    def __len__(self) -> int:
        return len(self._items)

    def get(self, item_id: str) -> Item | None:
        """One item, None where the shop has none of that id."""
        return self._items.get(item_id)

    def counted(self, variant: str) -> Item | None:
        """The item of a variant, by the variant's id in the shop's stock books."""
        item = self._items.get(self._variants.get(variant, ""))
        return item if item is not None and variant in item.counts else None

    def items(self) -> Iterator[Item]:
        """All items, in the order in which they came."""
        return iter(self._items.values())

    def refresh(self, number: int) -> None:
        """Load the rows that changed since this worker looked, if any did."""
        if number == self.number:
            return
        with self._lock:
            changed, deleted, newest = self._store.read_items(self.number)
            items = self._items | {item.item_id: item for item in changed}
            for item_id in deleted:
                items.pop(item_id, None)
            self._variants |= {variant: item.item_id for item in changed for variant in item.counts}
            groups = self._groups
            if groups or any(item.item_group_id for item in changed):
                groups = _by_group(items.values())
            self._items, self._groups, self.number = items, groups, newest

    def group_of(self, item_id: str) -> str:
        """The product group of an item; a group itself, and an item without one, stand for themselves."""
        item = self._items.get(item_id)
        return (item.item_group_id if item else None) or item_id

    def offered(self, item_id: str) -> Item | None:
        """What an answer shows for an item or a product group: itself, else a variant that can be bought."""
        item = self._items.get(item_id)
        if item is not None and item.can_be_bought:
            return item
        if self._groups:
            for name in self._groups.get(self.group_of(item_id), ()):
                variant = self._items.get(name)  # none where another thread has just caught up
                if variant is not None and variant.can_be_bought:
                    return variant
        return item

    def in_store(self, item_id: str, store_id: str) -> Item | None:
        """What a store has of an item: itself, else a variant of its group, None where it has neither."""
        group = self._groups.get(self.group_of(item_id), ()) if self._groups else ()
        there = (self._items.get(name) for name in (item_id, *group))
        return next((item for item in there if item and item.stock.get(store_id, 0.0) > 0), None)

    def can_be_bought(self, item_id: str) -> bool:
        """Whether an answer may show it, or a variant of it; without any catalogue everything may."""
        if not self._items:
            return True
        item = self.offered(item_id)
        return item is not None and item.can_be_bought


def _by_group(items: Iterable[Item]) -> dict[str, list[str]]:
    found: dict[str, list[str]] = {}
    for item in items:
        if item.item_group_id:
            found.setdefault(item.item_group_id, []).append(item.item_id)
    return found
