"""The search: uphill along one dimension after the other, in large strides, in small ones, then two at once.

Coordinate search rather than a model of the surface, because what a trial costs hangs on what it changes: the
steps before it are kept, so most trials fit nothing (docs/tuning.md has the comparison that was measured).
"""

from collections.abc import Callable, Sequence

import numpy as np

from training.tune.dimensions import Dimension, Point

STRIDES = (2, 1)  # rungs
LEAST_GAIN = 0.0002
"""A gain below a fiftieth of a percent is none: the search would walk along ridges for ever."""
MOST_BLIND = 200  # pairs tried in a row without a gain

Figure = Callable[[Point], float]
"""What a point scores; −∞ where the data cannot carry it. It raises what ends the search."""


def climb(start: Point, dimensions: Sequence[Dimension], figure: Figure, seed: int) -> Point:
    """Look for the point with the best figure; the same figures lead along the same way.

    Args:
        start: a rung for each dimension.
        dimensions: how many rungs there are.
        figure: asked for every point tried, often for the same one again.
        seed: of the pairs.

    Returns:
        the best point, once nothing near it is better.
    """
    figure(start)  # first of all, so that every other figure stands beside it
    best = start
    for stride in STRIDES:
        best = _settle(best, dimensions, figure, stride)
    rng = np.random.default_rng(seed)
    blind = 0
    while blind < MOST_BLIND and len(dimensions) > 1:
        other = _jump(best, dimensions, rng)
        blind += 1
        if other != best and _better(figure(other), figure(best)):
            best, blind = _settle(other, dimensions, figure, 1), 0
    return best


def _settle(best: Point, dimensions: Sequence[Dimension], figure: Figure, stride: int) -> Point:
    """Go through the dimensions until a whole round brings nothing."""
    while True:
        before = best
        for axis in range(len(dimensions)):
            best = _along(best, axis, dimensions, figure, stride)
        if best == before:
            return best


def _along(best: Point, axis: int, dimensions: Sequence[Dimension], figure: Figure, stride: int) -> Point:
    """Walk up one dimension as long as it brings a gain, else down."""
    for direction in (stride, -stride):
        start = best
        while (other := _moved(best, {axis: direction}, dimensions)) != best and _better(
            figure(other), figure(best)
        ):
            best = other
        if best != start:
            break
    return best


def _jump(best: Point, dimensions: Sequence[Dimension], rng: np.random.Generator) -> Point:
    """Move two dimensions at once by up to two rungs: what single steps cannot do."""
    axes = rng.choice(len(dimensions), size=2, replace=False)
    return _moved(best, {int(axis): int(rng.choice((-2, -1, 1, 2))) for axis in axes}, dimensions)


def _moved(point: Point, moves: dict[int, int], dimensions: Sequence[Dimension]) -> Point:
    last = [len(dimension.rungs) - 1 for dimension in dimensions]
    return tuple(
        min(max(rung + moves.get(axis, 0), 0), last[axis]) for axis, rung in enumerate(point)
    )  # fmt: skip


def _better(other: float, best: float) -> bool:
    return other > best + LEAST_GAIN * abs(best) if np.isfinite(best) else other > best
