import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from implicit.cpu.als import AlternatingLeastSquares
from numpy.typing import NDArray
from scipy import sparse
from threadpoolctl import threadpool_limits

from recsvc.domain.errors import BadDataError
from recsvc.model.fold_in import Regularizer, decompose, solve
from recsvc.model.known import History
from recsvc.model.scoring import build_query, score
from tests.training.shops import plain_artifact
from training.fit.local import Penalty, fit, top_products

VISITORS, ITEMS, FACTORS, LAMBDA = 60, 40, 8, 3.0
EXACT = 3
"""implicit takes three steps of conjugate gradients, which solve three equations exactly."""


def confidence_matrix(seed: int) -> sparse.csr_matrix:
    rng = np.random.default_rng(seed)
    known = rng.random((VISITORS, ITEMS)) < 0.2
    known[:, 0] = True
    return sparse.csr_matrix(np.where(known, 1.0 + rng.exponential(4.0, known.shape), 0.0), dtype=np.float32)


def of_two_kinds(seed: int) -> sparse.csr_matrix:
    """Visitors know 15 items or 5, items have 30 visitors or 10: all are known well enough to converge."""
    known = np.zeros((VISITORS, ITEMS), dtype=bool)
    known[:30, :10] = True
    for item in range(10, ITEMS):
        known[(2 * (item - 10) + np.arange(10)) % VISITORS, item] = True
    weights = 1.0 + np.random.default_rng(seed).exponential(4.0, known.shape)
    return sparse.csr_matrix(np.where(known, weights, 0.0), dtype=np.float32)


def solved(other: NDArray[np.float32], row: sparse.csr_matrix, lam: float) -> NDArray[np.floating]:
    """The vector of one row by least squares over all of the other side: Σ c (p - x·y)² + λ x²."""
    f = other.shape[1]
    known = row.toarray().ravel().astype(np.float64)
    roots = np.sqrt(np.where(known > 0, known, 1.0))
    system = np.vstack([roots[:, None] * other, np.sqrt(lam) * np.eye(f)])
    return np.linalg.lstsq(system, np.append(roots * (known > 0), np.zeros(f)), rcond=None)[0]


def recalculated(item_factors: NDArray[np.float32], row: sparse.csr_matrix) -> NDArray[np.float32]:
    """What implicit itself solves for one visitor."""
    with threadpool_limits(1, "blas"):
        theirs = AlternatingLeastSquares(factors=FACTORS, regularization=LAMBDA, alpha=1, num_threads=1)
    theirs.item_factors = item_factors
    return theirs.recalculate_user(0, row)


@given(seed=st.integers(0, 10_000), visitor=st.integers(0, VISITORS - 1))
@settings(max_examples=25)
def test_fold_in_without_a_prior_equals_implicit(seed: int, visitor: int) -> None:
    matrix = confidence_matrix(seed)
    y = fit(matrix, factors=FACTORS, penalty=Penalty(LAMBDA), iterations=2, seed=1).item_factors
    row = matrix[visitor]
    ours = solve(
        y, decompose((y.T @ y).astype(np.float64)), row.indices, row.data.astype(np.float64),
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


@pytest.mark.parametrize("exponent", [0.5, 1.0])
def test_a_half_step_solves_each_row_with_its_own_penalty(exponent: float) -> None:
    matrix, penalty = confidence_matrix(4), Penalty(LAMBDA, 0.2, exponent)
    found = fit(matrix, factors=EXACT, penalty=penalty, iterations=1, seed=1)
    columns = matrix.T.tocsr()
    counts = np.diff(columns.indptr)
    scales = (counts + 0.2 * VISITORS) ** exponent
    for item in range(ITEMS):
        lam = LAMBDA * scales[item] / scales.mean()
        expected = solved(found.visitor_factors, columns[item], lam)
        assert np.allclose(found.item_factors[item], expected, atol=2e-4)


def test_one_penalty_for_all_rows_is_plain_implicit() -> None:
    matrix = confidence_matrix(2)
    ours = fit(matrix, factors=FACTORS, penalty=Penalty(LAMBDA, 0.5), iterations=4, seed=9)
    with threadpool_limits(1, "blas"):
        theirs = AlternatingLeastSquares(
            factors=FACTORS, regularization=LAMBDA, alpha=1, iterations=4, random_state=9
        )
        theirs.fit(matrix, show_progress=False)
    assert np.allclose(ours.item_factors, theirs.item_factors, atol=1e-3)
    assert np.allclose(ours.visitor_factors, theirs.user_factors, atol=1e-3)


def test_fold_in_with_the_published_penalty_finds_the_vectors_of_the_fit() -> None:
    matrix = of_two_kinds(6)
    found = fit(matrix, factors=EXACT, penalty=Penalty(LAMBDA, 0.2, 0.5), iterations=80, seed=1)
    y = found.item_factors
    gram = decompose((y.T @ y).astype(np.float64))
    for visitor in range(VISITORS):
        row = matrix[visitor]
        lam = found.regularizer.of(row.nnz)
        folded = solve(y, gram, row.indices, row.data.astype(np.float64), np.ones(row.nnz), lam)
        assert np.allclose(folded, solved(y, row, lam), atol=1e-5)
        assert np.allclose(folded, found.visitor_factors[visitor], atol=2e-3)


@given(st.lists(st.integers(1, 500), min_size=1, max_size=60), st.floats(0.0, 2.0))
def test_the_mean_penalty_is_the_strength_asked_for(found: list[int], exponent: float) -> None:
    counts = np.array(found)
    regularizer = Penalty(LAMBDA, 0.05, exponent).of(counts, 40)
    assert np.mean([regularizer.of(n) for n in found]) == pytest.approx(LAMBDA)


@given(seed=st.integers(0, 1_000))
@settings(max_examples=20)
def test_top_products_are_the_largest_of_each_row(seed: int) -> None:
    matrix = confidence_matrix(seed)
    full = (matrix.T @ matrix).toarray()
    found = top_products(matrix, 5)
    for row in range(ITEMS):
        assert np.allclose(np.sort(found[row].data)[::-1], np.sort(full[row])[::-1][:5], rtol=1e-4)
