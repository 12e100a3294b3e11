"""The picture: what a search saw, as one SVG that stands alone, in light and dark."""

from collections.abc import Iterator, Sequence
from html import escape
from typing import NamedTuple

import numpy as np

from training.tune.dimensions import Dimension
from training.tune.journal import Trial

WIDTH, MARGIN, GAP = 960, 24, 28
PANEL = (WIDTH - 2 * MARGIN - 2 * GAP) / 3, 150.0  # width and height of one dimension's plot
PROGRESS = 190.0  # height of the first plot
WORST_SHOWN = 15  # percentile of the figures at the lower edge; what is worse lies on it
STYLE = """
svg { color-scheme: light dark; font: 13px system-ui, sans-serif; background: #fff; color: #1d2430 }
text { fill: currentColor } .faint { opacity: .66 } .head { font-weight: 600 } .big { font-size: 17px }
.axis { stroke: currentColor; opacity: .35 } .trial { fill: #6b7c93; opacity: .45 }
.best { fill: none; stroke: #0b6bcb; stroke-width: 2 } .chosen { fill: #0b6bcb }
@media (prefers-color-scheme: dark) {
svg { background: #14181f; color: #e6e9ee } .trial { fill: #9fb0c6 } .best { stroke: #6cb3ff }
.chosen { fill: #6cb3ff } }
"""


class Scale(NamedTuple):
    """Figures as heights of a plot."""

    low: float
    high: float

    def y(self, figure: float, top: float, height: float) -> float:
        """Where a figure lies; below the scale it lies on the lower edge."""
        share = (max(figure, self.low) - self.low) / (self.high - self.low or 1.0)
        return top + height * (1.0 - share)


def picture(trials: Sequence[Trial], dimensions: Sequence[Dimension], metric: str) -> str:
    """Draw how the best figure rose, and for each dimension what its values scored.

    Args:
        trials: at least one with a figure.
        dimensions: the ladders; one plot each.
        metric: names the axis.
    """
    judged = [trial for trial in trials if trial.figure is not None]
    figures = np.array([trial.figure for trial in judged], dtype=np.float64)
    scale = Scale(float(np.percentile(figures, WORST_SHOWN)), float(figures.max()))
    best = judged[int(figures.argmax())]
    rows = -(-len(dimensions) // 3)
    height = MARGIN * 2 + 62 + PROGRESS + 40 + rows * (PANEL[1] + 64)
    told = (
        f"{metric} rose from {figures[0]:.4f} to {best.figure:.4f}, reached by trial {best.number} "
        f"of {len(trials)}."
    )
    parts = [
        f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {WIDTH} {height:.0f}" role="img"',
        ' aria-labelledby="title told"><title id="title">What the search saw</title>',
        f'<desc id="told">{escape(told)}</desc><style>{STYLE}</style>',
        _text(MARGIN, MARGIN + 14, "What the search saw", "head big"),
        _text(MARGIN, MARGIN + 36, told, "faint"),
        *_progress(judged, scale, MARGIN + 62),
    ]
    for number, dimension in enumerate(dimensions):
        left = MARGIN + (number % 3) * (PANEL[0] + GAP)
        top = MARGIN + 62 + PROGRESS + 62 + (number // 3) * (PANEL[1] + 64)
        parts += _plot(dimension, judged, best, scale, left, top)
    return "".join([*parts, "</svg>\n"])


def _progress(judged: Sequence[Trial], scale: Scale, top: float) -> Iterator[str]:
    width = WIDTH - 2 * MARGIN
    yield from _frame(MARGIN, top, width, PROGRESS, scale)
    step = width / max(judged[-1].number - 1, 1)
    line, reached = [], float("-inf")
    for trial in judged:
        figure = float(trial.figure or 0.0)
        x = MARGIN + (trial.number - 1) * step
        yield _dot(x, scale.y(figure, top, PROGRESS), "trial", f"{trial.number}: {figure:.4f}")
        before, reached = reached, max(reached, figure)
        line += [(x, scale.y(max(before, scale.low), top, PROGRESS)), (x, scale.y(reached, top, PROGRESS))]
    yield _line(line)
    yield _text(MARGIN, top + PROGRESS + 18, "trial 1", "faint")
    yield _text(WIDTH - MARGIN, top + PROGRESS + 18, f"trial {judged[-1].number}", "faint", anchor="end")


def _plot(
    dimension: Dimension, judged: Sequence[Trial], best: Trial, scale: Scale, left: float, top: float
) -> Iterator[str]:
    width, height = PANEL
    yield _text(left, top - 8, dimension.key, "head")
    yield from _frame(left, top, width, height, scale)
    step = width / max(len(dimension.rungs) - 1, 1)
    places = {rung: left + number * step for number, rung in enumerate(dimension.rungs)}
    highest: dict[float, float] = {}
    for trial in judged:
        rung, figure = trial.values[dimension.key], float(trial.figure or 0.0)
        highest[rung] = max(figure, highest.get(rung, figure))
        yield _dot(places[rung], scale.y(figure, top, height), "trial", f"{rung:g}: {figure:.4f}")
    yield _line([(places[rung], scale.y(highest[rung], top, height)) for rung in sorted(highest)])
    chosen = best.values[dimension.key]
    yield _dot(places[chosen], scale.y(float(best.figure or 0.0), top, height), "chosen", "best", radius=5)
    yield _text(places[chosen], top + height + 34, f"{chosen:g}", "head", anchor=_anchor(chosen, dimension))
    yield _text(left, top + height + 18, f"{dimension.rungs[0]:g}", "faint")
    yield _text(left + width, top + height + 18, f"{dimension.rungs[-1]:g}", "faint", anchor="end")


def _anchor(value: float, dimension: Dimension) -> str:
    place = dimension.rungs.index(value) / max(len(dimension.rungs) - 1, 1)
    return "start" if place == 0 else "end" if place == 1 else "middle"


def _frame(left: float, top: float, width: float, height: float, scale: Scale) -> Iterator[str]:
    for figure, y in ((scale.high, top), (scale.low, top + height)):
        yield f'<line class="axis" x1="{left:.1f}" x2="{left + width:.1f}" y1="{y:.1f}" y2="{y:.1f}"/>'
        yield _text(left + width, y - 4, f"{figure:.4f}", "faint", anchor="end")


def _text(x: float, y: float, text: str, style: str, anchor: str = "start") -> str:
    return f'<text x="{x:.1f}" y="{y:.1f}" class="{style}" text-anchor="{anchor}">{escape(text)}</text>'


def _dot(x: float, y: float, style: str, title: str, radius: float = 3) -> str:
    title = f"<title>{escape(title)}</title>"
    return f'<circle class="{style}" cx="{x:.1f}" cy="{y:.1f}" r="{radius:g}">{title}</circle>'


def _line(points: Sequence[tuple[float, float]]) -> str:
    return f'<polyline class="best" points="{" ".join(f"{x:.1f},{y:.1f}" for x, y in points)}"/>'
