"""The search on surfaces whose top is known."""

from collections.abc import Callable

import pytest

from training.tune.dimensions import Dimension, Point
from training.tune.search import climb

SPACE = tuple(Dimension(name, tuple(float(rung) for rung in range(12))) for name in "abc")


def hill(*top: int) -> Callable[[Point], float]:
    return lambda point: 100.0 - sum((rung - best) ** 2 for rung, best in zip(point, top, strict=True))


@pytest.mark.parametrize("top", [(0, 0, 0), (11, 11, 11), (3, 10, 6)])
def test_the_top_of_a_hill_is_found_from_anywhere(top: tuple[int, int, int]) -> None:
    assert climb((5, 5, 5), SPACE, hill(*top), seed=1) == top


def test_a_top_that_no_single_step_leads_to_is_found_by_two_at_once() -> None:
    def ridge(point: Point) -> float:
        a, b, _ = point
        return 100.0 + min(a, b) - 3 * abs(a - b)

    found = climb((2, 2, 0), SPACE, ridge, seed=1)
    assert found[:2] == (11, 11)


def test_the_start_is_tried_first() -> None:
    tried: list[Point] = []
    climb((5, 5, 5), SPACE, lambda point: tried.append(point) or hill(3, 9, 1)(point), seed=1)  # type: ignore[func-returns-value]
    assert tried[0] == (5, 5, 5)


def test_points_that_cannot_be_trained_are_walked_around() -> None:
    def broken(point: Point) -> float:
        return float("-inf") if point[0] > 7 else hill(9, 4, 4)(point)

    assert climb((5, 5, 5), SPACE, broken, seed=1) == (7, 4, 4)


def test_the_same_figures_lead_along_the_same_way() -> None:
    ways: list[list[Point]] = [[], []]
    for way in ways:
        climb((5, 5, 5), SPACE, lambda point, way=way: way.append(point) or hill(3, 9, 1)(point), seed=4)  # type: ignore[misc]
    assert ways[0] == ways[1]
