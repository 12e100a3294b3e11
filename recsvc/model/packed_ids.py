"""Packed ids: texts by their place and places by their text, in one string in place of an object each.

A million ids of eleven letters take 24 MB; a tuple of them and a dictionary take 150.
"""

from bisect import bisect_left
from collections.abc import Iterable, Iterator, Sequence
from itertools import pairwise
from typing import overload

import numpy as np
from numpy.typing import NDArray

PART = 65_536
MOST_AT_HAND = 32_768
"""Places that are kept at hand, all of them where there are no more: a search takes 1 µs, a look a tenth."""

Places = NDArray[np.int32]


class PackedIds(Sequence[str]):
    """Distinct texts in their order.

    Args:
        portions: the texts, some at a time, so that they need not all be there as objects.

    Raises:
        ValueError: a text is there twice.

    Attributes:
        hashes: (n,) of the texts, rising.
        order: (n,) the place of the text of each hash.
        at_hand: text → place of those that were asked for lately; for who has many to ask for.
    """

    def __init__(self, portions: Iterable[Sequence[str]]) -> None:
        parts: list[str] = []
        lengths, hashes = [np.zeros(1, dtype=np.uint32)], [np.empty(0, dtype=np.int64)]
        for ids in portions:
            parts.append("".join(ids))
            lengths.append(np.fromiter(map(len, ids), np.uint32, len(ids)))
            hashes.append(np.fromiter(map(hash, ids), np.int64, len(ids)))
        self._text = "".join(parts)
        self._starts = np.cumsum(np.concatenate(lengths), dtype=np.uint32).data
        every = np.concatenate(hashes)
        self.order: Places = np.argsort(every).astype(np.int32)
        self.hashes = every[self.order]
        self._sorted = self.hashes.data, self.order.data  # each is read faster than an array
        self._refuse_twins()
        few = len(self) <= MOST_AT_HAND
        self.at_hand = {text: place for place, text in enumerate(self)} if few else {}

    def _refuse_twins(self) -> None:
        alike = np.flatnonzero(self.hashes[1:] == self.hashes[:-1])
        texts = [self[place] for place in self.order[np.union1d(alike, alike + 1)].tolist()]
        if len({*texts}) < len(texts):
            raise ValueError("An id is there twice.")

    def __len__(self) -> int:
        return len(self._starts) - 1

    @overload
    def __getitem__(self, place: int) -> str: ...
    @overload
    def __getitem__(self, place: slice) -> tuple[str, ...]: ...
    def __getitem__(self, place: int | slice) -> str | tuple[str, ...]:
        if isinstance(place, slice):
            return tuple(self[one] for one in range(*place.indices(len(self))))
        if place < 0:
            place += len(self)
            if place < 0:  # the texts have a start for it, counted from the end
                raise IndexError("There are not so many ids.")
        return self._text[self._starts[place] : self._starts[place + 1]]

    def __iter__(self) -> Iterator[str]:
        return (self._text[start:end] for start, end in pairwise(self._starts))

    def __contains__(self, text: object) -> bool:
        return isinstance(text, str) and self.place(text) is not None

    def place(self, text: str) -> int | None:
        """Where a text stands, None where it is not there."""
        found = self.at_hand.get(text)
        if found is None:
            found = self._found(text)
            if found is not None:
                if len(self.at_hand) >= MOST_AT_HAND:
                    self.at_hand.clear()
                self.at_hand[text] = found
        return found

    def texts(self, places: Iterable[int]) -> list[str]:
        """The texts at some places, none below 0, in half the time that it takes to ask for one by one."""
        text, starts = self._text, self._starts
        return [text[starts[place] : starts[place + 1]] for place in places]

    def beside(self, other: "PackedIds") -> Places:
        """(n,) where each text stands in another list, -1 where it is not: all at once, by their hashes."""
        found = np.full(len(self), -1, dtype=np.int32)
        if len(other) == 0:
            return found
        at = np.minimum(np.searchsorted(other.hashes, self.hashes), len(other) - 1)
        alike = np.flatnonzero(other.hashes[at] == self.hashes)
        own, others = self.order[alike], other.order[at[alike]]
        same = _are_same(self, own, other, others)
        found[own[same]] = others[same]
        for place in own[~same].tolist():  # two hashes that met by chance
            there = other.place(self[place])
            found[place] = -1 if there is None else there
        return found

    def letters(self) -> NDArray[np.integer]:
        """The texts one behind the other, a number a letter."""
        if self._text.isascii():
            return np.frombuffer(self._text.encode("ascii"), np.uint8)
        return np.frombuffer(self._text.encode("utf-32-le", "surrogatepass"), np.uint32)

    def spans(self, places: Places) -> tuple[NDArray[np.int64], NDArray[np.int64]]:
        """Where texts begin among the letters, and their lengths."""
        starts = np.asarray(self._starts)
        begins = starts[places].astype(np.int64)
        return begins, starts[places + 1] - begins

    def _found(self, text: str) -> int | None:
        hashes, order = self._sorted
        wanted = hash(text)
        at = bisect_left(hashes, wanted)
        while at < len(order) and hashes[at] == wanted:
            if self[order[at]] == text:
                return order[at]
            at += 1
        return None


def _are_same(one: PackedIds, own: Places, other: PackedIds, others: Places) -> NDArray[np.bool_]:
    """(m,) whether texts are the same, pair by pair.

    Letter by letter of all, in parts that stay small: a start at a million waits for it, and `one[a] ==
    other[b]` for each pair makes two texts a pair, .79 s of 500,000 where this takes .19.
    """
    ours, theirs = one.letters(), other.letters()
    same = np.empty(len(own), dtype=bool)
    for first in range(0, len(own), PART):
        part = slice(first, first + PART)
        (here, length), (there, wanted) = one.spans(own[part]), other.spans(others[part])
        like = length == wanted
        length = length[like]
        ends = np.cumsum(length)
        steps = np.arange(length.sum()) - np.repeat(ends - length, length)
        unlike = ours[np.repeat(here[like], length) + steps] != theirs[np.repeat(there[like], length) + steps]
        sums = np.append(0, np.cumsum(unlike))
        like[like] = sums[ends] == sums[ends - length]
        same[part] = like
    return same
