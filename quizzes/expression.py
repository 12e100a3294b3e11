"""Expression: the little language of `when` and `must`, as one syntax tree, its names and its value.

Two-valued and total: every expression has the value true or false, whatever is missing or of another type.
"""

import operator
from collections.abc import Callable, Collection, Iterator, Mapping
from typing import NamedTuple

import msgspec

Scalar = str | float
Value = Scalar | tuple[str, ...]


class Node(msgspec.Struct, frozen=True, tag_field="node", tag=str.lower):
    """Base of the tree; its JSON form carries the class in lower case as `node`."""


class Literal(Node, frozen=True):
    """A text, a number or a list of them."""

    value: Scalar | tuple[Scalar, ...]


class Name(Node, frozen=True):
    """The answer to a question."""

    question: str


class Attribute(Node, frozen=True):
    """A value of the item in question."""

    name: str


class Known(Node, frozen=True):
    """Whether a fact is known."""

    fact: str


class Compare(Node, frozen=True):
    """Two operands and what must hold between them."""

    op: str  # == != < <= > >= in not in
    left: Literal | Name | Attribute
    right: Literal | Name | Attribute


class Not(Node, frozen=True):
    """The opposite of a condition."""

    part: "Condition"


class And(Node, frozen=True):
    """All of several conditions."""

    parts: "tuple[Condition, ...]"


class Or(Node, frozen=True):
    """Any of several conditions."""

    parts: "tuple[Condition, ...]"


Operand = Literal | Name | Attribute
Condition = Known | Compare | Not | And | Or

ORDERINGS: Mapping[str, Callable[[float, float], bool]] = {
    "<": operator.lt,
    "<=": operator.le,
    ">": operator.gt,
    ">=": operator.ge,
}


class Scope(NamedTuple):
    """What the names of an expression stand for; whatever is absent is missing."""

    answers: Mapping[str, Value]  # question → answer
    facts: Collection[str] = ()  # names of known facts
    item: Mapping[str, Value] = {}  # attribute → value


class Names(NamedTuple):
    """What an expression speaks of."""

    questions: frozenset[str]
    attributes: frozenset[str]
    facts: frozenset[str]


def evaluate(condition: Condition, scope: Scope) -> bool:
    """Say whether a condition holds."""
    match condition:
        case And(parts):
            return all(evaluate(part, scope) for part in parts)
        case Or(parts):
            return any(evaluate(part, scope) for part in parts)
        case Not(part):
            return not evaluate(part, scope)
        case Known(fact):
            return fact in scope.facts
        case Compare(op, left, right):
            return compare(op, _value(left, scope), _value(right, scope))


def compare(op: str, left: object, right: object) -> bool:
    """Say whether a comparison holds; None is a missing answer, which equals nothing."""
    if op in ORDERINGS:
        return isinstance(left, float) and isinstance(right, float) and ORDERINGS[op](left, right)
    if op.endswith("in"):
        return _contains(right, left) is (op == "in")
    return _equal(left, right) is (op == "==")


def _equal(left: object, right: object) -> bool:
    return left is not None and right is not None and frozenset(_many(left)) == frozenset(_many(right))


def _contains(whole: object, part: object) -> bool:
    """Whether any of `part` is in the list `whole`, so that `not in` says that none of it is."""
    return isinstance(whole, tuple) and part is not None and not frozenset(_many(part)).isdisjoint(whole)


def _many(value: object) -> tuple[object, ...]:
    return value if isinstance(value, tuple) else (value,)


def _value(operand: Operand, scope: Scope) -> object:
    match operand:
        case Literal(value):
            return value
        case Name(question):
            return scope.answers.get(question)
        case Attribute(name):
            there = scope.item.get(name)
            # A text of an item is a list of one: shops write one colour or several.
            return (there,) if isinstance(there, str) else float(there) if isinstance(there, int) else there


def parts_of(condition: Condition) -> Iterator[Known | Compare]:
    """The comparisons and predicates of a condition, left to right."""
    match condition:
        case And(parts) | Or(parts):
            for part in parts:
                yield from parts_of(part)
        case Not(part):
            yield from parts_of(part)
        case Known() | Compare():
            yield condition


def names(condition: Condition) -> Names:
    """Collect the questions, item attributes and facts that a condition names."""
    parts = list(parts_of(condition))
    operands = [side for part in parts if isinstance(part, Compare) for side in (part.left, part.right)]
    return Names(
        frozenset(side.question for side in operands if isinstance(side, Name)),
        frozenset(side.name for side in operands if isinstance(side, Attribute)),
        frozenset(part.fact for part in parts if isinstance(part, Known)),
    )
