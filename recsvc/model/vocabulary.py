"""Vocabulary: the bijection between external ids and rows of the factor matrix."""

from collections.abc import Iterable, Sequence

import numpy as np
from numpy.typing import NDArray

from recsvc.domain.errors import ArtifactError

Rows = NDArray[np.int32]


class Vocabulary:
    """Ids in row order; `rows` and `ids` are each other's inverse."""

    def __init__(self, ids: Sequence[str]) -> None:
        self.ids = tuple(ids)
        self._rows = {item_id: row for row, item_id in enumerate(self.ids)}
        if len(self._rows) != len(self.ids):
            raise ArtifactError("The vocabulary names an id twice; train again.")

    def __len__(self) -> int:
        return len(self.ids)

    def __contains__(self, item_id: str) -> bool:
        return item_id in self._rows

    def row(self, item_id: str) -> int | None:
        """The row of an id, None where the model does not know it."""
        return self._rows.get(item_id)

    def rows(self, ids: Iterable[str]) -> Rows:
        """The rows of the known ids, in their order; unknown ids are dropped."""
        found = (self._rows.get(item_id) for item_id in ids)
        return np.array([row for row in found if row is not None], dtype=np.int32)

    def rows_or_minus_one(self, ids: Iterable[str]) -> Rows:
        """One row an id, -1 for an unknown one; aligned with ids."""
        return np.array([self._rows.get(item_id, -1) for item_id in ids], dtype=np.int32)
