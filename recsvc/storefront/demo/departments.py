"""Departments: the catalogue as a shopper walks through it."""

from collections import Counter
from typing import NamedTuple

from recsvc.domain.catalogue import Item
from recsvc.storefront.demo.parts import KnowsItems
from recsvc.storefront.demo.pictures import department_of


class Department(NamedTuple):
    """One aisle: its items, one of each category in turn, and its categories with their sizes."""

    name: str
    items: tuple[Item, ...]
    categories: tuple[tuple[str, int], ...]

    def of(self, category: str | None) -> tuple[Item, ...]:
        """The items of one category, all without one."""
        return self.items if category is None else tuple(i for i in self.items if i.category == category)


class Departments:
    """Departments by name, the largest first; grouped again when the catalogue changes."""

    def __init__(self, catalogue: KnowsItems) -> None:
        self._catalogue = catalogue
        self._number: int | None = None
        self._departments: dict[str, Department] = {}

    def all(self) -> tuple[Department, ...]:
        """Every department that has something to sell."""
        if self._number != self._catalogue.number:
            number = self._catalogue.number
            self._departments = _grouped(self._catalogue)
            self._number = number
        return tuple(self._departments.values())

    def get(self, name: str) -> Department | None:
        """One department."""
        self.all()
        return self._departments.get(name)


def _grouped(catalogue: KnowsItems) -> dict[str, Department]:
    groups: dict[str, list[Item]] = {}
    for item in catalogue.items():
        if item.can_be_bought:
            groups.setdefault(department_of(item), []).append(item)
    return {
        name: _department(name, items)
        for name, items in sorted(groups.items(), key=lambda group: (-len(group[1]), group[0]))
    }


def _department(name: str, items: list[Item]) -> Department:
    categories = Counter(item.category for item in items if item.category)
    ordered = sorted(categories.items(), key=lambda one: (-one[1], one[0]))
    return Department(name, tuple(_in_turn(items)), tuple(ordered))


def _in_turn(items: list[Item]) -> list[Item]:
    """One item of each category in turn: the first page of an aisle shows what all it has."""
    met: Counter[str | None] = Counter()
    turns = []
    for item in sorted(items, key=lambda one: (one.title or "", one.item_id)):
        turns.append((met[item.category], item))
        met[item.category] += 1
    turns.sort(key=lambda one: (one[0], -met[one[1].category]))
    return [item for _, item in turns]
