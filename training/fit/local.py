"""Fit in this process with `implicit`, whose only import this is."""

import os
from collections.abc import Callable
from typing import NamedTuple

import numpy as np
from implicit.cpu.als import AlternatingLeastSquares
from implicit.nearest_neighbours import all_pairs_knn
from implicit.recommender_base import ModelFitError
from numpy.typing import NDArray
from scipy import sparse
from threadpoolctl import threadpool_limits

from recsvc.domain.errors import BadDataError

Factors = NDArray[np.float32]


class Fitted(NamedTuple):
    """What alternating least squares found."""

    visitor_factors: Factors  # (U, f); serves to scale the prior and is never published
    item_factors: Factors  # (n, f)


def fit(
    confidences: sparse.csr_matrix,
    *,
    factors: int,
    regularization: float,
    iterations: int,
    seed: int,
    on_iteration: Callable[[int, Factors], None] = lambda *_: None,
) -> Fitted:
    """Factorise finished confidences.

    Args:
        confidences: (U, n), each stored value > 1; implicit reads them as c itself, nothing is added.
        factors: f.
        regularization: λ, the same for every row.
        iterations: sweeps over both sides.
        seed: an int: implicit 0.7.3 fails with a RandomState.
        on_iteration: told the number of each iteration, from 1, and its item factors, which are still in use.

    Raises:
        BadDataError: the solution is not finite.
    """
    with single_threaded_blas():
        model = AlternatingLeastSquares(
            factors=factors,
            regularization=regularization,
            alpha=1,
            iterations=iterations,
            num_threads=cores(),
            random_state=seed,
        )
        try:
            model.fit(
                confidences,
                show_progress=False,
                callback=lambda iteration, *_: on_iteration(iteration + 1, model.item_factors),
            )
        except ModelFitError as error:
            raise _not_finite(factors, regularization) from error
    fitted = Fitted(model.user_factors, model.item_factors)
    if not all(np.isfinite(side).all() for side in fitted):
        raise _not_finite(factors, regularization)  # implicit looks for NaN, not for infinity
    return fitted


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
