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

    def rows(self, vectors: NDArray[np.float32]) -> tuple[Rows, NDArray[np.integer]]:
        """The rows of the lists whose centres have the highest products with vectors (b, w).

        Returns:
            (k,) the rows of each vector, rising, one's behind the other's; and (b,) how many each has.
        """
        likes = vectors @ self.centres.T
        reach = min(self.reach, len(self.centres))
        best = np.sort(likes.argpartition(-reach, axis=1)[:, -reach:], axis=1)
        starts = self.starts[best]
        sizes = self.starts[best + 1] - starts
        ends = sizes.cumsum(dtype=np.int32)
        rows = np.repeat((starts + sizes).ravel() - ends, sizes.ravel())
        rows += np.arange(len(rows), dtype=np.int32)
        return rows, sizes.sum(axis=1)
