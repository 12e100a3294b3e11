"""Ratios, lifts and the test of sample ratios say what the textbook says."""

import math

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from recsvc.serving.estimates import Ratio, Sums, chance_of, lift

amounts = st.lists(st.floats(0, 1e4), min_size=2, max_size=30)


@given(amounts)
def test_of_single_values_the_ratio_is_the_mean_with_its_standard_error(values: list[float]) -> None:
    sums = Sums()
    for value in values:
        sums.add(value)
    mean = sum(values) / len(values)
    variance = sum((value - mean) ** 2 for value in values) / (len(values) - 1)
    found = sums.ratio()
    assert found.value == pytest.approx(mean)
    assert found.error == pytest.approx(math.sqrt(variance / len(values)), abs=1e-3, rel=1e-6)


@given(amounts, st.integers(0, 50))
def test_visitors_who_spent_nothing_need_not_be_added(values: list[float], others: int) -> None:
    short, whole = Sums(), Sums()
    for value in values:
        short.add(value)
        whole.add(value)
    for _ in range(others):
        whole.add(0.0)
    assert short.ratio(len(values) + others) == pytest.approx(whole.ratio())


def test_error_of_a_ratio_is_that_of_visitors_not_of_impressions() -> None:
    """A visitor clicks always or never: a hundred impressions of one say no more than one."""
    many, few = Sums(), Sums()
    for number in range(100):
        many.add(100.0 * (number % 2), 100.0)
        few.add(number % 2)
    assert many.ratio() == pytest.approx(few.ratio())


def test_interval_covers_the_truth_nineteen_times_in_twenty() -> None:
    rng, covered = np.random.default_rng(4), 0
    for _ in range(400):
        sums = Sums()
        for _ in range(300):
            shown = int(rng.integers(1, 10))
            sums.add(float(rng.binomial(shown, 0.2)), shown)
        figure = sums.ratio().figure
        assert figure.low is not None
        assert figure.high is not None
        covered += figure.low <= 0.2 <= figure.high
    assert 0.92 < covered / 400 < 0.98


def test_what_never_varied_has_no_interval() -> None:
    empty, same = Sums(), Sums()
    same.add(1.0)
    same.add(1.0)
    assert (empty.ratio().figure.value, empty.ratio().figure.low) == (0.0, None)
    assert (same.ratio().figure.value, same.ratio().figure.high) == (1.0, None)


def test_lift_is_of_the_ratio_and_never_below_everything() -> None:
    found = lift(Ratio(0.12, 0.01), Ratio(0.1, 0.01))
    assert found is not None
    assert found.value == pytest.approx(0.2)
    assert found.low is not None
    assert found.high is not None
    assert -1 < found.low < 0 < found.value < found.high
    assert lift(Ratio(0.0, 0.0), Ratio(0.1, 0.01)) is None
    assert lift(Ratio(0.1, 0.01), Ratio(0.0, 0.0)) is None


@pytest.mark.parametrize(
    ("counts", "shares", "p"),
    [
        ([50, 50], [1, 1], 1.0),
        ([60, 40], [0.5, 0.5], 0.0455003),  # chi2 = 4, one degree of freedom
        ([10, 20, 30], [1, 1, 1], 0.0067379),  # chi2 = 10, two: exp(-5)
        ([10, 20, 30, 40], [1, 1, 1, 1], 0.0001697),  # chi2 = 20, three
        ([30, 20, 25, 15, 10], [1, 1, 1, 1, 1], 0.0139958),  # chi2 = 12.5, four: 7.25 exp(-6.25)
        ([0, 0], [1, 1], 1.0),
    ],
)
def test_chance_is_that_of_the_tables(counts: list[int], shares: list[float], p: float) -> None:
    assert chance_of(counts, shares) == pytest.approx(p, abs=5e-6)
