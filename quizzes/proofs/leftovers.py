"""Leftovers: which filters can apply together, and which items they leave on the paths that leave fewest.

Only filters that are never loosened count: the others give way before a result comes out too short.
"""

from collections.abc import Callable, Mapping, Sequence

import numpy as np

from quizzes.catalogue import Catalogue, Mask
from quizzes.definition import Order, Question, Quiz
from quizzes.engine import State
from quizzes.parser import names_in
from quizzes.proofs.descent import EVERYTHING, Descent
from quizzes.proofs.enumeration import Route
from quizzes.proofs.filtering import Filtering, Kept, Marks, hard_filters
from quizzes.proofs.paths import played
from quizzes.result import SLOT
from quizzes.signals import ItemFilter


class Minimum:
    """How many items the result of a quiz needs, and in which slots."""

    def __init__(self, quiz: Quiz, catalogue: Catalogue) -> None:
        self._result = quiz.result
        stock = bits_of(catalogue.in_stock)
        there = {slot: stock & bits_of(catalogue.carries(SLOT, slot)) for slot in quiz.result.slots}
        self.slots: Mapping[str, int] = {slot: bits for slot, bits in there.items() if bits}

    def size(self, bits: int) -> int:
        """How many items a result has: one with slots is topped up from what is left, or shows nothing."""
        if self._result.slots and self._result.empty == "nothing":
            return sum(bool(bits & own) for own in self.slots.values())
        return bits.bit_count()

    def enough(self, bits: int) -> bool:
        """Whether so many items are left, and one for every slot that the catalogue has items for."""
        return self.size(bits) >= self._result.min and all(bits & own for own in self.slots.values())


def bits_of(mask: Mask) -> int:
    """A mask as one number: bit n is the row n."""
    return int.from_bytes(np.packbits(mask, bitorder="little").tobytes(), "little")


def live_together(quiz: Quiz, filters: Sequence[Kept], enough: Callable[[int], bool]) -> Descent:
    """Which filters can apply on one path.

    Args:
        quiz: holds the filters.
        filters: bit n of what is left is 0 where the n-th of them applies.
        enough: of which filters nothing needs to be said.
    """
    bit_of = {kept: 1 << row for row, kept in enumerate(filters)}

    def taken(_: Question, found: list[ItemFilter]) -> int:
        live = sum({bit_of.get((one.question, one.expression), 0) for one in found})
        return EVERYTHING ^ live

    hard = [one for one in hard_filters(quiz) if one.kept in bit_of]
    return Filtering(quiz, hard, taken, Marks()).descend((1 << len(filters)) - 1, enough)


def fewest_items(quiz: Quiz, catalogue: Catalogue, enough: Callable[[int], bool]) -> Descent:
    """Which items in stock are left where all filters that may be loosened were.

    Args:
        quiz: its filters name attributes of the catalogue.
        catalogue: bit n is its row n.
        enough: of which items nothing needs to be said.
    """
    masks: dict[object, int] = {}

    def mask(one: ItemFilter) -> int:
        names = sorted(names_in(one.expression).questions)
        key = (one.expression, tuple(one.answers.get(name) for name in names))
        if key not in masks:
            masks[key] = bits_of(catalogue.accepted(one))
        return masks[key]

    def taken(_: Question, found: list[ItemFilter]) -> int:
        left = EVERYTHING
        for one in found:
            left &= mask(one)
        return left

    hard = hard_filters(quiz)
    marks = Marks(quiz, catalogue, hard)
    return Filtering(quiz, hard, taken, marks).descend(bits_of(catalogue.in_stock), enough)


def confirmed(quiz: Quiz, route: Route, same: Callable[[State], bool]) -> Route | None:
    """The route to the end, with every answer skipped that can be; None where the engine says otherwise.

    Args:
        quiz: may ask in another order than the route.
        route: a path of a descent; without answers it stands for every path.
        same: whether a state is what the descent found.
    """
    state = played(quiz, route)
    if (route.answers and not state.finished) or not same(state) or not _within_pace(quiz, route, same):
        return None
    for row in reversed(range(len(route.answers))):
        name, value = route.answers[row]
        question = quiz.question(name)
        if value is None or question is None or question.required:
            continue
        plain = Route((*route.answers[:row], (name, None), *route.answers[row + 1 :]), route.known)
        state = played(quiz, plain)
        if state.finished and same(state):
            route = plain
    return route


def _within_pace(quiz: Quiz, route: Route, same: Callable[[State], bool]) -> bool:
    """Whether so few questions need an answer that `pace.max` lets them all be asked, in whatever order."""
    if quiz.pace.max is None or quiz.pace.order is Order.FIXED:
        return True
    for row in reversed(range(len(route.answers))):
        shorter = Route((*route.answers[:row], *route.answers[row + 1 :]), route.known)
        if same(played(quiz, shorter)):
            route = shorter
    asked = (quiz.question(name) for name, _ in route.answers)
    return sum(question is not None and question.counts for question in asked) <= quiz.pace.max
