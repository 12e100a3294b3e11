"""Geometry of plots: what is larger stands higher, and nothing leaves its frame."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from recsvc.reports import plots
from recsvc.reports.plots import Point

values = st.lists(st.integers(-(10**6), 10**6).map(lambda count: count / 1_000), min_size=1, max_size=12)


@given(values)
def test_axis_holds_every_value_and_zero_between_round_ticks(found: list[float]) -> None:
    axis = plots.axis(found)
    assert axis.low <= min(0.0, *found)
    assert axis.high >= max(0.0, *found)
    assert 2 <= len(axis.ticks) <= plots.TICKS + 3
    assert any(tick == 0.0 for tick in axis.ticks)
    assert list(axis.ticks) == sorted(axis.ticks)


@given(values)
def test_longer_bar_is_a_larger_value(found: list[float]) -> None:
    axis = plots.axis(found)
    ends = [bar.end for value in sorted(found) if (bar := plots.bar(axis, value))]
    assert len(ends) == len(found)
    assert ends == sorted(ends)
    assert all(0.0 <= end <= 100.0 for end in ends)


def test_bar_without_a_value_is_absent_and_an_interval_stands_around_its_end() -> None:
    axis = plots.axis([0.1, 0.3])
    assert plots.bar(axis, None) is None
    bar = plots.bar(axis, 0.2, (0.15, 0.25))
    assert bar is not None
    assert bar.low is not None
    assert bar.high is not None
    assert bar.low < bar.end < bar.high


@pytest.mark.parametrize(("high", "top"), [(0.42, 0.6), (0.9, 1.0), (7.0, 8.0), (130.0, 150.0), (1.0, 1.0)])
def test_axis_ends_at_a_round_number(high: float, top: float) -> None:
    assert plots.axis([high]).high == pytest.approx(top)


def test_axis_of_nothing_still_has_a_length() -> None:
    assert plots.axis([]).high > plots.axis([None]).low


@given(st.lists(st.tuples(st.floats(0, 1), st.floats(0, 0.2)), min_size=2, max_size=8))
def test_lines_stay_inside_the_frame_and_turn_values_upside_down(steps: list[tuple[float, float]]) -> None:
    points = [Point(place, y, max(y - half, 0.0), y + half) for place, (y, half) in enumerate(steps)]
    chart = plots.chart({"model": points})
    assert chart is not None
    (line,) = chart.lines
    assert line.band.endswith("Z")
    for x, y in line.dots:
        assert plots.LEFT <= x <= plots.WIDTH - plots.RIGHT
        assert plots.TOP <= y <= plots.HEIGHT - plots.BOTTOM
    highest = min(range(len(points)), key=lambda place: line.dots[place][1])
    assert line.dots[highest][1] == min(y for _, y in line.dots)
    assert points[highest].y == pytest.approx(max(point.y for point in points), abs=0.01)


def test_unequal_steps_stand_at_equal_distances() -> None:
    chart = plots.chart({"model": [Point(count, 0.1) for count in (0, 1, 10)]})
    assert chart is not None
    first, second, third = (x for x, _ in chart.xs)
    assert second - first == pytest.approx(third - second)
    assert chart.lines[0].band == ""


def test_single_point_is_no_curve() -> None:
    assert plots.chart({"model": [Point(1, 0.5)]}) is None
    assert plots.chart({"model": []}) is None
