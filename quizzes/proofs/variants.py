"""Variants: the answers of one kind, for conditions alike, that filters on items may still tell apart."""

import itertools
import math
from collections.abc import Collection, Iterator, Sequence

from quizzes.definition import NUMERIC, WITH_CHOICES, Choice, Kind, Question
from quizzes.expression import Value
from quizzes.proofs.partition import Mentions, alike

LIST_LIMIT = 1_000


def variants(
    question: Question, value: Value, mentions: Mentions, hard: Collection[str], marks: Sequence[float]
) -> list[Value]:
    """Answers that no condition tells from `value`, so many that one of them leaves the fewest items.

    Args:
        question: that was answered.
        value: one of its representatives.
        mentions: of the conditions.
        hard: choices with a filter; the other choices are as good as each other.
        marks: numbers at which the filters change what they say of some item.
    """
    if question.kind in NUMERIC and isinstance(value, float):
        return [value, *_numbers(question, value, mentions, marks)]
    if question.kind not in WITH_CHOICES:
        return [value]
    groups = alike(question, mentions)
    if isinstance(value, tuple):
        return [value, *itertools.islice(_lists(question, value, groups, hard), LIST_LIMIT)]
    group = next((group for group in groups if any(one.id == value for one in group)), [])
    return [value, *(one.id for one in group if one.id in hard and one.id != value)]


def variant_count(question: Question, hard: Collection[str]) -> int:
    """At most how many lists of one kind there are; above LIST_LIMIT not all are tried."""
    if not question.takes_many:
        return 1
    return math.comb(len(hard), min(question.picks[1], len(hard)))


def _numbers(question: Question, value: float, mentions: Mentions, marks: Sequence[float]) -> Iterator[float]:
    """Marks in the gap between mentioned numbers that the value lies in, and one number between each two."""
    lowest, highest = question.bounds
    if len(mentions.compared_with(question)) > 1:
        return
    mentioned = mentions.numbers(question)
    if value in mentioned:
        return
    below = max((one for one in mentioned if one < value), default=-math.inf)
    above = min((one for one in mentioned if one > value), default=math.inf)
    ends = [one for one in (lowest, highest) if below < one < above and math.isfinite(one)]
    inside = sorted({*ends, *(one for one in marks if below < one < above and lowest <= one <= highest)})
    if question.kind is Kind.SCALE:
        near = {one for mark in inside for one in _wholes(mark)}
        yield from sorted(one for one in near if below < one < above and lowest <= one <= highest)
        return
    edges = [one for one in (max(below, lowest), *inside, min(above, highest)) if math.isfinite(one)]
    yield from inside
    yield from ((low + high) / 2 for low, high in itertools.pairwise(edges) if low < high)


def _wholes(number: float) -> set[float]:
    """The whole numbers around a number, and itself where it is one."""
    return {
        float(one)
        for one in (math.floor(number), math.ceil(number) - 1, math.ceil(number), math.floor(number) + 1)
    }


def _lists(
    question: Question, value: tuple[str, ...], groups: list[list[Choice]], hard: Collection[str]
) -> Iterator[tuple[str, ...]]:
    """Lists with members of the same groups and as many filters as may be picked together."""
    picked = [group for group in groups if any(one.id in value for one in group)]
    fewest, most = question.picks
    if any(group[0].excludes_others for group in picked):
        yield from ((one.id,) for group in picked for one in group if fewest <= 1 <= most)
        return
    filtering = [[one.id for one in group if one.id in hard] for group in picked]
    free = [one.id for group in picked for one in group if one.id not in hard]
    needed = [group[0].id for group, there in zip(picked, filtering, strict=True) if not there]
    candidates = list(itertools.chain.from_iterable(filtering))
    for chosen in itertools.combinations(candidates, min(len(candidates), most - len(needed))):
        if all(set(chosen) & set(there) for there in filtering if there):
            spare = (one for one in free if one not in needed)
            padding = itertools.islice(spare, max(0, fewest - len(chosen) - len(needed)))
            ids = [*chosen, *needed, *padding]
            if fewest <= len(ids) <= most:
                yield tuple(sorted(ids, key=question.choice_ids.__getitem__))
