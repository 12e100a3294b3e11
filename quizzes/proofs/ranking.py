"""Ranking: which items no answers bring to the front by the shop's weights."""

from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from quizzes.catalogue import Catalogue, Mask
from quizzes.definition import Quiz
from quizzes.parser import names_in, parse
from quizzes.result import SLOT
from quizzes.signals import ItemFilter, signals

CLASS_LIMIT = 5_000
WORK_LIMIT = 300_000_000
"""Comparisons of two items; about a second."""


class _Kinds(NamedTuple):
    """Items that weights and filters cannot tell apart, as one kind each."""

    of_item: NDArray[np.intp]  # (items in stock,) the kind of each
    counts: NDArray[np.intp]  # (kinds,) items of each
    lifts: NDArray[np.float64]  # (choices, kinds) what each choice adds to the score
    has: Mask  # (values and filters, kinds) what makes an item eligible: wished values, filters passed
    slots: NDArray[np.intp]  # (kinds,) number of the slot, -1 = none


def never_first(quiz: Quiz, catalogue: Catalogue, first: int) -> Mask:
    """(n,) items in stock of which it is proven that at least so many are above them on every path.

    An item is above another for good where it has every wished value and passes every filter that the other
    does, no answer weighs it less, and each answer that lifts the other off the ground weighs it more. Paths
    that lift nothing decide nothing: there all items tie. Items of one slot compete with each other. Filters
    that name an answer, such as a budget, are left out of account.

    Args:
        quiz: its weights are the shop's own.
        catalogue: what is not in stock competes with nobody.
        first: how many places there are.
    """
    found = np.zeros(len(catalogue), dtype=bool)
    rows = np.flatnonzero(catalogue.in_stock)
    kinds = _kinds(quiz, catalogue, rows)
    if not kinds.lifts.size or len(kinds.counts) > CLASS_LIMIT:
        return found
    below = np.zeros(len(kinds.counts), dtype=bool)
    for slot in np.unique(kinds.slots):
        own = kinds.slots == slot
        _judge(kinds, own, own if slot >= 0 else np.ones_like(own), first, below)
    found[rows] = below[kinds.of_item]
    return found


def _judge(kinds: _Kinds, own: Mask, rivals: Mask, first: int, below: Mask) -> None:
    """Note which of some kinds are below their rivals on every path."""
    ground = kinds.lifts[:, rivals].min(axis=1)
    above = np.stack([_above(lift, np.where(rivals, kinds.counts, 0)) for lift in kinds.lifts])
    lifted = kinds.lifts > ground[:, None]
    reached = (lifted & (above < first)).any(axis=0)
    doubtful = np.flatnonzero(own & ~reached & (above >= first).any(axis=0))
    doubtful = doubtful[np.argsort(-kinds.counts[doubtful], kind="stable")]
    work = (len(kinds.lifts) + len(kinds.has)) * len(own)
    for kind in doubtful[: WORK_LIMIT // max(work, 1)]:
        better = rivals & (kinds.has >= kinds.has[:, kind, None]).all(axis=0)
        better &= (kinds.lifts >= kinds.lifts[:, kind, None]).all(axis=0)
        strictly = kinds.lifts[np.ix_(lifted[:, kind], better)] > kinds.lifts[lifted[:, kind], kind, None]
        below[kind] = bool((strictly @ kinds.counts[better] >= first).all())


def _above(lift: NDArray[np.float64], counts: NDArray[np.intp]) -> NDArray[np.intp]:
    """(kinds,) how many items one choice lifts higher than each kind."""
    _, step = np.unique(lift, return_inverse=True)
    upto = np.cumsum(np.bincount(step, weights=counts)).astype(np.intp)
    above: NDArray[np.intp] = (upto[-1] - upto)[step]
    return above


def _kinds(quiz: Quiz, catalogue: Catalogue, rows: NDArray[np.intp]) -> _Kinds:
    choices = [
        dict(signals(choice))
        for question in quiz.questions
        for choice in question.choices
        if choice.w and not choice.unsure
    ]
    names = list(dict.fromkeys(name for weights in choices for name in weights))
    carries = [catalogue.carries(*name.split(".", 1))[rows] for name in names]
    accepted = [catalogue.accepted(one)[rows] for one in _filters(quiz)]
    slots = np.full(len(rows), -1)
    for number, slot in enumerate(quiz.result.slots):
        slots[catalogue.carries(SLOT, slot)[rows]] = number
    columns = np.array([*carries, *accepted], dtype=bool).reshape(len(carries) + len(accepted), len(rows))
    packed = np.vstack([np.packbits(columns, axis=0), slots.astype(np.int16).view(np.uint8).reshape(-1, 2).T])
    _, at, of_item, counts = np.unique(
        packed.T, axis=0, return_index=True, return_inverse=True, return_counts=True
    )
    weights = np.array([[weights.get(name, 0.0) for name in names] for weights in choices])
    wished = [row for row in range(len(names)) if (weights[:, row] > 0).any()]
    eligible = [*wished, *range(len(names), len(columns))]
    lifts = weights.reshape(len(choices), len(names)) @ columns[: len(names), at]
    return _Kinds(of_item.ravel(), counts, lifts, columns[np.ix_(eligible, at)], slots[at])


def _filters(quiz: Quiz) -> list[ItemFilter]:
    """The filters that name no answer."""
    found = {}
    for question in quiz.questions:
        for must in (question.must, *(choice.must for choice in question.choices if not choice.unsure)):
            if must is not None and not names_in(must).questions:
                attributes = names_in(must).attributes
                found[must] = ItemFilter(question.id, must, 0, attributes, parse(must), {})
    return list(found.values())
