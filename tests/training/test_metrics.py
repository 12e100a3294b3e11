import numpy as np
import pytest

from training.metrics import Assortment, Ranked, figures, information, intervals

PLAIN = Assortment(np.zeros(6))


def ranked(hits: list[list[int]], targets: list[int]) -> Ranked:
    shown = np.tile(np.arange(len(hits[0]), dtype=np.int32), (len(hits), 1))
    return Ranked(np.array(hits, dtype=bool), shown, np.array(targets))


def test_figures_follow_their_definitions() -> None:
    found = figures(ranked([[1, 0, 1], [0, 0, 0]], [4, 1]), (2, 3), PLAIN)
    assert found["recall@3"] == pytest.approx((2 / 4 + 0) / 2)
    assert found["recall_capped@2"] == pytest.approx((1 / 2 + 0) / 2)
    assert found["hit_rate@3"] == 0.5
    assert found["coverage@2"] == pytest.approx(2 / 6)
    gained = 1 + 1 / np.log2(4)
    assert found["ndcg@3"] == pytest.approx(gained / (1 + 1 / np.log2(3) + 1 / np.log2(4)) / 2)


def test_novelty_is_the_information_of_what_is_shown() -> None:
    assert information(np.array([4, 2, 1, 1])).tolist() == [1.0, 2.0, 3.0, 3.0]
    found = figures(ranked([[0, 0, 0]], [1]), (1, 3), Assortment(information(np.array([4, 2, 1, 1]))))
    assert (found["novelty@1"], found["novelty@3"]) == (1.0, 2.0)


def test_places_out_of_stock_are_counted_and_empty_ones_are_not() -> None:
    shown = np.array([[0, 1], [2, -1]], dtype=np.int32)
    lists = Ranked(np.zeros((2, 2), bool), shown, np.ones(2, np.int64))
    stock = Assortment(np.zeros(3), np.array([True, False, False]))
    assert figures(lists, (2,), stock)["out_of_stock@2"] == pytest.approx(1 / 3)
    assert figures(lists, (2,), stock._replace(out_of_stock=None))["out_of_stock@2"] is None


def test_nobody_gives_no_figures() -> None:
    nobody = Ranked(np.zeros((0, 3), bool), np.zeros((0, 3), np.int32), np.zeros(0, np.int64))
    assert set(figures(nobody, (3,), PLAIN).values()) == {None}
    assert intervals({"nothing": np.zeros(0)}) == {"nothing": None}


def test_an_interval_covers_its_mean() -> None:
    values = np.random.default_rng(1).normal(3, 1, 400)
    low, high = intervals({"it": values})["it"] or (0, 0)
    assert low < values.mean() < high
    assert high - low == pytest.approx(4 * 1 / 400**0.5, rel=0.2)


def test_the_interval_of_a_difference_is_a_paired_one() -> None:
    rng = np.random.default_rng(1)
    first = rng.normal(3, 1, 400)
    second = first + rng.normal(0.1, 0.01, 400)
    found = intervals({"first": first, "gain": second - first})
    (low, high), (lower, higher) = found["first"] or (0, 0), found["gain"] or (0, 0)
    assert higher - lower < (high - low) / 50
