"""Vocabulary: the bijection between external ids and rows of the factor matrix."""

from collections.abc import Iterable, Sequence

import numpy as np

from recsvc.domain.errors import ArtifactError
from recsvc.model.packed_ids import PackedIds, Places

Rows = Places
"""Where ids stand in a model."""


class Vocabulary:
    """Ids in row order; `rows` and `ids` are each other's inverse."""

    def __init__(self, ids: Sequence[str]) -> None:
        try:
            self.ids = ids if isinstance(ids, PackedIds) else PackedIds([ids])
        except ValueError:
            raise ArtifactError("The vocabulary names an id twice; train again.") from None

    def __len__(self) -> int:
        return len(self.ids)

    def __contains__(self, item_id: str) -> bool:
        return item_id in self.ids

    def row(self, item_id: str) -> int | None:
        """The row of an id, None where the model does not know it."""
        return self.ids.place(item_id)

    def rows(self, ids: Iterable[str]) -> Rows:
        """The rows of the known ids, in their order; unknown ids are dropped."""
        found = self.rows_or_minus_one(ids)
        return found[found >= 0]

    def rows_or_minus_one(self, ids: Iterable[str]) -> Rows:
        """One row an id, -1 for an unknown one; aligned with ids."""
        named = [*ids]
        found = [*map(self.ids.at_hand.get, named)]
        if None in found:
            places = (self.ids.place(item_id) for item_id in named)
            found = [-1 if row is None else row for row in places]
        return np.array(found, dtype=np.int32)
