"""Fit in this process: alternating least squares. What is imported of `implicit` is imported here alone."""

from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from typing import NamedTuple

import numpy as np
from implicit.nearest_neighbours import all_pairs_knn
from numpy.typing import NDArray
from scipy import sparse

from recsvc.domain.errors import BadDataError
from recsvc.model.fold_in import Regularizer
from training.fit.half_step import Factors, HalfStep
from training.threads import cores, single_threaded_blas

START = np.float32(0.01)
"""Of what the factors are drawn below, as `implicit` draws them."""


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
        confidences: (U, n), each stored value > 1.
        factors: f.
        penalty: λ by row.
        iterations: sweeps over both sides.
        seed: of the first factors; they are those of `implicit`.
        on_iteration: told after each sweep its number, from 1, and the item factors so far.

    Raises:
        BadDataError: the solution is not finite.
    """
    counts = np.diff(confidences.indptr), np.bincount(confidences.indices, minlength=confidences.shape[1])
    regularizers = [penalty.of(own, len(other)) for own, other in zip(counts, counts[::-1], strict=True)]
    visitor_side = HalfStep(confidences, regularizers[0], factors)
    item_side = HalfStep(confidences.T.tocsr(), regularizers[1], factors)
    rng = np.random.default_rng(seed)
    visitors, items = (START * rng.random((n, factors), dtype=np.float32) for n in confidences.shape)
    with single_threaded_blas(), ThreadPoolExecutor(cores()) as pool:
        for iteration in range(1, iterations + 1):
            visitor_side.solve(visitors, items, pool)
            item_side.solve(items, visitors, pool)
            on_iteration(iteration, items)
    if not (np.isfinite(visitors).all() and np.isfinite(items).all()):
        raise _not_finite(factors, penalty.strength)
    return Fitted(visitors, items, regularizers[0])


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
    found = all_pairs_knn(matrix.astype(np.float64, copy=False), k, num_threads=cores(), show_progress=False)
    return found.tocsr()
