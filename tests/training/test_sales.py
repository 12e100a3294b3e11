import numpy as np
import pytest

from training.sales import NEW_DAYS, Sales, arrivals, trends, unsold

UNDATED = np.full(4, np.nan)


def sales(recent: list[float], past: list[float], first_days: list[float]) -> Sales:
    return Sales(np.array(recent), np.array(past), np.array(first_days))


def test_a_trend_is_against_the_items_own_past_and_its_share_of_the_shop() -> None:
    steady = sales([10.0, 20.0], [100.0, 200.0], [365.0, 365.0])
    assert trends(steady).tolist() == [1.0, 1.0]
    quieter_shop = steady._replace(recent=steady.recent / 5)
    assert trends(quieter_shop).tolist() == [1.0, 1.0]
    moved = trends(steady._replace(recent=np.array([20.0, 10.0])))
    assert moved[0] > 1.3
    assert moved[1] < 0.7


def test_a_rarity_bought_once_does_not_lead_the_trends() -> None:
    found = trends(sales([1.0, 60.0, 200.0], [1.0, 300.0, 2_000.0], [3.0, 365.0, 365.0]))
    assert np.argmax(found) == 1


def test_arrivals_are_ranked_by_how_they_are_received_and_old_items_are_none() -> None:
    found = arrivals(sales([6.0, 2.0, 90.0, 0.4], [8.0, 2.0, 900.0, 1.0], [30.0, 30.0, 400.0, 59.0]), UNDATED)
    assert found[2] == 0.0
    assert found[0] > found[1] > found[3] > 0.0


def test_an_arrival_of_yesterday_is_not_behind_one_that_had_two_months() -> None:
    found = arrivals(sales([3.0, 6.0, 9.0, 0.0], [3.0, 12.0, 90.0, 0.0], [2.0, 58.0, 400.0, np.inf]), UNDATED)
    assert found[0] > found[1]


def test_the_catalogue_says_better_than_the_log_since_when_an_item_is_there() -> None:
    both = sales([5.0, 5.0, 5.0, 5.0], [9.0, 9.0, 9.0, 9.0], [20.0, 300.0, 20.0, 400.0])
    found = arrivals(both, np.array([np.nan, 10.0, 200.0, -5.0]))
    assert (found > 0).tolist() == [True, True, False, False]


def test_in_a_short_log_the_first_purchase_says_little() -> None:
    found = arrivals(sales([5.0, 5.0, 1.0], [9.0, 9.0, 1.0], [28.0, 20.0, 5.0]), UNDATED[:3])
    assert (found > 0).tolist() == [False, False, True]


def test_an_item_nobody_bought_yet_ranks_below_a_typical_arrival_unless_it_came_today() -> None:
    sold = sales([9.0, 1.0, 50.0], [12.0, 1.0, 900.0], [30.0, 30.0, 400.0])
    both = Sales(*map(np.concatenate, zip(sold, unsold(2), strict=True)))
    found = arrivals(both, np.array([np.nan, np.nan, np.nan, 0.0, NEW_DAYS]))
    assert found[0] > found[3] > found[1] > found[4] > 0.0


@pytest.mark.parametrize("n", [0, 3])
def test_without_times_nothing_trends_and_nothing_is_new(n: int) -> None:
    assert not trends(unsold(n)).any()
    assert not arrivals(unsold(n), np.zeros(n)).any()
