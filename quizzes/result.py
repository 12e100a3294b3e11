"""Result: which items a quiz ends with, from any scores, under its filters, slots and minimum.

Scores alone would answer "fish" with what people who buy fish buy most: milk. So every answer that wishes for
something is met by an item, as far as there is one and the page has room; the best item always stays.
"""

from collections.abc import Iterator, Mapping, Sequence
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from quizzes.answers import Answer
from quizzes.catalogue import Catalogue, Mask
from quizzes.definition import Quiz, Result
from quizzes.signals import ItemFilter, item_filters, wished, wishes

Scores = NDArray[np.floating]
SLOT = "category"
"""The attribute that a slot names a value of."""
SHOWN = 6
"""Items of a result whose quiz asks for fewer."""


class Chosen(NamedTuple):
    """The items of a result, best first or slot by slot."""

    rows: tuple[int, ...]  # of the catalogue
    slots: tuple[str | None, ...]  # the slot that each item fills, aligned
    relaxed: tuple[ItemFilter, ...]  # filters that gave way
    dropped: dict[str, int]  # `unavailable` or `answer:QUESTION` → better items that it took out


def choose(
    quiz: Quiz, live: Mapping[str, Answer], catalogue: Catalogue, scores: Scores, *, limit: int
) -> Chosen:
    """Choose the items of a result; filters give way in their declared order while it is too short.

    Args:
        quiz: gives slots, minimum and what happens below it.
        live: the answers that count: what they wish for and what they rule out.
        catalogue: what is not in stock is never chosen.
        scores: (n,) aligned with the catalogue; the higher the better, ties by row.
        limit: most items of a result without slots.
    """
    filters = item_filters(quiz, live)
    masks = [catalogue.accepted(one) for one in filters]
    kept: list[int] = []
    found: list[tuple[int, str | None]] = []
    allowed = catalogue.in_stock
    steps = [*_loosened(filters)]
    # An empty slot is too little as well, where loosening can fill it.
    fillable = _slots_with(quiz.result, catalogue, _under(catalogue, masks, steps[-1]))
    for kept in steps:
        allowed = _under(catalogue, masks, kept)
        found = _fill(quiz.result, catalogue, scores, allowed, limit)
        if len(found) >= quiz.result.min and fillable <= {slot for _, slot in found}:
            break
    found = _top_up(quiz.result, scores, allowed, found)
    if not quiz.result.slots:
        found = _with_wished(catalogue, _wishes_of_answers(quiz, live), scores, allowed, found)
    rows = tuple(row for row, _ in found)
    rules = [("unavailable", catalogue.in_stock)]
    rules += [(f"answer:{filters[number].question}", masks[number]) for number in kept]
    return Chosen(
        rows,
        tuple(slot for _, slot in found),
        tuple(one for number, one in enumerate(filters) if number not in kept),
        _dropped(rules, scores, rows),
    )


def _under(catalogue: Catalogue, masks: Sequence[Mask], kept: Sequence[int]) -> Mask:
    """(n,) what is in stock and passes the filters that still hold."""
    return np.logical_and.reduce([catalogue.in_stock, *(masks[number] for number in kept)])


def _slots_with(result: Result, catalogue: Catalogue, allowed: Mask) -> set[str]:
    """The slots that there is an item for."""
    return {slot for slot in result.slots if (allowed & catalogue.carries(SLOT, slot)).any()}


def shop_scores(quiz: Quiz, live: Mapping[str, Answer], catalogue: Catalogue) -> Scores:
    """(n,) the shop's own weights of the answers, summed over what each item carries."""
    scores = np.zeros(len(catalogue))
    for _, _, name, weight in wishes(quiz, live):
        attribute, _, value = name.partition(".")
        scores += weight * catalogue.carries(attribute, value)
    return scores


def concerned(quiz: Quiz, catalogue: Catalogue) -> Mask:
    """(n,) the items in stock that a quiz is about: of its slots, else with anything that it wishes for."""
    attributes = [(SLOT, slot) for slot in quiz.result.slots] or [
        (attribute, value)
        for question in quiz.questions
        for choice in question.choices
        for attribute, values in choice.w.items()
        for value, weight in values.items()
        if weight > 0
    ]
    if not attributes:
        return catalogue.in_stock
    carrying = [catalogue.carries(*one) for one in dict.fromkeys(attributes)]
    found: Mask = catalogue.in_stock & np.logical_or.reduce(carrying)
    return found


def best(scores: Scores, allowed: Mask, k: int) -> list[int]:
    """The rows of the k best allowed scores, best first, ties by row."""
    rows = np.flatnonzero(allowed)
    if k == 1 and len(rows):
        return [int(rows[np.argmax(scores[rows])])]
    if len(rows) > k > 0:
        least = np.partition(scores[rows], len(rows) - k)[len(rows) - k]
        rows = rows[scores[rows] >= least]
    ordered: list[int] = rows[np.argsort(-scores[rows], kind="stable")][:k].tolist()
    return ordered


def _fill(
    result: Result, catalogue: Catalogue, scores: Scores, allowed: Mask, limit: int
) -> list[tuple[int, str | None]]:
    """The best item of each slot, or the best items of all."""
    if not result.slots:
        return [(row, None) for row in best(scores, allowed, max(limit, result.min))]
    found: list[tuple[int, str | None]] = []
    for slot in result.slots:
        taken = [row for row, _ in found]
        fits = allowed & catalogue.carries(SLOT, slot)
        fits[taken] = False
        found += [(row, slot) for row in best(scores, fits, 1)]
    return found


def _wishes_of_answers(quiz: Quiz, live: Mapping[str, Answer]) -> list[list[str]]:
    """What each answer wishes for, as attribute.value; what others outweigh is left out; strongest first."""
    totals = wished(quiz, live)
    groups: dict[str, list[tuple[float, str]]] = {}
    for answer, _, name, weight in wishes(quiz, live):
        if weight > 0 and name in totals:
            groups.setdefault(answer, []).append((weight, name))
    strongest = sorted(groups.values(), key=lambda group: -max(group)[0])
    return [[name for _, name in group] for group in strongest]


def _with_wished(
    catalogue: Catalogue,
    groups: Sequence[Sequence[str]],
    scores: Scores,
    allowed: Mask,
    found: list[tuple[int, str | None]],
) -> list[tuple[int, str | None]]:
    """Make room for the best item of each answer that no item meets; what no answer needs gives way."""
    rows = [row for row, _ in found]
    needed: set[int] = set()
    masks = [
        np.logical_or.reduce([catalogue.carries(*name.split(".", 1)) for name in group]) for group in groups
    ]
    unmet = []
    for mask in masks:
        meeting = [row for row in rows if mask[row]]
        needed.update(meeting[:1])
        unmet += [] if meeting else [mask]
    for mask in unmet:
        meeting = [row for row in rows if mask[row]]
        if meeting:  # by what came in for another wish
            needed.update(meeting[:1])
            continue
        spare = [row for row in rows[1:] if row not in needed]
        news = best(scores, allowed & mask, 1)
        if news and spare:
            rows[rows.index(spare[-1])] = news[0]
            needed.update(news)
    rows.sort(key=lambda row: (-scores[row], row))
    return [(row, None) for row in rows]


def _top_up(
    result: Result, scores: Scores, allowed: Mask, found: list[tuple[int, str | None]]
) -> list[tuple[int, str | None]]:
    """What is shown where even loosened filters leave fewer than the minimum."""
    lacking = result.min - len(found)
    if lacking <= 0:
        return found
    if result.empty == "nothing":
        return []
    left = allowed.copy()
    left[[row for row, _ in found]] = False
    return found + [(row, None) for row in best(scores, left, lacking)]


def _loosened(filters: Sequence[ItemFilter]) -> Iterator[list[int]]:
    """The filters as they are, then step by step without those of the next `relax` number."""
    for step in (0, *sorted({one.relax for one in filters if one.relax})):
        yield [number for number, one in enumerate(filters) if not one.relax or one.relax > step]


def _dropped(rules: Sequence[tuple[str, Mask]], scores: Scores, rows: Sequence[int]) -> dict[str, int]:
    """Which rule took out each item that scores no less than the last chosen one."""
    ahead = scores >= min((scores[row] for row in rows), default=-np.inf)
    counts: dict[str, int] = {}
    for name, mask in rules:
        if number := int(np.count_nonzero(ahead & ~mask)):
            counts[name] = counts.get(name, 0) + number
        ahead = ahead & mask
    return counts
