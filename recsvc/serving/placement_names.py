"""The names of placements beside the catalogue: what they speak of, and no item has."""

import logging
from collections.abc import Collection, Iterator, Sequence
from functools import cached_property

from quizzes.catalogue import NUMBERS, Catalogue
from quizzes.expression import ORDERINGS, Attribute, Compare, Literal, Operand, parts_of
from quizzes.nearest import nearest
from quizzes.parser import names_in, parse
from recsvc.domain.catalogue import Item
from recsvc.domain.placements import Placement
from recsvc.serving.live_catalogue import LiveCatalogue
from recsvc.serving.live_placements import LivePlacements
from recsvc.serving.offered import filter_of
from recsvc.serving.placement_flaws import Flaw
from recsvc.serving.shown import Described

log = logging.getLogger(__name__)

MOST_COMPARED = 20_000
"""Ids among which the nearest is looked for; among more of them that would hold up a start."""

MOST_LOOKED_AT = 100_000
"""Items of a catalogue that the service looks through by itself."""


class Stocked:
    """The items of a shop, as placements may name them.

    Args:
        items: the catalogue; not empty, or everything would be missing.
    """

    def __init__(self, items: Sequence[Item]) -> None:
        self._items = items
        self.columns = Catalogue(map(Described, items))

    @cached_property
    def item_ids(self) -> Collection[str]:
        """Ids of items and product groups; only where a placement names one, for a catalogue may be large."""
        groups = {item.item_group_id for item in self._items if item.item_group_id}
        return groups | {item.item_id for item in self._items}

    def lacks(self, name: str) -> bool:
        """Whether no item has an attribute."""
        return not self.columns.is_said(name)

    def accepts(self, expression: str) -> bool:
        """Whether an expression accepts any item."""
        return bool(self.columns.accepted(filter_of(expression)).any())


def unmet(placement: Placement, stocked: Stocked) -> Iterator[Flaw]:
    """What a placement names and no item has, with what was probably meant."""
    if placement.filter is not None:
        yield from _of_expression("filter", placement.filter, "nothing is ever shown", stocked)
    for boost in placement.boosts:
        yield from _of_expression("boosts", boost.where, "nothing is moved", stocked)
    for field, name in placement.attributes:
        if stocked.lacks(name):
            yield Flaw(field, _no_attribute(name, stocked), name)
    products = [("pins", pin.item) for pin in placement.pins]
    products += [("items", item_id) for item_id in placement.items]
    for field, item_id in products:
        if item_id not in stocked.item_ids:
            compared = stocked.item_ids if len(stocked.item_ids) <= MOST_COMPARED else ()
            near = f"; {nearest(item_id, compared)}" if compared else ""
            yield Flaw(field, f"no item is called `{item_id}`{near}", item_id)


def _of_expression(field: str, text: str, outcome: str, stocked: Stocked) -> Iterator[Flaw]:
    missing = sorted(name for name in names_in(text).attributes if stocked.lacks(name))
    sentences = [_no_attribute(name, stocked) for name in missing]
    for part in parts_of(parse(text)):
        if isinstance(part, Compare):
            sentences += _of_comparison(part, missing, stocked)
    if not sentences and not stocked.accepts(text):
        sentences.append(f"none of the {len(stocked.columns):,} items passes, so {outcome}; loosen it")
    yield from (Flaw(field, f"`{text}`: {sentence}", text) for sentence in sentences)


def _of_comparison(part: Compare, missing: Collection[str], stocked: Stocked) -> Iterator[str]:
    for side, other in ((part.left, part.right), (part.right, part.left)):
        if isinstance(side, Attribute) and side.name not in missing:
            if part.op in ORDERINGS and side.name not in NUMBERS:
                numbers = ", ".join(sorted(NUMBERS))
                yield f"`{part.op}` compares numbers, and `item.{side.name}` is text; numbers are {numbers}"
            else:
                yield from _of_values(side.name, other, stocked)


def _of_values(name: str, other: Operand, stocked: Stocked) -> Iterator[str]:
    """What is wrong with the values that are held against an attribute."""
    if not isinstance(other, Literal):
        return
    for value in other.value if isinstance(other.value, tuple) else (other.value,):
        if isinstance(value, str) and name in NUMBERS:
            yield f"`item.{name}` is a number; write it without quotes"
        elif isinstance(value, str) and not stocked.columns.carries(name, value).any():
            there = stocked.columns.values[name]
            yield f"no item has {name} `{value}`; {nearest(value, there)}"
        elif not isinstance(value, str) and name not in NUMBERS:
            yield f"`item.{name}` is text; write '{value:g}' in quotes"


def _no_attribute(name: str, stocked: Stocked) -> str:
    return f"no item has `{name}`; {nearest(name, stocked.columns.attributes)}"


class PlacementNames:
    """Says in the log, once for each state of the files, what placements name and no item has."""

    def __init__(self, placements: LivePlacements, catalogue: LiveCatalogue) -> None:
        self._placements = placements
        self._catalogue = catalogue
        self._looked_at = -1

    def look(self) -> bool:
        """Look at files that are served since the last look; True where something was said.

        An empty catalogue says nothing: it is looked at when it holds something. A large one is left to
        `recsvc placements check`: all its items as objects would take a worker a gigabyte for a moment.
        """
        if self._looked_at == self._placements.number or not 0 < len(self._catalogue) <= MOST_LOOKED_AT:
            return False
        self._looked_at = self._placements.number
        stocked = Stocked([*self._catalogue.items()])
        findings = [
            f"placement {placement.id!r}: {flaw.sentence}"
            for placement in self._placements.by_id.values()
            for flaw in unmet(placement, stocked)
        ]
        if findings:
            log.warning("placements_name_nothing", extra={"findings": findings})
        return bool(findings)
