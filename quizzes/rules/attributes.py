"""Attributes: what answers wish for and filter on is in the catalogue, and in stock."""

from collections.abc import Iterable, Iterator, Mapping
from typing import NamedTuple

import numpy as np

from quizzes.expression import Attribute, Compare, Condition, Literal, Operand, parts_of
from quizzes.nearest import nearest
from quizzes.rules.rule import Level, Problem, Rule, Subject


class Named(NamedTuple):
    """An attribute, or one of its values, that a quiz names."""

    place: tuple[str | int, ...]
    field: str
    attribute: str
    value: str | None


def unknown_attributes(subject: Subject) -> Iterator[Problem]:
    """No item of the catalogue has the attribute."""
    if subject.catalogue is None:
        return
    there = subject.catalogue.attributes
    seen: set[tuple[tuple[str | int, ...], str]] = set()
    for named in _distinct(subject):
        if named.attribute not in there and (named.place, named.attribute) not in seen:
            seen.add((named.place, named.attribute))
            message = f"no item has the attribute `{named.attribute}`; {nearest(named.attribute, there)}"
            yield Problem(named.place, named.field, message)


def unknown_values(subject: Subject) -> Iterator[Problem]:
    """Items have the attribute, but none has this value; numbers have none to compare."""
    values = subject.catalogue.values if subject.catalogue else {}
    for named in _distinct(subject):
        there = values.get(named.attribute)
        if there is not None and named.value is not None and named.value not in there:
            message = f"no item has {named.attribute} `{named.value}`; {nearest(named.value, there)}"
            yield Problem(named.place, named.field, message)


def unused(subject: Subject) -> Iterator[Problem]:
    """The catalogue knows the attribute or the value, but nothing that can be bought has it."""
    catalogue = subject.catalogue
    if catalogue is None:
        return
    attributes, values = catalogue.attributes, catalogue.values
    for named in _distinct(subject):
        name, value = named.attribute, named.value
        if name in attributes and not (catalogue.has(name) & catalogue.in_stock).any():
            yield _sold_out(named, f"the attribute `{name}`")
            continue
        there = value is not None and value in values.get(name, ())
        if there and not (catalogue.carries(name, str(value)) & catalogue.in_stock).any():
            yield _sold_out(named, f"{name} `{value}`")


def sparse_attributes(subject: Subject) -> Iterator[Problem]:
    """Items in stock lack an attribute that a filter names, so that they always fail it."""
    catalogue = subject.catalogue
    if catalogue is None:
        return
    total = int(np.count_nonzero(catalogue.in_stock))
    seen: set[str] = set()
    for spoken in subject.conditions:
        for name in sorted(spoken.names.attributes - seen) if spoken.field == "must" else ():
            seen.add(name)
            lacking = int(np.count_nonzero(catalogue.in_stock & ~catalogue.has(name)))
            if 0 < lacking < total:
                yield Problem(spoken.place, spoken.field, _sparse(name, lacking, total))


def _sold_out(named: Named, what: str) -> Problem:
    message = f"no item in stock has {what}, only items that are sold out; stock one, or drop it."
    return Problem(named.place, named.field, message)


def _sparse(name: str, lacking: int, total: int) -> str:
    return (
        f"{lacking} of {total} items in stock ({lacking / total:.1%}) lack `{name}`, so they fail every "
        "filter that names it; fill it in, with a value such as `none` where there is none."
    )


def _distinct(subject: Subject) -> Iterator[Named]:
    """What a quiz names, each attribute and value where it stands first in its choice or question."""
    seen: set[Named] = set()
    for named in _all(subject):
        if named not in seen:
            seen.add(named)
            yield named


def _all(subject: Subject) -> Iterator[Named]:
    for place, _, choice in subject.choices():
        yield from _each(place, "w", choice.w)
    for spoken in subject.conditions:
        for attribute in sorted(spoken.names.attributes):
            yield Named(spoken.place, spoken.field, attribute, None)
        for attribute, value in _compared(spoken.condition):
            yield Named(spoken.place, spoken.field, attribute, value)
    for attribute, texts in subject.quiz.result.because.items():
        yield from (Named(("result", "because", attribute), value, attribute, value) for value in texts)
    for slot in subject.quiz.result.slots:
        yield Named(("result",), "slots", "category", slot)


def _each(place: tuple[str | int, ...], field: str, table: Mapping[str, Iterable[str]]) -> Iterator[Named]:
    for attribute, values in table.items():
        for value in values:
            yield Named(place, field, attribute, value)


def _compared(condition: Condition) -> Iterator[tuple[str, str]]:
    """The texts that a condition holds against attributes."""
    for part in parts_of(condition):
        if isinstance(part, Compare):
            yield from _held(part.left, part.right)
            yield from _held(part.right, part.left)


def _held(side: Operand, other: Operand) -> Iterator[tuple[str, str]]:
    if isinstance(side, Attribute) and isinstance(other, Literal):
        values = other.value if isinstance(other.value, tuple) else (other.value,)
        yield from ((side.name, value) for value in values if isinstance(value, str))


RULES = (
    Rule("attr-unknown", Level.ERROR, unknown_attributes),
    Rule("attr-value-unknown", Level.ERROR, unknown_values),
    Rule("attr-unused", Level.WARNING, unused),
    Rule("attr-sparse", Level.WARNING, sparse_attributes),
)
