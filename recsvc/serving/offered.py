"""Offered: what an answer shows for each item of the model, as columns beside the model's rows."""

import threading
from collections import defaultdict
from collections.abc import Iterable, Iterator, Mapping, Sequence
from typing import Any

import numpy as np

from quizzes.catalogue import Catalogue, Mask, Shelf
from quizzes.expression import Value
from quizzes.parser import names_in, parse
from quizzes.signals import ItemFilter
from recsvc.domain.catalogue import Item
from recsvc.model.artifact import Artifact
from recsvc.model.vocabulary import Rows
from recsvc.serving.live_catalogue import LiveCatalogue

NOTHING: Mapping[str, Value] = {}
MOST_MASKS = 256
"""Filters, and stores, whose columns are kept."""


class Described(Mapping[str, Value]):
    """What conditions see of one item, made when they ask: kept, it would be a dictionary for each."""

    __slots__ = ("_item",)

    def __init__(self, item: Item) -> None:
        self._item = item

    def get(self, name: str, default: Any = None) -> Any:
        """One value."""
        value = self._item.value(name)
        return default if value is None else value

    def __getitem__(self, name: str) -> Value:
        return self._item.values()[name]

    def __iter__(self) -> Iterator[str]:
        return iter(self._item.values())

    def __len__(self) -> int:
        return len(self._item.values())


class Shown(Shelf):
    """The items of an `Offered`, as conditions see them."""

    def __init__(self, items: Sequence[Item | None]) -> None:
        self._items = items

    def __len__(self) -> int:
        return len(self._items)

    def __getitem__(self, row: Any) -> Any:
        item = self._items[row]
        return Described(item) if item else NOTHING

    def __iter__(self) -> Iterator[Mapping[str, Value]]:
        return (Described(item) if item else NOTHING for item in self._items)


def filter_of(expression: str) -> ItemFilter:
    """The filter of an expression over item.NAME; an item that lacks a name fails."""
    return ItemFilter("", expression, 0, names_in(expression).attributes, parse(expression), {})


class Offered:
    """One row an item of the model: itself, or the variant of its group that can be bought.

    Attributes:
        columns: what filters ask; items that nobody knows cannot be bought, unless the shop has no catalogue.
        items: what is shown for each row, None where the catalogue has nothing.
    """

    def __init__(self, artifact: Artifact, live: LiveCatalogue) -> None:
        self._ids = artifact.vocabulary.ids
        self._vocabulary = artifact.vocabulary
        self._live = live
        self.version = artifact.version
        self.is_stocked = len(live) > 0
        self._number = live.number
        self.items: list[Item | None] = [live.offered(item_id) for item_id in self._ids]
        # Without any catalogue everything may be shown, as LiveCatalogue.can_be_bought has it.
        there = (item.can_be_bought if item else not self.is_stocked for item in self.items)
        self.columns = Catalogue(Shown(self.items), there)
        self._accepted: dict[str, Mask] = {}
        self._stores: dict[str, Mask] = {}
        self._group()

    def catch_up(self) -> None:
        """Follow the catalogue; costs a few writes for each item that changed."""
        if self._number == self._live.number:
            return
        # The live catalogue keeps an item's object until it changes: looking for others costs 1 ms for
        # 20,000 items, once a change.
        self._number = self._live.number
        if self._by_group:  # what a store has of a variant that is not shown may have changed
            self._stores.clear()
        for row, item_id in enumerate(self._ids):
            item = self._live.offered(item_id)
            if item is not self.items[row]:
                self.items[row] = item
                values = item.values() if item else {}
                self.columns.put(row, values, in_stock=self._live.can_be_bought(item_id))
                for store_id, mask in self._stores.items():
                    mask[row] = self._live.in_store(item_id, store_id) is not None
        self._accepted.clear()
        self._group()

    @property
    def has_groups(self) -> bool:
        """Whether any product comes in several variants."""
        return bool(self._groups)

    def accepted(self, expression: str) -> Mask:
        """(n,) which items an expression over item.NAME accepts."""
        mask = self._accepted.get(expression)
        if mask is None:
            mask = self.columns.accepted(filter_of(expression))
            _keep(self._accepted, expression, mask)
        return mask

    def in_store(self, store_id: str) -> Mask:
        """(n,) which items a store has."""
        mask = self._stores.get(store_id)
        if mask is None:
            there = (self._live.in_store(item_id, store_id) is not None for item_id in self._ids)
            mask = np.fromiter(there, bool, len(self._ids))
            _keep(self._stores, store_id, mask)
        return mask

    def item_id(self, row: int, store_id: str | None = None) -> str:
        """The id that an answer names; of what a store has where it is named."""
        item = self.items[row] if store_id is None else self._live.in_store(self._ids[row], store_id)
        return item.item_id if item else self._ids[row]

    def group(self, row: int) -> str:
        """What all variants of a product share."""
        return self._groups.get(row) or self.item_id(row)

    def rows(self, item_ids: Iterable[str]) -> Rows:
        """(m,) the rows of some items, with the other variants of each."""
        ids = list(item_ids)
        found = self._vocabulary.rows(ids)
        if not self._by_group:
            return found
        groups = {self._live.group_of(item_id) for item_id in ids}
        others = [row for group in groups for row in self._by_group.get(group, ())]
        return np.union1d(found, np.array(others, dtype=np.int32)).astype(np.int32)

    def _group(self) -> None:
        named = ((row, item.item_group_id) for row, item in enumerate(self.items) if item)
        self._groups: dict[int, str] = {row: group for row, group in named if group}
        by_group: defaultdict[str, list[int]] = defaultdict(list)
        for row, group in self._groups.items():
            by_group[group].append(row)
        self._by_group = dict(by_group)


def _keep(masks: dict[str, Mask], name: str, mask: Mask) -> None:
    """Requests name what they like: the oldest leaves."""
    if len(masks) >= MOST_MASKS:
        del masks[next(iter(masks))]
    masks[name] = mask


class OfferedItems:
    """Keeps what is offered beside the model that is live."""

    def __init__(self, live: LiveCatalogue) -> None:
        self._live = live
        self._lock = threading.Lock()
        self._kept: Offered | None = None

    def of(self, artifact: Artifact) -> Offered:
        """What is offered beside a model, as the catalogue stands now."""
        with self._lock:
            kept = self._kept
            if kept is None or kept.version != artifact.version or kept.is_stocked != (len(self._live) > 0):
                kept = self._kept = Offered(artifact, self._live)
            kept.catch_up()
            return kept
