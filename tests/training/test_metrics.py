import numpy as np
import pytest

from training.metrics import Ranked, figures, interval


def ranked(hits: list[list[int]], targets: list[int]) -> Ranked:
    shown = np.tile(np.arange(len(hits[0]), dtype=np.int32), (len(hits), 1))
    return Ranked(np.array(hits, dtype=bool), shown, np.array(targets))


def test_figures_follow_their_definitions() -> None:
    found = figures(ranked([[1, 0, 1], [0, 0, 0]], [4, 1]), (2, 3), n_items=6)
    assert found["recall@3"] == pytest.approx((2 / 4 + 0) / 2)
    assert found["recall_capped@2"] == pytest.approx((1 / 2 + 0) / 2)
    assert found["hit_rate@3"] == 0.5
    assert found["coverage@2"] == pytest.approx(2 / 6)
    gained = 1 + 1 / np.log2(4)
    assert found["ndcg@3"] == pytest.approx(gained / (1 + 1 / np.log2(3) + 1 / np.log2(4)) / 2)


def test_nobody_gives_no_figures() -> None:
    found = figures(
        Ranked(np.zeros((0, 3), bool), np.zeros((0, 3), np.int32), np.zeros(0, np.int64)), (3,), 5
    )
    assert set(found.values()) == {None}
    assert interval(np.zeros(0)) is None


def test_the_interval_covers_the_mean() -> None:
    values = np.random.default_rng(1).normal(3, 1, 400)
    low, high = interval(values) or (0, 0)
    assert low < values.mean() < high
    assert high - low == pytest.approx(4 * 1 / 400**0.5, rel=0.2)
