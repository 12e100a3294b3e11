"""Place index: the places of a catalogue by a text that several items share, or that names one of them."""

from array import array
from collections import defaultdict
from collections.abc import Iterable

import numpy as np

from recsvc.model.packed_ids import PackedIds


class PlaceIndex:
    """Text → places; an item that has another text by now is still found, so that whoever asks looks again.

    Args:
        pairs: texts with a place each.
    """

    def __init__(self, pairs: Iterable[tuple[str, int]]) -> None:
        codes: dict[str, int] = {}
        of, places = array("i"), array("i")
        for text, place in pairs:
            of.append(codes.setdefault(text, len(codes)))
            places.append(place)
        order = np.argsort(np.array(of, dtype=np.int32), kind="stable")
        self._texts = PackedIds([list(codes)])
        self._places = np.array(places, dtype=np.int32)[order]
        self._starts = np.searchsorted(np.array(of, dtype=np.int32)[order], np.arange(len(codes) + 1))
        self._later: defaultdict[str, list[int]] = defaultdict(list)

    def __bool__(self) -> bool:
        return len(self._places) > 0 or bool(self._later)

    def add(self, text: str, place: int) -> None:
        """Note one more."""
        if place not in self.places(text):
            self._later[text].append(place)

    def places(self, text: str) -> list[int]:
        """The places of a text, in the order in which they came."""
        code = self._texts.place(text)
        early = [] if code is None else self._places[self._starts[code] : self._starts[code + 1]].tolist()
        return early + self._later.get(text, [])
