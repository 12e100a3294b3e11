"""Shown: the item of each row of a model, and what conditions see of it, read when somebody asks."""

from collections.abc import Callable, Iterator, Mapping, Sequence
from typing import Any

import numpy as np

from quizzes.expression import Value
from quizzes.shelf import Shelf
from recsvc.domain.catalogue import Item, members_of
from recsvc.model.packed_ids import Places
from recsvc.serving.kept_items import KeptItems

NOTHING: Mapping[str, Value] = {}


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


class ShownItems:
    """What is shown for each row, None where the catalogue has nothing; read when it is asked for.

    Args:
        kept: the items of the catalogue.
        places: (n,) where they stand there, -1 = nowhere; the owner changes it.
    """

    def __init__(self, kept: KeptItems, places: Places) -> None:
        self.kept = kept
        self.places = places
        self._place = places.data

    def __len__(self) -> int:
        return len(self.places)

    def __getitem__(self, row: int) -> Item | None:
        place = self._place[row]
        return None if place < 0 else self.kept.at(place)

    def __iter__(self) -> Iterator[Item | None]:
        return map(self.__getitem__, range(len(self)))

    def saying(self, *names: str) -> Iterator[tuple[int, Item]]:
        """Rows with their items: of all that have a member of one of these names, and of some others."""
        rows_at: Callable[[int], Sequence[int]] | None = None
        for place, item in self.kept.saying(*names):
            rows_at = rows_at or self._rows_at()
            for row in rows_at(place):
                yield row, item

    def _rows_at(self) -> Callable[[int], Sequence[int]]:
        """Place → the rows that show what stands there; none of a place that came later."""
        order = np.argsort(self.places, kind="stable").astype(np.int32)
        known = self.kept.places
        starts = np.searchsorted(self.places, np.arange(known + 1), sorter=order)
        begins, rows = starts.data, order.data
        return lambda place: rows[begins[place] : begins[place + 1]] if place < known else ()


class DescribedShelf(Shelf):
    """The items of an `Offered`, as conditions see them."""

    def __init__(self, items: ShownItems) -> None:
        self._items = items

    def __len__(self) -> int:
        return len(self._items)

    def __getitem__(self, row: Any) -> Any:
        item = self._items[row]
        return Described(item) if item else NOTHING

    def __iter__(self) -> Iterator[Mapping[str, Value]]:
        return (Described(item) if item else NOTHING for item in self._items)

    def said(self, attribute: str) -> Iterator[tuple[int, Value]]:
        """The rows that have an attribute, with its value."""
        for row, item in self._items.saying(*members_of(attribute)):
            value = item.value(attribute)
            if value is not None:
                yield row, value
