"""Columns: what is asked of all items of a shelf, an array each, which stays right when items change."""

from array import array
from collections.abc import Callable, Iterator, Mapping
from typing import Any, NamedTuple

import numpy as np
from numpy.typing import NDArray

from quizzes.expression import Value
from quizzes.recent_arrays import RecentArrays
from quizzes.shelf import Shelf

FEW = 16
"""Of so many items one may be replaced before the rows of texts are found anew."""

MOST_UNSAID = 1_024
"""Names that no item has and that are remembered: to look for one takes a pass over all items."""


class Asked(NamedTuple):
    """What a column says of each item."""

    of: Callable[[Value | None, str], bool | float]
    attribute: str
    text: str = ""

    def cell(self, value: Value | None) -> bool | float:
        """What it says of an item by its value, None where the item has none."""
        return self.of(value, self.text)


class Columns:
    """Columns of a shelf, made when they are first asked for; those asked for lately are kept.

    None is kept for a name or a text that no item has: its rows share one cell, which nobody can write to.
    One thread may put items while others ask: what is made meanwhile is used once and not kept.
    """

    def __init__(self, shelf: Shelf) -> None:
        self._items = shelf
        self._rows: dict[str, dict[str, array[int]]] = {}
        self._replaced = array("i")  # rows of which `_rows` know also what they were
        self._unsaid: dict[str, None] = {}  # names that no item has
        self._puts = 0
        self.kept: RecentArrays[Asked] = RecentArrays()

    def carries(self, attribute: str, text: str) -> NDArray[np.bool_]:
        """(n,) whether each item has a text, alone or in a list."""
        return self._column(Asked(_carries, attribute, text))

    def has(self, attribute: str) -> NDArray[np.bool_]:
        """(n,) whether each item has an attribute at all."""
        return self._column(Asked(_is_there, attribute))

    def is_said(self, attribute: str) -> bool:
        """Whether any item has an attribute; no array is made to say no."""
        return attribute not in self._unsaid and bool(self.has(attribute).any())

    def number(self, attribute: str) -> NDArray[np.float64]:
        """(n,) a number of each item, NaN where it has none."""
        return self._column(Asked(_number, attribute))

    def size(self, attribute: str) -> NDArray[np.int64]:
        """(n,) how many different texts an attribute has."""
        return self._column(Asked(_size, attribute))

    def learn(self, attribute: str) -> None:
        """Find which rows have which text of an attribute, so that nobody waits for it who asks for one."""
        self._rows_of(attribute)

    def put(self, row: int, item: Mapping[str, Value]) -> None:
        """Follow the shelf, on which a row has another item by now; costs a few writes."""
        self._puts += 1
        for attribute in item:
            self._unsaid.pop(attribute, None)
        for asked, column in self.kept.all():
            column[row] = asked.cell(item.get(asked.attribute))
        self._note(row, item)

    def _column(self, asked: Asked) -> NDArray[Any]:
        found = self.kept.get(asked)
        if found is None and asked.attribute in self._unsaid:
            return np.broadcast_to(asked.cell(None), len(self._items))
        return self._made(asked) if found is None else found

    def _made(self, asked: Asked) -> NDArray[Any]:
        puts, nothing = self._puts, asked.cell(None)
        column = np.full(len(self._items), nothing)
        fill = self._fill_carried if asked.of is _carries else self._fill
        if not fill(asked, column):
            return np.broadcast_to(nothing, len(self._items))
        self.kept.keep(asked, column)
        if puts != self._puts:
            self.kept.drop(asked)
        return column

    def _fill(self, asked: Asked, column: NDArray[Any]) -> bool:
        """Write a column; whether any item has the attribute."""
        is_said = False
        for row, value in self._said(asked.attribute):
            column[row] = asked.cell(value)
            is_said = True
        return is_said

    def _fill_carried(self, asked: Asked, column: NDArray[Any]) -> bool:
        """Write a column of a text from the rows of its attribute; whether any item has it."""
        rows = self._rows_of(asked.attribute).get(asked.text)
        if rows is None:
            return False
        column[rows[:]] = True  # a copy: while NumPy reads an array nobody could append to it
        for row in self._replaced:
            if column[row]:
                column[row] = asked.cell(self._items[row].get(asked.attribute))
        return True

    def _said(self, attribute: str) -> Iterator[tuple[int, Value]]:
        """The rows that have an attribute, with its value; a name that none has is looked for once."""
        if attribute in self._unsaid:
            return
        puts, is_said = self._puts, False
        for row, value in self._items.said(attribute):
            is_said = True
            yield row, value
        if not is_said:
            if len(self._unsaid) >= MOST_UNSAID:
                self._unsaid.clear()
            self._unsaid[attribute] = None
            if puts != self._puts:
                self._unsaid.pop(attribute, None)

    def _rows_of(self, attribute: str) -> dict[str, "array[int]"]:
        """Text → the rows that have it, and of those replaced since the ones that had it.

        One pass over all items for all texts of an attribute, 1 s and more of a million: not for each change.
        """
        known = self._rows.get(attribute)
        if known is not None:
            return known
        puts = self._puts
        found: dict[str, array[int]] = {}
        for row, said in self._said(attribute):
            for text in set(texts_of(said)):
                found.setdefault(text, array("i")).append(row)
        if attribute not in self._unsaid:
            self._rows[attribute] = found
            if puts != self._puts:
                self._rows.pop(attribute, None)
        return found

    def _note(self, row: int, item: Mapping[str, Value]) -> None:
        """Note what an item that was put says of attributes whose rows are known."""
        if not self._rows:
            return
        self._replaced.append(row)
        if len(self._replaced) * FEW > len(self._items):
            self._rows, self._replaced = {}, array("i")
        for attribute, rows in self._rows.copy().items():
            for text in set(texts_of(item.get(attribute))):
                rows.setdefault(text, array("i")).append(row)


def texts_of(value: Value | None) -> tuple[str, ...]:
    """The texts of a value, alone or in a list."""
    return value if isinstance(value, tuple) else (value,) if isinstance(value, str) else ()


def _carries(value: Value | None, text: str) -> bool:
    return text in texts_of(value)


def _is_there(value: Value | None, _: str) -> bool:
    return value not in (None, (), "")


def _size(value: Value | None, _: str) -> int:
    return len(set(texts_of(value)))


def _number(value: Value | None, _: str) -> float:
    return float(value) if isinstance(value, int | float) else float("nan")
