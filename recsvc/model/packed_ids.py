"""Packed ids: texts by their place and places by their text, in one string in place of an object each.

A million ids of eleven letters take 24 MB; a tuple of them and a dictionary take 150.
"""

from bisect import bisect_left
from collections.abc import Iterable, Iterator, Sequence
from itertools import pairwise
from typing import NamedTuple, overload

import numpy as np
from numpy.typing import NDArray

PART = 65_536
MOST_AT_HAND = 32_768
"""Places that are kept at hand, all of them where there are no more: a search takes 1 µs, a look a tenth."""

WORD = 8
MASKS = np.array([(1 << 8 * size) - 1 for size in range(WORD + 1)], dtype="<u8")
"""Of so many bytes of a word."""

Places = NDArray[np.int32]
Spans = tuple[NDArray[np.int64], NDArray[np.int64]]
"""(m,) where each of some texts begins among the bytes of all, and how many it takes."""


class Words(NamedTuple):
    """The bytes of many texts, eight at a time."""

    at: NDArray[np.uint64]  # (bytes,) the eight that begin at each
    width: int  # bytes a letter


class PackedIds(Sequence[str]):
    """Distinct texts in their order.

    Args:
        portions: the texts, some at a time, so that they need not all be there as objects.

    Raises:
        ValueError: a text is there twice.

    Attributes:
        text: all of them, one behind the other.
        starts: (n + 1,) where each begins in it, and the end.
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
        every = np.concatenate(hashes)
        order: Places = np.argsort(every).astype(np.int32)
        self._hold("".join(parts), np.cumsum(np.concatenate(lengths), dtype=np.uint32), every[order], order)
        self._refuse_twins()

    def _hold(self, text: str, starts: NDArray[np.uint32], hashes: NDArray[np.int64], order: Places) -> None:
        self.text, self.starts = text, starts.data
        self.hashes, self.order = hashes, order
        self._sorted = hashes.data, order.data  # each is read faster than an array
        few = len(self) <= MOST_AT_HAND
        self.at_hand = {text: place for place, text in enumerate(self)} if few else {}

    def followed_by(self, others: "PackedIds") -> "PackedIds":
        """These texts and behind them others, all distinct: 20 ms of a million, nothing is hashed anew."""
        at = np.searchsorted(self.hashes, others.hashes)
        hashes = np.insert(self.hashes, at, others.hashes)
        order = np.insert(self.order, at, others.order + np.int32(len(self)))
        starts = np.append(self.starts, np.asarray(others.starts)[1:] + np.uint32(self.starts[-1]))
        found = PackedIds(())
        found._hold(self.text + others.text, starts, hashes, order)
        return found

    def _refuse_twins(self) -> None:
        alike = np.flatnonzero(self.hashes[1:] == self.hashes[:-1])
        texts = [self[place] for place in self.order[np.union1d(alike, alike + 1)].tolist()]
        if len({*texts}) < len(texts):
            raise ValueError("An id is there twice.")

    def __len__(self) -> int:
        return len(self.starts) - 1

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
        return self.text[self.starts[place] : self.starts[place + 1]]

    def __iter__(self) -> Iterator[str]:
        return (self.text[start:end] for start, end in pairwise(self.starts))

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
        text, starts = self.text, self.starts
        return [text[starts[place] : starts[place + 1]] for place in places]

    def beside(self, other: "PackedIds") -> Places:
        """(n,) where each text stands in another list, -1 where it is not: all at once, by their hashes."""
        found = np.full(len(self), -1, dtype=np.int32)
        if len(other) == 0:
            return found
        at = np.minimum(np.searchsorted(other.hashes, self.hashes), len(other) - 1)
        alike = np.flatnonzero(other.hashes[at] == self.hashes)
        found[self.order[alike]] = other.order[at[alike]]
        own = np.flatnonzero(found >= 0).astype(np.int32)  # rising, so that memory is read in its order
        same = _are_same(self, own, other, found[own])
        for place in own[~same].tolist():  # two hashes that met by chance
            there = other.place(self[place])
            found[place] = -1 if there is None else there
        return found

    @property
    def is_ascii(self) -> bool:
        """Whether a byte a letter is enough."""
        return self.text.isascii()

    def words(self, *, wide: bool) -> Words:
        """The texts one behind the other, in one byte a letter or, wide, in four."""
        text = self.text.encode("utf-32-le", "surrogatepass") if wide else self.text.encode("ascii")
        padded = text + bytes(WORD)  # whatever begins within the texts, a whole word may be read there
        return Words(np.ndarray(len(text) + 1, "<u8", padded, strides=(1,)), 4 if wide else 1)

    def spans(self, places: Places, width: int) -> Spans:
        """Where texts begin among the bytes of all, and how many each takes, at so many a letter."""
        starts = np.asarray(self.starts)
        begins = starts[places].astype(np.int64)
        return begins * width, (starts[places + 1] - begins) * width

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

    Some bytes of all at a time, in parts that stay small: a start at a million waits for it, and
    `one[a] == other[b]` for each pair makes two texts a pair, .79 s of 500,000 where this takes .07.
    """
    is_wide = not (one.is_ascii and other.is_ascii)
    ours, theirs = one.words(wide=is_wide), other.words(wide=is_wide)
    same = np.empty(len(own), dtype=bool)
    for first in range(0, len(own), PART):
        part = slice(first, first + PART)
        same[part] = _alike(
            ours, one.spans(own[part], ours.width), theirs, other.spans(others[part], ours.width)
        )
    return same


def _alike(ours: Words, own: Spans, theirs: Words, others: Spans) -> NDArray[np.bool_]:
    """(m,) whether spans of bytes are the same, pair by pair."""
    (here, lengths), (there, wanted) = own, others
    same = lengths == wanted
    pairs, first = np.flatnonzero(same & (lengths > 0)), 0
    while len(pairs):
        unlike = ours.at[here[pairs] + first] ^ theirs.at[there[pairs] + first]
        same[pairs] = alike = unlike & MASKS[np.minimum(lengths[pairs] - first, WORD)] == 0
        first += WORD
        pairs = pairs[alike & (lengths[pairs] > first)]
    return same
