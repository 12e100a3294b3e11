"""Shelf: the items of a catalogue, a row each, its own or those that somebody else keeps."""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from typing import Any

from quizzes.expression import Value


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
