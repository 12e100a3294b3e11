"""Ratios, lifts and the test of sample ratios say what the textbook says."""

import math

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from recsvc.serving.estimates import Figure, Ratio, Sums, Z, chance_of, lift, share_of

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


@given(st.integers(1, 10**6), st.floats(0, 1))
def test_interval_of_a_share_ends_where_the_share_is_just_believable(whole: int, at: float) -> None:
    """At its ends the share is as far off as 95 % go, and it never passes nobody or everybody."""
    part = round(whole * at)
    found = share_of(part, whole)
    assert found.low is not None
    assert found.high is not None
    assert 0 <= found.low <= found.value <= found.high <= 1
    for end in (found.low, found.high):
        spread = Z * math.sqrt(end * (1 - end) / whole)
        assert abs(found.value - end) == pytest.approx(spread, rel=1e-5, abs=1e-7)


@pytest.mark.parametrize(
    ("part", "whole", "low", "high"),
    [(9, 10, 0.5958, 0.9821), (0, 10, 0.0, 0.2775), (10, 10, 0.7225, 1.0), (500, 1000, 0.4691, 0.5309)],
)
def test_interval_of_a_share_is_that_of_the_textbook(part: int, whole: int, low: float, high: float) -> None:
    assert share_of(part, whole) == Figure(
        part / whole, pytest.approx(low, abs=5e-5), pytest.approx(high, abs=5e-5)
    )
    assert share_of(0, 0) == Figure(0.0, None, None)


@pytest.mark.parametrize(
    ("counts", "shares", "p"),
    [
        ([50, 50], [1, 1], 1.0),
        ([60, 40], [0.5, 0.5], 0.0568879),
        ([40, 60], [0.5, 0.5], 0.0568879),
        ([0, 10], [1, 1], 0.0019531),  # 2 / 2**10
        ([3, 97], [0.01, 0.99], 0.1587464),  # twice 1 - P(at most 2)
        ([4, 0, 0], [1, 1, 1], 0.0740741),  # 3 arms, twice 1 / 3**4
        ([0, 0], [1, 1], 1.0),
        ([500_000, 510_000], [1, 1], 0.0),
    ],
)
def test_chance_is_that_of_the_binomial(counts: list[int], shares: list[float], p: float) -> None:
    assert chance_of(counts, shares) == pytest.approx(p, abs=5e-7)


@pytest.mark.parametrize("share", [0.01, 0.05, 0.2, 0.5])
@pytest.mark.parametrize("visitors", [1, 5, 20, 110, 300])
def test_no_more_sound_experiments_are_accused_than_the_chance_says(share: float, visitors: int) -> None:
    """The chance of every possible draw whose p is below the bound, added up."""
    for bound in (0.05, 0.001):
        accused = sum(
            math.comb(visitors, drawn) * share**drawn * (1 - share) ** (visitors - drawn)
            for drawn in range(visitors + 1)
            if chance_of([drawn, visitors - drawn], [share, 1 - share]) < bound
        )
        assert accused <= bound


@pytest.mark.parametrize("shares", [(1, 1, 1), (0.1, 0.2, 0.7)])
def test_no_more_are_accused_of_three_arms_either(shares: tuple[float, float, float]) -> None:
    visitors, accused = 30, 0.0
    whole = sum(shares)
    for a in range(visitors + 1):
        for b in range(visitors + 1 - a):
            counts = [a, b, visitors - a - b]
            ways = math.comb(visitors, a) * math.comb(visitors - a, b)
            chance = math.prod((share / whole) ** count for share, count in zip(shares, counts, strict=True))
            accused += ways * chance * (chance_of(counts, shares) < 0.05)
    assert 0.005 < accused <= 0.05
