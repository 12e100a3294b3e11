import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from implicit.cpu.als import AlternatingLeastSquares
from numpy.typing import NDArray
from scipy import sparse
from threadpoolctl import threadpool_limits

from recsvc.domain.errors import BadDataError
from recsvc.model.fold_in import Regularizer, solve
from recsvc.model.scoring import History, build_query, score
from tests.training.shops import plain_artifact
from training.fit.local import Penalty, fit, top_products

VISITORS, ITEMS, FACTORS, LAMBDA = 60, 40, 8, 3.0


def confidence_matrix(seed: int) -> sparse.csr_matrix:
    rng = np.random.default_rng(seed)
    known = rng.random((VISITORS, ITEMS)) < 0.2
    known[:, 0] = True
    return sparse.csr_matrix(np.where(known, 1.0 + rng.exponential(4.0, known.shape), 0.0), dtype=np.float32)


def recalculated(item_factors: NDArray[np.float32], row: sparse.csr_matrix) -> NDArray[np.float32]:
    """What implicit itself solves for one visitor."""
    with threadpool_limits(1, "blas"):
        theirs = AlternatingLeastSquares(factors=FACTORS, regularization=LAMBDA, alpha=1, num_threads=1)
    theirs.item_factors = item_factors
    return theirs.recalculate_user(0, row)


@given(seed=st.integers(0, 10_000), visitor=st.integers(0, VISITORS - 1))
@settings(max_examples=25, deadline=None)
def test_fold_in_without_a_prior_equals_implicit(seed: int, visitor: int) -> None:
    matrix = confidence_matrix(seed)
    y = fit(matrix, factors=FACTORS, penalty=Penalty(LAMBDA), iterations=2, seed=1).item_factors
    row = matrix[visitor]
    ours = solve(
        y, (y.T @ y).astype(np.float64), row.indices, row.data.astype(np.float64),
        np.ones(row.nnz), Regularizer(LAMBDA).of(row.nnz),
    )  # fmt: skip
    assert np.abs(ours - recalculated(y, row)).max() < 1e-4


@pytest.mark.parametrize("seed", [1, 2, 3])
def test_the_score_without_prior_and_table_equals_implicit(seed: int) -> None:
    matrix = confidence_matrix(seed)
    y = fit(matrix, factors=FACTORS, penalty=Penalty(LAMBDA), iterations=3, seed=seed).item_factors
    model = plain_artifact(y, strength=LAMBDA)
    bought = [f"i{row:03}" for row in matrix[seed].indices]
    ones = [1.0] * len(bought)
    history = History(bought, ["purchase"] * len(bought), [float("nan")] * len(bought), ones, ones)
    query = build_query(model, history, now=0.0)
    confident = sparse.csr_matrix(
        (query.known.confidences, query.known.rows, [0, len(bought)]), shape=(1, ITEMS), dtype=np.float32
    )
    expected = y @ recalculated(y, confident)
    assert np.abs(score(model, query) - expected).max() < 1e-4


def test_the_same_seed_gives_the_same_factors() -> None:
    matrix = confidence_matrix(0)
    first, second = (
        fit(matrix, factors=4, penalty=Penalty(LAMBDA), iterations=3, seed=5).item_factors for _ in range(2)
    )
    assert np.array_equal(first, second)


def test_values_that_are_not_finite_are_refused() -> None:
    broken = confidence_matrix(0)
    broken.data[3] = np.nan
    with pytest.raises(BadDataError, match="not finite"):
        fit(broken, factors=4, penalty=Penalty(LAMBDA), iterations=2, seed=1)


@given(seed=st.integers(0, 1_000))
@settings(max_examples=20, deadline=None)
def test_top_products_are_the_largest_of_each_row(seed: int) -> None:
    matrix = confidence_matrix(seed)
    full = (matrix.T @ matrix).toarray()
    found = top_products(matrix, 5)
    for row in range(ITEMS):
        assert np.allclose(np.sort(found[row].data)[::-1], np.sort(full[row])[::-1][:5], rtol=1e-4)
