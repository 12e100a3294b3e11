"""The index: items lie in lists of like ones; what a vector likes best lies in the lists it likes best.

An inverted file (Sivic and Zisserman 2003) asked by inner product; beside the factors only its centres are
kept.
"""

from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from recsvc.model.vocabulary import Rows


class ItemIndex(NamedTuple):
    """List i holds the rows from starts[i] up to starts[i + 1]: training numbers the items list by list."""

    centres: NDArray[np.float32]  # (c, w) what each list stands for: its mean, the longest items most
    starts: NDArray[np.int32]  # (c + 1,) rising strictly, from 0 to n
    reach: int  # lists that a search looks at

    def rows(self, vector: NDArray[np.float32]) -> Rows:
        """The rows, rising, of the lists whose centres have the highest products with a vector (w,)."""
        likes = self.centres @ vector
        reach = min(self.reach, len(likes))
        best = np.sort(likes.argpartition(-reach)[-reach:])
        starts = self.starts[best]
        sizes = self.starts[best + 1] - starts
        ends = sizes.cumsum(dtype=np.int32)
        rows = np.repeat(starts + sizes - ends, sizes)
        rows += np.arange(len(rows), dtype=np.int32)
        return rows
