"""Rules: what may not be shown, asked of each candidate in one fixed order, with counts of the dropped."""

from bisect import bisect_left
from collections import Counter
from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass
from typing import NamedTuple

import numpy as np
from msgspec.structs import replace
from numpy.typing import NDArray

from quizzes.catalogue import Mask
from recsvc.model.scoring import Scores
from recsvc.model.vocabulary import Rows
from recsvc.serving.candidates import Candidate, Found

LOOKED = 48
"""Candidates that are looked at together at first: of a long block mostly the beginning is asked for."""


class Rule(NamedTuple):
    """One reason to leave candidates out; it is asked of few rows, not made of all for each slate."""

    name: str  # as `dropped` names it
    refuses: Callable[[Rows], Mask]  # (k,) → (k,)


def only(name: str, allowed: Mask) -> Rule:
    """A rule that leaves out all rows but some.

    Args:
        name: as `dropped` names it.
        allowed: (n,) by row of the model.
    """
    return Rule(name, lambda rows: ~allowed[rows])


def not_among(name: str, out: Rows) -> Rule:
    """A rule that leaves out some rows."""
    named = np.sort(out)

    def refuses(rows: Rows) -> Mask:
        if not len(named):
            return np.zeros(len(rows), dtype=bool)
        return named.take(named.searchsorted(rows), mode="clip") == rows

    return Rule(name, refuses)


@dataclass(slots=True)
class _Look:
    """Candidates that are looked at together, the first rule against each, and how far somebody asked."""

    found: Found
    against: NDArray[np.int8]
    end: int = 0


class Sieve:
    """Lets through what every rule allows, no row twice; a dropped one is counted for the first rule.

    Args:
        rules: in their order.
        n: rows of the model.
    """

    def __init__(self, rules: Sequence[Rule], n: int) -> None:
        self._rules = rules
        self._n = n
        self._looks: list[_Look] = []

    def against(self, rows: Rows) -> NDArray[np.int8]:
        """(k,) the first rule against each row, counted from 1; 0 where there is none."""
        found = np.zeros(len(rows), dtype=np.int8)
        for number in range(len(self._rules), 0, -1):
            found[self._rules[number - 1].refuses(rows)] = number
        return found

    def through(self, blocks: Iterable[Found]) -> Iterator[Candidate]:
        """The candidates that every rule allows, in their order, looked at only as far as somebody asks."""
        for block in blocks:
            for rows, scores in self._fresh(block):
                look = _Look(Found(rows, scores, block.source), self.against(rows))
                self._looks.append(look)
                allowed = (look.against == 0).nonzero()[0]
                found = (allowed.tolist(), rows[allowed].tolist(), scores[allowed].tolist())
                for place, row, score in zip(*found, strict=True):
                    look.end = place + 1
                    yield Candidate(row, score, block.source)
                look.end = len(rows)

    def left(self) -> Rows:
        """(k,) the rows, rising, that every rule allows and that were not looked at yet."""
        left = np.delete(np.arange(self._n, dtype=np.int32), self._named())
        for rule in self._rules:
            left = left[~rule.refuses(left)]
        return left

    def one(self, candidate: Candidate) -> Iterator[Candidate]:
        """A candidate that stands outside the order of the others, where every rule allows it."""
        row = np.array([candidate.row], dtype=np.int32)
        for found in self.through([Found(row, np.array([candidate.score]), candidate.source)]):
            yield replace(found, because=candidate.because)

    def looked_at(self) -> Iterator[tuple[Candidate, str | None]]:
        """The candidates that somebody asked for, each with the rule against it, None where there is none."""
        for look in self._looks:
            columns = (look.found.rows, look.found.scores, look.against)
            for row, score, number in zip(*(one[: look.end].tolist() for one in columns), strict=True):
                rule = self._rules[number - 1].name if number else None
                yield Candidate(row, score, look.found.source), rule

    @property
    def dropped(self) -> dict[str, int]:
        """How many candidates each rule took out among those that were looked at."""
        refused = [of for look in self._looks if (of := look.against[: look.end]).any()]
        dropped: Counter[str] = Counter()
        if refused:  # mostly there is nothing to count
            counts = np.bincount(np.concatenate(refused))[1:].tolist()
            for rule, count in zip(self._rules, counts, strict=False):
                dropped[rule.name] += count
        return {name: count for name, count in dropped.items() if count}

    def _fresh(self, block: Found) -> Iterator[tuple[Rows, Scores]]:
        """A block in pieces, each reaching eight times as far as the last, without what others named."""
        named = not_among("named", self._named()) if self._looks else None
        begin, end = 0, LOOKED
        while begin < len(block.rows):
            rows, scores = block.rows[begin:end], block.scores[begin:end]
            if named is not None:
                fresh = ~named.refuses(rows)
                rows, scores = rows[fresh], scores[fresh]
            yield rows, scores
            begin, end = end, end * 8

    def _named(self) -> Rows:
        """(k,) what was looked at."""
        return np.concatenate([np.empty(0, dtype=np.int32), *(look.found.rows for look in self._looks)])


class Cap:
    """At most so many items that share something; items without it are free.

    Args:
        name: as `dropped` names it.
        shared: row → what it shares.
        most: items.
    """

    def __init__(self, name: str, shared: Callable[[int], str | None], most: int) -> None:
        self.name = name
        self._shared = shared
        self._most = most
        self._taken: Counter[str] = Counter()

    def is_full(self, row: int) -> bool:
        """Whether no more of what this item shares may be shown."""
        shared = self._shared(row)
        return shared is not None and self._taken[shared] >= self._most

    def take(self, row: int) -> None:
        """Note an item that is shown."""
        shared = self._shared(row)
        if shared is not None:
            self._taken[shared] += 1


class Seats:
    """The places of one slate; what would break a cap is not seated, and counted."""

    def __init__(self, limit: int, caps: Sequence[Cap]) -> None:
        self._seats: list[Candidate | None] = [None] * limit
        self._free = [*range(limit)]
        self._caps = caps
        self._rows: set[int] = set()
        self.refused: dict[int, str] = {}  # row → the cap that it would break

    @property
    def dropped(self) -> dict[str, int]:
        """How many candidates each cap took out."""
        return dict(Counter(self.refused.values())) if self.refused else {}

    @property
    def free(self) -> int:
        """How many places are left."""
        return len(self._free)

    @property
    def chosen(self) -> list[Candidate]:
        """Who sits, in the order of the places."""
        return [one for one in self._seats if one is not None]

    def fill(self, candidates: Iterable[Candidate]) -> None:
        """Seat candidates in their order until no place is left; of those behind none is looked at."""
        for candidate in candidates:
            self.seat(candidate)
            if not self._free:
                break

    def seat(self, candidate: Candidate, place: int = 0) -> bool:
        """Give a candidate the first free place from one on, counted from 0; False where it may not sit."""
        if not self._free or candidate.row in self._rows:
            return False
        for cap in self._caps:
            if cap.is_full(candidate.row):
                self.refused[candidate.row] = cap.name
                return False
        # Where none is free from there on, the last free place before it.
        free = min(bisect_left(self._free, place), len(self._free) - 1) if place else 0
        self._seats[self._free.pop(free)] = candidate
        self._rows.add(candidate.row)
        for cap in self._caps:
            cap.take(candidate.row)
        return True
