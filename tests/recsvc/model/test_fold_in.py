"""Fold-in: whichever way is cheaper, one equation is solved."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from recsvc.model.fold_in import decompose, solve, split

ITEMS, FACTORS = 40, 8
Y = np.random.default_rng(3).normal(size=(ITEMS, FACTORS)).astype(np.float32)
EXACT = Y.astype(np.float64)


@given(m=st.integers(1, ITEMS), seed=st.integers(0, 10_000), lam=st.floats(1e-3, 1e4))
def test_few_and_many_known_items_solve_the_same_equation(m: int, seed: int, lam: float) -> None:
    rng = np.random.default_rng(seed)
    rows = rng.permutation(ITEMS)[:m].astype(np.int32)
    confidences = 1.0 + rng.exponential(5.0, m) * rng.integers(0, 2, m)  # some of exactly 1
    residual = rng.normal(size=(m, 2))
    found = solve(Y, decompose(EXACT.T @ EXACT), rows, confidences, residual, lam)
    known = EXACT[rows]
    a = EXACT.T @ EXACT + known.T @ np.diag(confidences - 1.0) @ known + lam * np.eye(FACTORS)
    assert np.allclose(a @ found, known.T @ (confidences[:, None] * residual), atol=1e-8)


@pytest.mark.parametrize("m", [3, 30])
def test_a_vector_is_the_sum_of_what_each_known_item_gives(m: int) -> None:
    rows, confidences = np.arange(m, dtype=np.int32), np.linspace(1.5, 9.0, m)
    residual, gram = np.linspace(-1.0, 1.0, m), decompose(EXACT.T @ EXACT)
    parts = solve(Y, gram, rows, confidences, np.diag(residual), 2.0)
    assert np.allclose(parts.sum(axis=1), solve(Y, gram, rows, confidences, residual, 2.0))


def test_factors_that_depend_on_each_other_are_solved_under_a_small_penalty() -> None:
    flat = np.repeat(Y[:, :1], FACTORS, axis=1)
    gram = flat.T.astype(np.float64) @ flat
    few, many = (
        solve(flat, decompose(gram), np.arange(m, dtype=np.int32), np.full(m, 3.0), np.ones(m), 1e-3)
        for m in (2, 20)
    )
    assert np.allclose(few, few[0])
    assert np.allclose(many, many[0])


@given(
    counts=st.lists(st.integers(0, 12), min_size=1, max_size=5).filter(any),
    seed=st.integers(0, 10_000),
    lam=st.floats(1e-2, 1e3),
)
def test_visitors_split_together_solve_the_equation_of_each(counts: list[int], seed: int, lam: float) -> None:
    rng, gram = np.random.default_rng(seed), decompose(EXACT.T @ EXACT)
    rows = np.concatenate([rng.permutation(ITEMS)[:count] for count in counts]).astype(np.int32)
    confidences = 1.0 + rng.exponential(5.0, len(rows)) * rng.integers(0, 2, len(rows))
    lams = lam * np.arange(1, len(counts) + 1)
    found = split(Y, gram, rows, confidences, np.array(counts), lams)
    places = np.split(np.arange(len(rows)), np.cumsum(counts)[:-1])
    for own, count, its in zip(places, counts, lams, strict=True):
        if count:
            alone = solve(Y, gram, rows[own], confidences[own], np.eye(count), its)
            assert np.allclose(found[own], alone.T, atol=1e-8)
