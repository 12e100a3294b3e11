"""Attributes: what answers wish for and filter on is in the catalogue."""

from collections.abc import Iterable, Iterator, Mapping
from typing import NamedTuple

from quizzes.catalogue import Catalogue
from quizzes.expression import Attribute, Compare, Condition, Literal, Operand, parts_of
from quizzes.rules.rule import Level, Problem, Rule, Subject, nearest


class Named(NamedTuple):
    """An attribute, or one of its values, that a quiz names."""

    place: tuple[str | int, ...]
    field: str
    attribute: str
    value: str | None


def unknown_attributes(subject: Subject) -> Iterator[Problem]:
    """No item of the catalogue has the attribute."""
    catalogue = subject.catalogue
    for named in _distinct(subject):
        if catalogue is not None and named.attribute not in catalogue.attributes:
            hint = nearest(named.attribute, catalogue.attributes)
            message = f"no item has the attribute `{named.attribute}`; {hint}"
            yield Problem(named.place, named.field, message)


def unknown_values(subject: Subject) -> Iterator[Problem]:
    """Items have the attribute, but none has this value."""
    catalogue = subject.catalogue
    for named in _distinct(subject):
        if catalogue is None or named.value is None or _has(catalogue, named.attribute, named.value):
            continue
        hint = nearest(named.value, catalogue.values.get(named.attribute, {}))
        message = f"no item has {named.attribute} `{named.value}`; {hint}"
        yield Problem(named.place, named.field, message)


def _has(catalogue: Catalogue, attribute: str, value: str) -> bool:
    """Whether a value is there; of unknown attributes and of numbers other rules speak."""
    return value in catalogue.values.get(attribute, {value: 1})


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
    yield from _each(("result",), "because", subject.quiz.result.because)
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
)
