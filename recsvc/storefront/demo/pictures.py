"""Product pictures of the demo: drawn from a small kit by what the item is, always the same."""

import hashlib
import re
from functools import cache
from importlib.resources import files
from string import Template
from typing import NamedTuple

import msgspec

from recsvc.domain.catalogue import Item

DEFAULT_RULE_DRAW = "basket"
TOKENS = ("a", "b", "c", "d", "e")
FRAME = Template(
    '<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 240 240" width="240" height="240">'
    '<rect width="240" height="240" fill="$ground"/>'
    '<circle cx="$x" cy="$y" r="$r" fill="$shape"/>'
    '<ellipse cx="120" cy="205" rx="72" ry="9" fill="#3b2f20" opacity=".13"/>'
    "$motif</svg>"
)


class Package(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """A package and where an emblem sits on it."""

    label: tuple[float, float, float]  # x, y, scale
    body: str


class Rule(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """Words that ask for a drawing, in one of some hues."""

    words: tuple[str, ...]
    draw: str | tuple[str, ...]
    hue: tuple[str, ...] = ("tomato", "sky", "honey", "leaf")

    @property
    def drawings(self) -> tuple[str, ...]:
        """The drawings to choose from."""
        return (self.draw,) if isinstance(self.draw, str) else self.draw


class Kit(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """Everything that pictures.toml holds."""

    grounds: dict[str, tuple[str, str]]
    hues: dict[str, tuple[str, str, str, str, str]]
    packages: dict[str, Package]
    emblems: dict[str, str]
    things: dict[str, str]
    rules: tuple[Rule, ...]


class Dice(NamedTuple):
    """Small numbers that depend on nothing but the item."""

    drawing: int
    hue: int
    place: int


@cache
def kit() -> Kit:
    """The drawing kit, read once."""
    source = files("recsvc.storefront.demo").joinpath("pictures.toml").read_bytes()
    return msgspec.toml.decode(source, type=Kit)


def draw_item(item: Item) -> str:
    """Draw the picture of an item: an SVG document without script, style or text."""
    department = department_of(item)
    kinds = item.attributes.get("type", ())
    rule = _rule_for((item.title or "", *kinds, item.category or "", department))
    return _compose(rule, department, item.item_id)


def draw_department(department: str) -> str:
    """Draw the picture of a department."""
    return _compose(_rule_for((department,)), department, department)


def department_of(item: Item) -> str:
    """The department attribute of an item, else its category, "other" where it has neither."""
    named = item.attributes.get("department", ())
    return (named[0] if named else None) or item.category or "other"


def _compose(rule: Rule, department: str, seed: str) -> str:
    dice = Dice(*hashlib.blake2b(seed.encode("utf-8", "surrogatepass"), digest_size=3).digest())
    drawing = rule.drawings[dice.drawing % len(rule.drawings)]
    hue = kit().hues[rule.hue[dice.hue % len(rule.hue)]]
    grounds = kit().grounds
    ground, shape = grounds.get(department, grounds["other"])
    return FRAME.substitute(
        ground=ground,
        shape=shape,
        x=96 + dice.place % 48,
        y=96 + dice.place // 8,
        r=74 + dice.place % 14,
        motif=Template(_motif(drawing)).substitute(dict(zip(TOKENS, hue, strict=True))),
    )


def _motif(drawing: str) -> str:
    package_name, _, emblem = drawing.partition("+")
    if not emblem:
        return kit().things[drawing]
    package = kit().packages[package_name]
    x, y, scale = package.label
    return f'{package.body}<g transform="translate({x} {y}) scale({scale})">{kit().emblems[emblem]}</g>'


def _rule_for(texts: tuple[str, ...]) -> Rule:
    for text in texts:
        for rule, pattern in _patterns():
            if pattern.search(text.upper()):
                return rule
    return Rule(words=(), draw=DEFAULT_RULE_DRAW)


@cache
def _patterns() -> tuple[tuple[Rule, re.Pattern[str]], ...]:
    return tuple(
        (rule, re.compile(r"(?<![A-Z])(?:" + "|".join(re.escape(word) for word in rule.words) + ")"))
        for rule in kit().rules
    )
