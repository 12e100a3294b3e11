"""Growing ids: places by id and ids by place, to which more come while others read."""

from collections.abc import Iterable, Sequence
from typing import NamedTuple

from recsvc.model.packed_ids import PackedIds

LEAST_LOOSE, SHARE_LOOSE = 4_096, 16
"""Ids that came later are packed with the others where they are more than so many, and one of so many."""


class Packing(NamedTuple):
    """Ids as one packing left them, with those that came since."""

    packed: PackedIds
    loose: list[str]  # at the places behind the packed ones
    places: dict[str, int]  # of the loose ones; it leads to them, so it is written last


class GrowingIds:
    """Distinct ids, each at its place for good.

    One adds while others read, by the rule of `serving/live_catalogue`.

    Args:
        portions: the first ones, some at a time.
    """

    def __init__(self, portions: Iterable[Sequence[str]]) -> None:
        self._packing = Packing(PackedIds(portions), [], {})

    def __len__(self) -> int:
        packing = self._packing
        return len(packing.packed) + len(packing.places)

    def place(self, item_id: str) -> int | None:
        """Where an id stands, None where it is not there."""
        packing = self._packing
        found = packing.packed.place(item_id)
        return packing.places.get(item_id) if found is None else found

    @property
    def at_hand(self) -> dict[str, int]:
        """The places of those that were asked for lately; for who has many to ask for."""
        return self._packing.packed.at_hand

    def __getitem__(self, place: int) -> str:
        packed, loose, _ = self._packing
        early = len(packed)
        return packed[place] if place < early else loose[place - early]

    def add(self, item_id: str) -> None:
        """Put one more behind the others; the one that packs the loose ones takes 20 ms of a million."""
        packed, loose, places = self._packing
        loose.append(item_id)
        places[item_id] = len(packed) + len(places)
        if len(loose) > max(LEAST_LOOSE, len(packed) // SHARE_LOOSE):
            self._packing = Packing(packed.followed_by(PackedIds([loose])), [], {})

    def parts(self) -> tuple[PackedIds, dict[str, int]]:
        """The packed ones and, to be passed over, the places of the loose ones."""
        packing = self._packing
        return packing.packed, packing.places.copy()
