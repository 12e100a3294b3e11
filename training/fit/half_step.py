"""Half a sweep of alternating least squares: many rows at once, each with its own λ."""

from collections.abc import Callable, Iterator
from concurrent.futures import Executor
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray
from scipy import sparse

from recsvc.model.fold_in import Regularizer
from training.threads import cores

Factors = NDArray[np.float32]
STEPS = 3
"""Of conjugate gradients, as `implicit` takes; they go on from where the row was."""
ROOM = 1 << 20
"""Numbers of the other side held for a block: 4 MB, that all passes over them find in the cache."""
FULL = 0.5
"""Rows of a block are at least so long, of its longest: what they lack is padding."""
SHORT = 8
"""Entries that a row counts for at least: what is kept of each row takes room, too."""
TINY = np.float32(1e-20)


class _Piece(NamedTuple):
    """Entries of some rows, padded to the same number; (b, m) each."""

    others: NDArray[np.int32]
    confidences: NDArray[np.float32]  # 0 where a row has no entry
    spare: NDArray[np.float32]  # c − 1; 0 where a row has no entry


class HalfStep:
    """The rows of one side, longest first, in blocks that are solved at once.

    A pass over the entries of a block is two products of NumPy, where `implicit` calls BLAS twice an entry:
    the same numbers in 43 % of the time with 64 factors, in 58 % with 128.
    """

    def __init__(
        self, confidences: sparse.csr_matrix, regularizer: Regularizer, factors: int, *, room: int = ROOM
    ) -> None:
        """Take confidences of (rows, others), each > 1, and how many factors there will be."""
        counts = np.diff(confidences.indptr)
        self._matrix = confidences
        self._empty = np.flatnonzero(counts == 0)
        self._order = np.argsort(counts, kind="stable")[len(self._empty) :]
        self._counts = counts[self._order]
        self._starts = confidences.indptr[:-1][self._order]
        distinct, places = np.unique(self._counts, return_inverse=True)
        self._strengths = np.array([regularizer.of(n) for n in distinct.tolist()], dtype=np.float32)[places]
        self._entries = max(room // factors, 1)

    def solve(self, x: Factors, y: Factors, pool: Executor) -> None:
        """Move each row towards the solution of (YᵀY + Σ (c − 1)·y·yᵀ + λ_row·I) x = Σ c·y.

        Args:
            x: (rows, f), overwritten; what has no entry becomes 0.
            y: (others, f).
            pool: of cores() threads; new ones each time would each keep memory of their own.
        """
        x[self._empty] = 0.0
        gram = y.T @ y
        blocks = iter([*self._blocks()])  # shared: each thread takes the next one

        def work(_: int) -> None:
            room = np.empty((self._entries, y.shape[1]), dtype=np.float32)
            with np.errstate(over="ignore", invalid="ignore", divide="ignore"):  # the fit looks at its end
                for block in blocks:
                    self._solve(block, x, y, gram, room)

        for _ in pool.map(work, range(cores())):
            pass

    def _blocks(self) -> Iterator[slice]:
        last = len(self._counts)
        while last:
            longest = int(self._counts[last - 1])
            alike = int(np.searchsorted(self._counts, FULL * longest))
            first = max(last - max(self._entries // max(longest, SHORT), 1), alike)
            yield slice(first, last)
            last = first

    def _solve(self, block: slice, x: Factors, y: Factors, gram: Factors, room: Factors) -> None:
        """Conjugate gradients on the rows of a block, as in Takács, Pilászy & Tikk 2011."""
        rows, strengths = self._order[block], self._strengths[block, None]
        sums = _summing([*self._pieces(block)], y, room)

        def image(vectors: Factors) -> Factors:
            found = sums(vectors, lambda piece, dots: piece.spare * dots)
            found += vectors @ gram
            found += strengths * vectors
            return found

        vectors = x[rows]
        left = sums(vectors, lambda piece, dots: piece.confidences - piece.spare * dots)
        left -= vectors @ gram
        left -= strengths * vectors
        direction, size = left.copy(), _squares(left)
        for _ in range(STEPS):
            moved = image(direction)
            length = size / np.maximum(np.vecdot(direction, moved)[:, None], TINY)
            vectors += length * direction
            left -= length * moved
            before, size = size, _squares(left)
            direction *= size / np.maximum(before, TINY)
            direction += left
        x[rows] = vectors

    def _pieces(self, block: slice) -> Iterator[_Piece]:
        """All entries of a block; those of a row that is longer than there is room in several pieces."""
        counts, starts = self._counts[block, None], self._starts[block, None]
        longest = int(counts[-1, 0])
        width = max(self._entries // len(counts), 1)
        for first in range(0, longest, width):
            places = np.arange(first, min(first + width, longest))
            there = places < counts
            at = starts + np.minimum(places, counts - 1)
            confidences = self._matrix.data[at] * there
            yield _Piece(self._matrix.indices[at], confidences, confidences - there)


def _summing(
    pieces: list[_Piece], y: Factors, room: Factors
) -> Callable[[Factors, Callable[[_Piece, Factors], Factors]], Factors]:
    """What sums weight(piece, x·y)·y over the entries of each row; one piece is gathered only once."""
    held: list[_Piece] = []

    def gathered(piece: _Piece) -> Factors:
        found = room[: piece.others.size].reshape(*piece.others.shape, -1)
        if not (held and held[0] is piece):
            np.take(y, piece.others, axis=0, out=found, mode="clip")
            held[:] = [piece]
        return found

    def sums(vectors: Factors, weigh: Callable[[_Piece, Factors], Factors]) -> Factors:
        total = np.zeros_like(vectors)
        for piece in pieces:
            others = gathered(piece)
            total += np.vecmat(weigh(piece, np.matvec(others, vectors)), others)
        return total

    return sums


def _squares(vectors: Factors) -> Factors:
    return np.vecdot(vectors, vectors)[:, None]
