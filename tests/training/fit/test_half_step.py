"""Half steps against least squares, and blocks that must not matter."""

from concurrent.futures import ThreadPoolExecutor

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from numpy.typing import NDArray
from scipy import sparse

from recsvc.model.fold_in import Regularizer
from training.fit.half_step import ROOM, STEPS, HalfStep

OTHERS, FACTORS = 50, 5
REGULARIZER = Regularizer(2.0, 0.1, 0.5, OTHERS)


def rows_of(lengths: list[int], seed: int = 0) -> sparse.csr_matrix:
    """Confidences of rows with so many entries each."""
    rng = np.random.default_rng(seed)
    others = [np.sort(rng.choice(OTHERS, length, replace=False)) for length in lengths]
    starts = np.concatenate([[0], np.cumsum(lengths)])
    values = (1.0 + rng.exponential(3.0, int(starts[-1]))).astype(np.float32)
    return sparse.csr_matrix(
        (values, np.concatenate([*others, np.empty(0)]).astype(np.int32), starts), (len(lengths), OTHERS)
    )


def stepped(matrix: sparse.csr_matrix, times: int = 1, room: int = ROOM) -> NDArray[np.float32]:
    rng = np.random.default_rng(1)
    x = rng.random((matrix.shape[0], FACTORS), dtype=np.float32)
    y = rng.random((OTHERS, FACTORS), dtype=np.float32)
    side = HalfStep(matrix, REGULARIZER, FACTORS, room=room)
    with ThreadPoolExecutor(2) as pool:
        for _ in range(times):
            side.solve(x, y, pool)
    return x


def exact(matrix: sparse.csr_matrix) -> NDArray[np.floating]:
    """Each row by its normal equations, in float64."""
    rng = np.random.default_rng(1)
    rng.random((matrix.shape[0], FACTORS), dtype=np.float32)
    y = rng.random((OTHERS, FACTORS), dtype=np.float32).astype(np.float64)
    found = []
    for number in range(matrix.shape[0]):
        known = matrix[number].toarray().ravel()
        weights = np.where(known > 0, known, 1.0)
        lam = REGULARIZER.of(np.count_nonzero(known))
        system = (y.T * weights) @ y + lam * np.eye(FACTORS)
        found.append(np.linalg.solve(system, y.T @ known))
    return np.array(found)


LENGTHS = st.lists(st.integers(0, OTHERS), min_size=1, max_size=30)


@given(LENGTHS)
@settings(max_examples=30)
def test_repeated_steps_end_at_the_solution_of_each_row_s_own_equations(lengths: list[int]) -> None:
    matrix = rows_of(lengths)
    assert np.allclose(stepped(matrix, times=2 * FACTORS // STEPS + 2), exact(matrix), atol=1e-3)


@given(LENGTHS, st.integers(1, 40))
@settings(max_examples=30)
def test_a_row_is_solved_alike_in_any_block_and_in_pieces(lengths: list[int], entries: int) -> None:
    matrix = rows_of(lengths)
    assert np.allclose(stepped(matrix, room=entries * FACTORS), stepped(matrix), atol=1e-4)


def test_a_row_without_entries_is_zero() -> None:
    assert not stepped(rows_of([0, 3]))[0].any()


def test_the_numbers_do_not_hang_on_which_thread_takes_a_block() -> None:
    matrix = rows_of([1 + place % OTHERS for place in range(400)])
    first, second = (stepped(matrix, room=20 * FACTORS) for _ in range(2))
    assert np.array_equal(first, second)


def test_a_value_that_is_not_finite_spoils_its_own_row_alone() -> None:
    matrix = rows_of([4, 4, 4])
    matrix.data[5] = np.nan
    assert np.isfinite(stepped(matrix)).all(axis=1).tolist() == [True, False, True]


@pytest.mark.parametrize("length", [1, OTHERS])
def test_a_row_that_has_converged_stays_where_it_is(length: int) -> None:
    matrix = rows_of([length])
    assert np.allclose(stepped(matrix, times=8), stepped(matrix, times=12), atol=1e-4)
