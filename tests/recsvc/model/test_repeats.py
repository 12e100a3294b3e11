import numpy as np
from hypothesis import given
from hypothesis import strategies as st

from recsvc.model.repeats import activations

days = st.floats(0, 5_000)


def test_what_was_just_bought_or_at_an_unknown_or_future_time_counts_fully() -> None:
    assert activations([0.0, np.nan, -3.0], 30.0).tolist() == [1.0, 1.0, 1.0]


def test_an_interval_later_it_counts_half() -> None:
    assert activations([7.0, 28.0], [7.0, 28.0]).tolist() == [0.5, 0.5]


@given(st.lists(days, min_size=2, max_size=20, unique=True), st.floats(0.5, 400))
def test_it_falls_with_age_and_never_to_nothing(ages: list[float], interval: float) -> None:
    found = activations(sorted(ages), interval)
    assert (np.diff(found) <= 0).all()
    assert (found > 0).all()


@given(st.floats(0.1, 5_000), st.floats(1, 400), st.floats(1.1, 10))
def test_it_falls_slower_where_people_buy_rarely(age: float, interval: float, times: float) -> None:
    frequent, rare = activations([age, age], [interval, interval * times])
    assert frequent < rare
