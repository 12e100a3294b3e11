"""Plots: where bars, dots and lines stand; the templates draw them, in the colours of the page.

Own code, for what plots of a report are about here is what the libraries lack: `pygal` draws no interval
bands, brings scripts from a host and colours of its own; `matplotlib` is 30 MB and draws text as outlines.
"""

from collections.abc import Iterable, Mapping, Sequence
from typing import NamedTuple

import numpy as np

WIDTH, HEIGHT = 326, 216
LEFT, RIGHT, TOP, BOTTOM = 38, 10, 10, 44
"""A drawing is as wide as its card on a phone, so that its letters are never smaller than they are meant."""
TICKS = 4
SMALLEST = 1e-9
"""Values that differ by less are drawn as equal."""


class Axis(NamedTuple):
    """A range of values and the round numbers in it."""

    low: float
    high: float
    ticks: tuple[float, ...]

    def share(self, value: float) -> float:
        """Where a value lies, 0 at the low end and 1 at the high one."""
        return (min(max(value, self.low), self.high) - self.low) / (self.high - self.low)

    def percent(self, value: float) -> float:
        """The same in percent of the width, as SVG takes it."""
        return round(100.0 * self.share(value), 2)


class Bar(NamedTuple):
    """A value with its interval, in percent of the width."""

    end: float
    low: float | None
    high: float | None


class Point(NamedTuple):
    """One value of a line, with its interval."""

    x: float
    y: float
    low: float | None = None
    high: float | None = None


class Line(NamedTuple):
    """A line as it is drawn."""

    name: str
    path: str
    band: str  # closed path; "" without intervals
    dots: tuple[tuple[float, float], ...]


class Chart(NamedTuple):
    """Lines over a common axis, in the units of the drawing."""

    lines: tuple[Line, ...]
    xs: tuple[tuple[float, float], ...]  # position, value
    ys: tuple[tuple[float, float], ...]
    width: int = WIDTH
    height: int = HEIGHT
    left: int = LEFT
    right: int = WIDTH - RIGHT


def axis(values: Iterable[float | None], ticks: int = TICKS) -> Axis:
    """From 0, or from below it where a value is negative, to a round number above every value."""
    known = [value for value in values if value is not None]
    low, high = min([0.0, *known]), max([0.0, *known])
    if high - low < SMALLEST:
        high = low + 1.0
    step = _round_step((high - low) / ticks)
    first, last = int(np.floor(low / step + 1e-9)), int(np.ceil(high / step - 1e-9))
    return Axis(first * step, last * step, tuple(round(place * step, 12) for place in range(first, last + 1)))


def bar(scale: Axis, value: float | None, interval: Sequence[float] | None = None) -> Bar | None:
    """Place a value on an axis; None stays None."""
    if value is None:
        return None
    low, high = (scale.percent(interval[0]), scale.percent(interval[1])) if interval else (None, None)
    return Bar(scale.percent(value), low, high)


def chart(series: Mapping[str, Sequence[Point]]) -> Chart | None:
    """Place lines on axes of their own; None where no line has two points.

    The points of a line stand at equal distances: counts such as 0, 1, 3, 10 are steps rather than lengths.
    """
    xs = sorted({point.x for points in series.values() for point in points})
    if len(xs) <= 1:
        return None
    ys = axis(value for points in series.values() for point in points for value in (point.y, point.high))
    columns = {
        x: round(LEFT + (WIDTH - LEFT - RIGHT) * place / (len(xs) - 1), 2) for place, x in enumerate(xs)
    }

    def height(value: float) -> float:
        return round(HEIGHT - BOTTOM - (HEIGHT - TOP - BOTTOM) * ys.share(value), 2)

    def line(name: str, points: Sequence[Point]) -> Line:
        dots = tuple((columns[point.x], height(point.y)) for point in points)
        upper = [(columns[p.x], height(p.high)) for p in points if p.high is not None]
        lower = [(columns[p.x], height(p.low)) for p in points if p.low is not None]
        band = f"{_path([*upper, *reversed(lower)])} Z" if len(upper) == len(lower) == len(points) else ""
        return Line(name, _path(dots), band, dots)

    return Chart(
        tuple(line(name, points) for name, points in series.items()),
        tuple((columns[x], x) for x in xs),
        tuple((height(tick), tick) for tick in ys.ticks),
    )


def _path(dots: Sequence[tuple[float, float]]) -> str:
    return " ".join(f"{'L' if place else 'M'}{x:g} {y:g}" for place, (x, y) in enumerate(dots))


def _round_step(step: float) -> float:
    """The next of 1, 2, 2.5, 5 times a power of ten."""
    power = 10.0 ** np.floor(np.log10(step))
    return float(
        power * next(round_ for round_ in (1.0, 2.0, 2.5, 5.0, 10.0) if round_ * power >= step * (1 - 1e-9))
    )
