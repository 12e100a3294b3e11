import numpy as np
import pytest

from training.neighbours import GROUPS, similar

K = 3


@pytest.mark.parametrize("n", [K, GROUPS * K - 1, 5 * GROUPS * K + 7, 700])
@pytest.mark.parametrize("kinds", [1, 4, 300])
def test_the_nearest_are_those_of_a_full_sort(n: int, kinds: int) -> None:
    rng = np.random.default_rng(n + kinds)
    factors = rng.standard_normal((n, 6), dtype=np.float32)
    popularity = rng.random(n, dtype=np.float32)
    categories = rng.integers(kinds, size=n)
    table = similar(factors, popularity, [f"c{one}" for one in categories], K)
    unit = factors / np.linalg.norm(factors, axis=1, keepdims=True)
    scores = unit @ unit.T * np.sqrt(popularity / popularity.max())
    scores += 2.0 * (categories[:, None] == categories)
    np.fill_diagonal(scores, -np.inf)
    own = (categories[:, None] == categories).sum(axis=1) > K
    scores[own] = np.where(categories[own, None] == categories, scores[own], -np.inf)
    expected = -np.sort(-scores, axis=1)[:, :K]
    assert np.allclose(table.weights[:, : n - 1], np.maximum(expected, 0.0)[:, : n - 1], atol=1e-5)
    for row, others in enumerate(table.rows):
        found = others[others >= 0]
        assert np.allclose(scores[row, found], table.weights[row, : len(found)], atol=1e-5)
        assert len(set(found.tolist())) == len(found)


def test_equal_ones_stand_in_the_order_of_their_rows() -> None:
    n = 20 * GROUPS * K
    table = similar(np.ones((n, 2), dtype=np.float32), np.ones(n, dtype=np.float32), [None] * n, K)
    assert table.rows[10].tolist() == [0, 1, 2]
    assert table.rows[1].tolist() == [0, 2, 3]
