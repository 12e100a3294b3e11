"""Catalogue: the items that answers wish for and filter on, as columns, so that a filter is a few passes."""

from array import array
from collections import Counter
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from typing import Any

import numpy as np
from numpy.typing import NDArray

from quizzes.expression import (
    ORDERINGS,
    And,
    Attribute,
    Compare,
    Condition,
    Literal,
    Name,
    Not,
    Or,
    Scope,
    Value,
    evaluate,
)
from quizzes.signals import ItemFilter

NUMBERS = frozenset({"price", "sale_price", "margin", "age_limit"})
"""Item fields that hold a number; all others hold texts."""

FEW = 16
"""Of so many items one may be replaced before the rows of texts are found anew."""

Mask = NDArray[np.bool_]
Numbers = NDArray[np.float64]

_ORDERINGS = {"<": np.less, "<=": np.less_equal, ">": np.greater, ">=": np.greater_equal}


class Shelf(Sequence[Mapping[str, Value]]):
    """Items that somebody else holds and changes: what `put` names is on it already."""

    def said(self, attribute: str) -> Iterator[tuple[int, Value]]:
        """The rows that have an attribute, with its value."""
        return ((row, item[attribute]) for row, item in enumerate(self) if attribute in item)


class Listed(Shelf):
    """Items of its own."""

    def __init__(self, items: Iterable[Mapping[str, Value]]) -> None:
        self._items = list(items)

    def __len__(self) -> int:
        return len(self._items)

    def __getitem__(self, row: Any) -> Any:
        return self._items[row]

    def replace(self, row: int, item: Mapping[str, Value]) -> None:
        """Put another item in the place of one."""
        self._items[row] = item


class Catalogue:
    """Items as attribute → value, a row each, with columns made when they are first asked for.

    Args:
        items: texts, lists of texts or numbers by attribute, as an ItemFilter takes them; a `Shelf` is asked
            each time, anything else is copied.
        in_stock: whether each item can be bought today; all of them where it is left out.
    """

    def __init__(self, items: Iterable[Mapping[str, Value]], in_stock: Iterable[bool] | None = None) -> None:
        self._items = items if isinstance(items, Shelf) else Listed(items)
        if in_stock is None:
            in_stock = np.ones(len(self._items), dtype=bool)
        given = in_stock if isinstance(in_stock, np.ndarray) else [*in_stock]
        self.in_stock: Mask = np.array(given, dtype=bool)
        self._rows: dict[str, dict[str, array[int]]] = {}
        self._replaced: dict[int, None] = {}  # rows that `_rows` do not know as they are
        self._carrying: dict[tuple[str, str], Mask] = {}
        self._having: dict[str, Mask] = {}
        self._numbers: dict[str, Numbers] = {}
        self._counts: dict[str, NDArray[np.int64]] = {}

    def __len__(self) -> int:
        return len(self._items)

    @property
    def items(self) -> Sequence[Mapping[str, Value]]:
        """Every item, in the order of its row."""
        return self._items

    @property
    def values(self) -> dict[str, Counter[str]]:
        """How many items carry each text, by attribute."""
        self._forget_rows()
        texts = {
            attribute: Counter({value: len(rows) for value, rows in self._rows_of(attribute).items()})
            for attribute in self.attributes
        }
        return {attribute: counts for attribute, counts in texts.items() if counts}

    @property
    def numbers(self) -> Counter[str]:
        """How many items have each attribute as a number."""
        return Counter(
            attribute
            for item in self._items
            for attribute, value in item.items()
            if isinstance(value, int | float)
        )

    @property
    def attributes(self) -> frozenset[str]:
        """Every attribute that some item has."""
        return frozenset(attribute for item in self._items for attribute in item)

    def put(self, row: int, item: Mapping[str, Value], *, in_stock: bool) -> None:
        """Replace one item; costs a few writes, whatever the size of the catalogue."""
        if isinstance(self._items, Listed):
            self._items.replace(row, item)
        self.in_stock[row] = in_stock
        if self._rows:
            self._replaced[row] = None
        for (attribute, value), mask in self._carrying.items():
            mask[row] = value in _texts(item.get(attribute))
        for attribute, mask in self._having.items():
            mask[row] = _is_there(item.get(attribute))
        for attribute, numbers in self._numbers.items():
            numbers[row] = _number(item.get(attribute))
        for attribute, counts in self._counts.items():
            counts[row] = _size(item.get(attribute))

    def carries(self, attribute: str, value: str) -> Mask:
        """(n,) whether each item has a text, alone or in a list."""
        key = (attribute, value)
        if key not in self._carrying:
            self._carrying[key] = self._carried(attribute, value)
        return self._carrying[key]

    def has(self, attribute: str) -> Mask:
        """(n,) whether each item has an attribute at all."""
        if attribute not in self._having:
            self._having[attribute] = self._column(attribute, _is_there, self._none())
        return self._having[attribute]

    def number(self, attribute: str) -> Numbers:
        """(n,) a number of each item, NaN where it has none."""
        if attribute not in self._numbers:
            self._numbers[attribute] = self._column(attribute, _number, np.full(len(self), np.nan))
        return self._numbers[attribute]

    def accepted(self, item_filter: ItemFilter) -> Mask:
        """(n,) what `ItemFilter.accepts` says of each item: 20,000 of them in some 50 µs."""
        holds = self._holds(item_filter.condition, item_filter.answers)
        for attribute in item_filter.attributes:
            holds = holds & self.has(attribute)
        return holds

    def _holds(self, condition: Condition, answers: Mapping[str, Value]) -> Mask:
        match condition:
            case And(parts):
                return np.logical_and.reduce([self._holds(part, answers) for part in parts])
            case Or(parts):
                return np.logical_or.reduce([self._holds(part, answers) for part in parts])
            case Not(part):
                return ~self._holds(part, answers)
            case Compare(op, Attribute(name), Literal() | Name() as other):
                return self._compared(op, name, _said(other, answers), swapped=False)
            case Compare(op, Literal() | Name() as other, Attribute(name)):
                return self._compared(op, name, _said(other, answers), swapped=True)
            case _:  # two attributes of an item, or none: rare, so one by one
                scopes = (Scope(answers, item=item) for item in self._items)
                return np.fromiter((evaluate(condition, scope) for scope in scopes), bool, len(self))

    def _compared(self, op: str, attribute: str, other: object, *, swapped: bool) -> Mask:
        """What `compare` says of an attribute and something known, from columns that are kept."""
        if op in ORDERINGS:
            return self._ordered(op, attribute, other, swapped=swapped)
        if op.endswith("in"):
            return self._within(attribute, other, swapped=swapped) ^ (op == "not in")
        return self._equals(attribute, other) ^ (op == "!=")

    def _ordered(self, op: str, attribute: str, other: object, *, swapped: bool) -> Mask:
        if not isinstance(other, float):
            return self._none()
        ordering = _ORDERINGS[op]
        numbers = self.number(attribute)
        return ordering(other, numbers) if swapped else ordering(numbers, other)

    def _within(self, attribute: str, other: object, *, swapped: bool) -> Mask:
        """Whether an attribute is in a list, or (swapped) is a list that has any of some texts."""
        found = self._none()
        for value in _many(other) if swapped or isinstance(other, tuple) else ():
            if isinstance(value, str):
                found = found | self.carries(attribute, value)
            elif not swapped:
                found = found | self._is(attribute, value)
        return found

    def _equals(self, attribute: str, other: object) -> Mask:
        values = frozenset(_many(other))
        texts = [value for value in values if isinstance(value, str)]
        if len(values) == 1 and not texts:
            return self._is(attribute, *values)
        if len(texts) != len(values) or not values:
            return self._none()
        found = self._sizes(attribute) == len(values)
        for value in texts:
            found = found & self.carries(attribute, value)
        return found

    def _is(self, attribute: str, value: object) -> Mask:
        return self.number(attribute) == value if isinstance(value, float) else self._none()

    def _sizes(self, attribute: str) -> NDArray[np.int64]:
        """(n,) how many different texts an attribute has."""
        if attribute not in self._counts:
            self._counts[attribute] = self._column(attribute, _size, np.zeros(len(self), dtype=np.int64))
        return self._counts[attribute]

    def _carried(self, attribute: str, value: str) -> Mask:
        if len(self._replaced) * FEW > len(self):
            self._forget_rows()
        mask = self._none()
        mask[self._rows_of(attribute).get(value, array("i"))] = True
        for row in self._replaced:
            mask[row] = value in _texts(self._items[row].get(attribute))
        return mask

    def _rows_of(self, attribute: str) -> dict[str, "array[int]"]:
        """Text → the rows that have it, but for what was replaced since.

        One pass over the items for all texts of an attribute, 1 to 2 s of a million: too much a change.
        """
        if attribute not in self._rows:
            found: dict[str, array[int]] = {}
            for row, said in self._items.said(attribute):
                for value in set(_texts(said)):
                    found.setdefault(value, array("i")).append(row)
            self._rows[attribute] = found
        return self._rows[attribute]

    def _forget_rows(self) -> None:
        self._rows.clear()
        self._replaced.clear()

    def _none(self) -> Mask:
        return np.zeros(len(self._items), dtype=bool)

    def _column(
        self, attribute: str, of: Callable[[Value | None], Any], column: NDArray[Any]
    ) -> NDArray[Any]:
        """A column filled where items have the attribute."""
        for row, value in self._items.said(attribute):
            column[row] = of(value)
        return column


def _said(operand: Literal | Name, answers: Mapping[str, Value]) -> object:
    return operand.value if isinstance(operand, Literal) else answers.get(operand.question)


def _texts(value: Value | None) -> tuple[str, ...]:
    return value if isinstance(value, tuple) else (value,) if isinstance(value, str) else ()


def _is_there(value: Value | None) -> bool:
    return value not in (None, (), "")


def _size(value: Value | None) -> int:
    return len(set(_texts(value)))


def _many(value: object) -> tuple[object, ...]:
    return () if value is None else value if isinstance(value, tuple) else (value,)


def _number(value: Value | None) -> float:
    return float(value) if isinstance(value, int | float) else float("nan")
