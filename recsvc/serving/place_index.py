"""Place index: the places of a catalogue by a text that several items share, or that names one of them."""

from array import array
from bisect import bisect_left
from collections import defaultdict
from collections.abc import Iterable

import numpy as np

from recsvc.model.packed_ids import PackedIds


class PlaceIndex:
    """Text → places; an item that has another text by now is still found, so that whoever asks looks again.

    Args:
        pairs: texts with a place each; the places rise.
    """

    def __init__(self, pairs: Iterable[tuple[str, int]]) -> None:
        codes: dict[str, int] = {}
        of, places = array("i"), array("i")
        for text, place in pairs:
            of.append(codes.setdefault(text, len(codes)))
            places.append(place)
        order = np.argsort(np.array(of, dtype=np.int32), kind="stable")
        self._texts = PackedIds([list(codes)])
        self._places = np.array(places, dtype=np.int32)[order].data  # read faster than an array
        self._starts = np.searchsorted(np.array(of, dtype=np.int32)[order], np.arange(len(codes) + 1)).data
        self._later: defaultdict[str, dict[int, None]] = defaultdict(dict)

    def __bool__(self) -> bool:
        return len(self._places) > 0 or bool(self._later)

    def add(self, text: str, place: int) -> None:
        """Note one more; costs the same however many a text has."""
        first, end = self._span(text)
        at = bisect_left(self._places, place, first, end)
        if at == end or self._places[at] != place:
            self._later[text][place] = None

    def places(self, text: str) -> list[int]:
        """The places of a text, in the order in which they came."""
        first, end = self._span(text)
        return [*self._places[first:end], *self._later.get(text, ())]

    def _span(self, text: str) -> tuple[int, int]:
        """Where the places of a text that were there at first begin and end."""
        code = self._texts.place(text)
        return (0, 0) if code is None else (self._starts[code], self._starts[code + 1])
