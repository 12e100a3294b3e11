"""Catalogue: what lint knows of the items that answers wish for and filter on."""

from collections import Counter
from collections.abc import Iterable, Mapping

from quizzes.expression import Value

NUMBERS = frozenset({"price", "sale_price", "margin", "age_limit"})
"""Item fields that hold a number; all others hold texts."""


class Catalogue:
    """Items as attribute → value, and how many items carry each value.

    Args:
        items: texts, lists of texts or numbers by attribute, as an ItemFilter takes them.
    """

    def __init__(self, items: Iterable[Mapping[str, Value]]) -> None:
        self.items = tuple(items)
        self.numbers: Counter[str] = Counter()
        self.values: dict[str, Counter[str]] = {}
        for item in self.items:
            for attribute, value in item.items():
                self._count(attribute, value)

    @property
    def attributes(self) -> frozenset[str]:
        """Every attribute that some item has."""
        return frozenset(self.values) | frozenset(self.numbers)

    def _count(self, attribute: str, value: Value) -> None:
        if isinstance(value, int | float):
            self.numbers[attribute] += 1
        else:
            texts = (value,) if isinstance(value, str) else value
            self.values.setdefault(attribute, Counter()).update(set(texts))
