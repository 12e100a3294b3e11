"""Fit in this process with `implicit`, whose only import this is."""

import os
from collections.abc import Callable
from itertools import pairwise
from typing import Any, NamedTuple

import numpy as np
from implicit.cpu.als import AlternatingLeastSquares
from implicit.nearest_neighbours import all_pairs_knn
from implicit.recommender_base import ModelFitError
from numpy.typing import NDArray
from scipy import sparse
from threadpoolctl import threadpool_limits

from recsvc.domain.errors import BadDataError
from recsvc.model.fold_in import Regularizer

Factors = NDArray[np.float32]
BUCKET_RATIO = 1.2


class Penalty(NamedTuple):
    """λ_row = λ (n_row + α0·N)^ν / z on both sides (Rendle et al. 2022); ν = 0 is one λ for every row."""

    strength: float  # λ
    alpha0: float = 0.0
    exponent: float = 0.0  # ν

    def of(
        self, counts: NDArray[np.integer], n_other: int, rows: NDArray[np.integer] | None = None
    ) -> Regularizer:
        """The regulariser of one side, normalised to a mean of λ.

        Args:
            counts: (k,) entries of each row.
            n_other: N, rows of the other side.
            rows: (k,) how many rows have each count; None: one each.
        """
        scales = (counts + self.alpha0 * n_other) ** self.exponent
        mean = float(np.average(scales, weights=rows))
        return Regularizer(self.strength, self.alpha0, self.exponent, n_other, mean)


class Fitted(NamedTuple):
    """What alternating least squares found."""

    visitor_factors: Factors  # (U, f); serves to scale the prior and is never published
    item_factors: Factors  # (n, f)
    regularizer: Regularizer  # of the visitor side: what fold-in has to use


def unwatched(iteration: int, item_factors: Factors) -> None:
    """Nobody watches the fit."""


def fit(
    confidences: sparse.csr_matrix,
    *,
    factors: int,
    penalty: Penalty,
    iterations: int,
    seed: int,
    on_iteration: Callable[[int, Factors], None] = unwatched,
) -> Fitted:
    """Factorise finished confidences.

    Args:
        confidences: (U, n), each stored value > 1; implicit reads them as c itself, nothing is added.
        factors: f.
        penalty: λ by row.
        iterations: sweeps over both sides.
        seed: an int: implicit 0.7.3 fails with a RandomState.
        on_iteration: told after each sweep its number, from 1, and the item factors so far.

    Raises:
        BadDataError: the solution is not finite.
    """
    sides = _Sides(confidences, penalty)
    with single_threaded_blas():
        model = _Bucketed(
            sides, factors=factors, alpha=1, iterations=iterations, num_threads=cores(), random_state=seed
        )
        try:
            model.fit(
                sides.matrix,
                show_progress=False,
                callback=lambda done, *_: on_iteration(done + 1, sides.items(model.item_factors)),
            )
        except ModelFitError as error:
            raise _not_finite(factors, penalty.strength) from error
    found = sides.visitors(model.user_factors), sides.items(model.item_factors)
    if not all(np.isfinite(side).all() for side in found):
        raise _not_finite(factors, penalty.strength)  # implicit looks for NaN, not for infinity
    return Fitted(*found, sides.of_visitors)


class _Sides:
    """The matrix with rows and columns in order of their λ, so that rows of like λ are neighbours."""

    def __init__(self, confidences: sparse.csr_matrix, penalty: Penalty) -> None:
        visitors, items = confidences.shape
        visitor_counts = np.diff(confidences.indptr)
        item_counts = np.bincount(confidences.indices, minlength=items)
        self.of_visitors = penalty.of(visitor_counts, items)
        self.of_items = penalty.of(item_counts, visitors)
        self._order = [np.argsort(counts, kind="stable") for counts in (visitor_counts, item_counts)]
        if penalty.exponent:
            self.matrix = confidences[self._order[0]][:, self._order[1]]
        else:
            self._order = [np.arange(visitors), np.arange(items)]
            self.matrix = confidences

    def visitors(self, factors: Factors) -> Factors:
        """Visitor factors in their own order."""
        return self._restore(factors, 0)

    def items(self, factors: Factors) -> Factors:
        """Item factors in their own order."""
        return self._restore(factors, 1)

    def _restore(self, factors: Factors, side: int) -> Factors:
        found = np.empty_like(factors)
        found[self._order[side]] = factors
        return found


class _Bucketed(AlternatingLeastSquares):  # type: ignore[misc]  # implicit comes without types
    """implicit's own solver, called once for each run of rows whose λ are within 20 % of each other.

    implicit knows one λ for all rows; `fit` reads the solver from this property. 20 % leave .5 % of error in
    a half step, in 3–6 calls a side where ν is ½.
    """

    def __init__(self, sides: _Sides, **options: Any) -> None:
        super().__init__(regularization=sides.of_items.strength, **options)
        self._regularizers = {False: sides.of_visitors, True: sides.of_items}
        self._item_side = False

    @property
    def solver(self) -> Callable[..., None]:
        """What `fit` calls for visitors and items in turn."""
        return self._solve

    def _solve(self, rows: sparse.csr_matrix, x: Factors, y: Factors, _: float, num_threads: int = 0) -> None:
        regularizer = self._regularizers[self._item_side]
        self._item_side = not self._item_side
        solve = super().solver
        for first, last, strength in buckets(np.diff(rows.indptr), regularizer):
            start, stop = rows.indptr[first], rows.indptr[last]
            some = sparse.csr_matrix(
                (rows.data[start:stop], rows.indices[start:stop], rows.indptr[first : last + 1] - start),
                shape=(last - first, rows.shape[1]),
            )
            solve(some, x[first:last], y, strength, num_threads=num_threads)


def buckets(counts: NDArray[np.integer], regularizer: Regularizer) -> list[tuple[int, int, float]]:
    """Cut rows into runs of like λ: (first, last, mean λ) each.

    Args:
        counts: (rows,) entries of each row, rising where ν > 0.
        regularizer: gives λ_row.
    """
    strengths = np.array([regularizer.of(n) for n in range(int(counts.max(initial=0)) + 1)])[counts]
    places = np.floor(np.log(strengths / strengths.min()) / np.log(BUCKET_RATIO))
    edges = [0, *(np.flatnonzero(np.diff(places)) + 1).tolist(), len(counts)]
    return [(first, last, float(strengths[first:last].mean())) for first, last in pairwise(edges)]


def _not_finite(factors: int, regularization: float) -> BadDataError:
    return BadDataError(
        f"{factors} factors with regularization {regularization:g} gave values that are not finite; "
        f"raise `regularization` or lower `factors`."
    )


def top_products(matrix: sparse.csr_matrix, k: int) -> sparse.csr_matrix:
    """The k largest entries in each row of XᵀX, itself included, without ever holding the product.

    Args:
        matrix: (m, n) X with positive values.
        k: entries kept a row.

    Returns:
        (n, n) float64 CSR.
    """
    found = all_pairs_knn(matrix.astype(np.float64), k, num_threads=cores(), show_progress=False)
    return found.tocsr()


def single_threaded_blas() -> threadpool_limits:
    """Hold BLAS at one thread: implicit, which threads itself, warns of severe slowness with more."""
    return threadpool_limits(1, "blas")


def cores() -> int:
    """Cores this process may use, which a container limits below what the machine has."""
    return len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else os.cpu_count() or 1
