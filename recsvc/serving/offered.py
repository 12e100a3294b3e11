"""Offered: what an answer shows for each item of the model, as columns beside the model's rows."""

import threading
from array import array
from collections.abc import Iterable, Sequence
from functools import cache

import numpy as np

from quizzes.catalogue import Catalogue, Mask
from quizzes.parser import names_in, parse
from quizzes.recent_arrays import RecentArrays
from quizzes.signals import ItemFilter
from recsvc.domain.catalogue import Item
from recsvc.model.artifact import Artifact
from recsvc.model.vocabulary import Rows
from recsvc.serving.live_catalogue import LiveCatalogue
from recsvc.serving.shown import DescribedShelf, ShownItems

MOST_MASKS = 256
"""Filters, and stores, whose columns are kept."""

MOST_UNSTOCKED = 1_024
"""Stores that have nothing and are remembered: to look for one takes a pass over the bytes of all items."""


def filter_of(expression: str) -> ItemFilter:
    """The filter of an expression over item.NAME; an item that lacks a name fails."""
    return ItemFilter("", expression, 0, names_in(expression).attributes, parse(expression), {})


class Look:
    """A look at many items of a catalogue as it stands now, at each product group once."""

    def __init__(self, live: LiveCatalogue) -> None:
        self._live = live
        self._to_buy = cache(live.variant_to_buy)
        self._group_stores = cache(lambda group: _stores(live.variants(group)))

    def offered(self, item_id: str) -> Item | None:
        """What an answer shows for an item."""
        return self._live.offered(item_id, self._to_buy)

    def stores(self, item_id: str) -> frozenset[str]:
        """The stores that have an item or a variant of its group."""
        item = self._live.get(item_id)
        return _stores([item] if item else []) | self._group_stores(self._live.group_of(item_id))


def _stores(items: Iterable[Item]) -> frozenset[str]:
    return frozenset(store_id for item in items for store_id, count in item.stock.items() if count > 0)


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
        self._number = live.number  # first: what comes meanwhile is looked at once more
        self._kept = live.kept
        self.items = ShownItems(self._kept, self._kept.places_of(self._ids))
        self.columns = Catalogue(DescribedShelf(self.items), self._can_be_bought())
        self._accepted: RecentArrays[str] = RecentArrays(MOST_MASKS)
        self._stores: RecentArrays[str] = RecentArrays(MOST_MASKS)
        self._unstocked: dict[str, None] = {}
        self._nothing: Mask = np.broadcast_to(np.False_, len(self._ids))
        self._catches = 0
        self.has_groups = live.has_groups  # whether any product comes in several variants
        if self.has_groups:
            look = Look(live)
            for row in np.flatnonzero(~self.columns.in_stock).tolist():
                self._show(row, look)

    def catch_up(self) -> bool:
        """Follow the catalogue by a few writes for each item that changed; False: all has to be made anew."""
        if self._number == self._live.number:
            return True
        number = self._live.number
        concerned = self._live.changed_after(self._number)
        is_stocked = len(self._live) > 0
        if concerned is None or self._live.kept is not self._kept or is_stocked != self.is_stocked:
            return False
        self._catches += 1
        look = Look(self._live)
        for row in self._vocabulary.rows(concerned).tolist():
            self._show(row, look)
            self._stock(row, look)
        self._accepted.clear()
        self._number, self.has_groups = number, self._live.has_groups
        return True

    def _show(self, row: int, look: Look) -> None:
        """See what is shown for a row now."""
        item = look.offered(self._ids[row])
        place = self._kept.place(item.item_id) if item else None
        self.items.places[row] = -1 if place is None else place
        there = item.can_be_bought if item else not self.is_stocked
        self.columns.put(row, item.values() if item else {}, in_stock=there)

    def _stock(self, row: int, look: Look) -> None:
        """See which stores have a row now."""
        if not self._stores and not self._unstocked:
            return
        stores = look.stores(self._ids[row])
        for store_id in stores:
            self._unstocked.pop(store_id, None)
        for store_id, mask in self._stores.all():
            mask[row] = store_id in stores

    def _can_be_bought(self) -> Mask:
        # Without any catalogue everything may be shown, as LiveCatalogue.can_be_bought has it.
        there = (self.items.places >= 0) | (not self.is_stocked)
        for row, item in self.items.saying("availability"):
            there[row] = item.can_be_bought
        return there

    def accepted(self, expression: str) -> Mask:
        """(n,) which items an expression over item.NAME accepts."""
        mask = self._accepted.get(expression)
        if mask is None:
            catches = self._catches
            mask = self.columns.accepted(filter_of(expression))
            self._accepted.keep(expression, mask)
            if catches != self._catches:  # in another thread: it may be what was
                self._accepted.drop(expression)
        return mask

    def in_store(self, store_id: str) -> Mask:
        """(n,) which items a store has; a store that has nothing has no mask of its own."""
        mask = self._nothing if store_id in self._unstocked else self._stores.get(store_id)
        if mask is None:
            catches = self._catches
            mask = self._stocked(store_id)
            if mask.any():
                self._stores.keep(store_id, mask)
            else:
                self._remember_unstocked(store_id)
            if catches != self._catches:
                self._stores.drop(store_id)
                self._unstocked.pop(store_id, None)
        return mask

    def _remember_unstocked(self, store_id: str) -> None:
        if len(self._unstocked) >= MOST_UNSTOCKED:
            self._unstocked.clear()
        self._unstocked[store_id] = None

    def _stocked(self, store_id: str) -> Mask:
        """What a store has, with its variants; an item is read once, and all rows are found together."""
        places, groups = array("i"), set[str]()
        for place, item in self._kept.saying(store_id):
            if item.stock.get(store_id, 0.0) > 0:
                places.append(place)
                groups.add(item.item_group_id or "")
        for group in groups - {""}:
            places.extend(self._live.variant_places(group))
        mask = np.isin(self._kept.places_of(self._ids), places) if places else self._nothing.copy()
        named = [group for group in groups if self._live.group_of(group) == group]
        mask[self._vocabulary.rows(named)] = True
        return mask

    def item_id(self, row: int, store_id: str | None = None) -> str:
        """The id that an answer names; of what a store has where it is named."""
        if store_id is None and not self.has_groups:
            return self._ids[row]
        item = self.items[row] if store_id is None else self._live.in_store(self._ids[row], store_id)
        return item.item_id if item else self._ids[row]

    def item_ids(self, rows: Sequence[int], store_id: str | None = None) -> list[str]:
        """The same of several rows."""
        if store_id is None and not self.has_groups:
            return self._ids.texts(rows)
        return [self.item_id(row, store_id) for row in rows]

    def group(self, row: int) -> str:
        """What all variants of a product share."""
        item = self.items[row]
        return (item.item_group_id if item else None) or self.item_id(row)

    def rows(self, item_ids: Iterable[str]) -> Rows:
        """(m,) the rows of some items, with the other variants of each."""
        ids = list(item_ids)
        found = self._vocabulary.rows(ids)
        if not self.has_groups:
            return found
        groups = {self._live.group_of(item_id) for item_id in ids}
        names = {
            name for group in groups for name in (group, *(one.item_id for one in self._live.variants(group)))
        }
        others = self._vocabulary.rows(names)
        shown = [row for row in others.tolist() if self.group(row) in groups]
        return np.union1d(found, np.array(shown, dtype=np.int32)).astype(np.int32)


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
            if kept is None or kept.version != artifact.version or not kept.catch_up():
                kept = self._kept = Offered(artifact, self._live)
            return kept
