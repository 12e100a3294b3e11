"""Offered: what an answer shows for each item of the model, as columns beside the model's rows."""

import threading
from collections.abc import Iterable

import numpy as np

from quizzes.catalogue import Catalogue, Mask
from quizzes.parser import names_in, parse
from quizzes.signals import ItemFilter
from recsvc.model.artifact import Artifact
from recsvc.model.vocabulary import Rows
from recsvc.serving.live_catalogue import LiveCatalogue
from recsvc.serving.shown import DescribedShelf, ShownItems

MOST_MASKS = 256
"""Filters, and stores, whose columns are kept."""


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
        self._number = live.number  # first: what comes meanwhile is looked at once more
        self._kept = live.kept
        self.items = ShownItems(self._kept, self._kept.places_of(self._ids))
        self.columns = Catalogue(DescribedShelf(self.items), self._can_be_bought())
        self._accepted: dict[str, Mask] = {}
        self._stores: dict[str, Mask] = {}
        self.has_groups = live.has_groups  # whether any product comes in several variants
        if self.has_groups:
            for row in np.flatnonzero(~self.columns.in_stock).tolist():
                self._look(row)

    def catch_up(self) -> bool:
        """Follow the catalogue by a few writes for each item that changed; False: all has to be made anew."""
        if self._number == self._live.number:
            return True
        number = self._live.number
        concerned = self._live.changed_after(self._number)
        is_stocked = len(self._live) > 0
        if concerned is None or self._live.kept is not self._kept or is_stocked != self.is_stocked:
            return False
        for row in self._vocabulary.rows(concerned).tolist():
            self._look(row)
            for store_id, mask in self._stores.items():
                mask[row] = self._is_in(store_id, row)
        self._accepted.clear()
        self._number, self.has_groups = number, self._live.has_groups
        return True

    def _look(self, row: int) -> None:
        """See what is shown for a row now."""
        item = self._live.offered(self._ids[row])
        place = self._kept.place(item.item_id) if item else None
        self.items.places[row] = -1 if place is None else place
        there = item.can_be_bought if item else not self.is_stocked
        self.columns.put(row, item.values() if item else {}, in_stock=there)

    def _is_in(self, store_id: str, row: int) -> bool:
        return self._live.in_store(self._ids[row], store_id) is not None

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
            mask = self.columns.accepted(filter_of(expression))
            _keep(self._accepted, expression, mask)
        return mask

    def in_store(self, store_id: str) -> Mask:
        """(n,) which items a store has."""
        mask = self._stores.get(store_id)
        if mask is None:
            mask = np.zeros(len(self._ids), dtype=bool)
            for _, item in self._kept.saying(store_id):
                if item.stock.get(store_id, 0.0) > 0:
                    for row in self._vocabulary.rows(self._live.relatives(item.item_id)).tolist():
                        mask[row] = self._is_in(store_id, row)
            _keep(self._stores, store_id, mask)
        return mask

    def item_id(self, row: int, store_id: str | None = None) -> str:
        """The id that an answer names; of what a store has where it is named."""
        if store_id is None and not self.has_groups:
            return self._ids[row]
        item = self.items[row] if store_id is None else self._live.in_store(self._ids[row], store_id)
        return item.item_id if item else self._ids[row]

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
            if kept is None or kept.version != artifact.version or not kept.catch_up():
                kept = self._kept = Offered(artifact, self._live)
            return kept
