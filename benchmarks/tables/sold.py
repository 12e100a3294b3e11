"""Sold: trends and arrivals, judged by what then sold."""

import numpy as np
import polars as pl
from numpy.typing import NDArray
from scipy.stats import poisson
from tables.lists import Judged, judge, ndcg, of_scores
from tables.shops import Cut

from recsvc.model.confidence import DAY_S
from training.repeats import repeats
from training.rows import rows_of
from training.sales import NEW_DAYS, Sales, arrivals, trends

Floats = NDArray[np.floating]
K = 20
FEWEST_VISITORS = 3
WINDOW_DAYS = 28.0
RISE, CHANCE = 2.0, 1e-3
"""What rose: at least twice what its past suggests, and by chance once in a thousand."""


class Shelf:
    """What is known of each product at a moment, and what then sold."""

    def __init__(self, cut: Cut) -> None:
        visitors = cut.before.group_by("item_id").agg(pl.col("visitor_id").n_unique())
        often = visitors.filter(pl.col("visitor_id") >= FEWEST_VISITORS)
        self.ids = tuple(often["item_id"].sort())
        self.sales: Sales = repeats(cut.before, self.ids, cut.moment).sales
        self.then = self._purchases(cut.after)
        self.ever = self._purchases(cut.before)
        age = (cut.moment.timestamp() - pl.col("occurred_at").dt.epoch("us") / 1e6) / DAY_S
        self.window = self._purchases(cut.before.filter(age <= WINDOW_DAYS))

    def _purchases(self, lines: pl.DataFrame) -> Floats:
        """(n,) days on which a visitor bought each product."""
        days = lines.with_columns(pl.col("occurred_at").dt.date()).unique(
            ["visitor_id", "item_id", "occurred_at"]
        )
        rows = rows_of(days["item_id"], self.ids)
        return np.bincount(rows[rows >= 0], minlength=len(self.ids)).astype(np.float64)


def judge_trends(shelves: list[Shelf]) -> Judged:
    """Products that were there for two months, by whether they then sold much more than before."""
    values: dict[str, list[float]] = {}
    for shelf in shelves:
        established = np.flatnonzero(shelf.sales.first_days > NEW_DAYS)
        expected = shelf.ever * shelf.then.sum() / shelf.ever.sum()
        by_chance = poisson.sf(shelf.then - 1, np.maximum(expected, 0.5))
        rose = np.zeros(len(shelf.ids))
        rose[established] = ((shelf.then >= RISE * expected) & (by_chance < CHANCE))[established]
        earlier = (shelf.ever - shelf.window) * shelf.window.sum() / (shelf.ever - shelf.window).sum()
        scores = {
            "trending": trends(shelf.sales),
            "ratio, not shrunk": shelf.window / np.maximum(earlier, 1e-9),
            "difference": shelf.window - earlier,
            "last four weeks": shelf.window,
            "popularity": shelf.ever,
        }
        for name, one in scores.items():
            values.setdefault(name, []).append(ndcg(of_scores(one, established), rose, K))
    return judge("trending", f"ndcg@{K}", values)


def judge_arrivals(shelves: list[Shelf]) -> Judged:
    """What was first bought in the last two months, by how much of it was then bought."""
    values: dict[str, list[float]] = {}
    for shelf in shelves:
        received = arrivals(shelf.sales, np.full(len(shelf.ids), np.nan))
        new = np.flatnonzero(received > 0)
        gains = np.zeros(len(shelf.ids))
        gains[new] = shelf.then[new]
        scores = {
            "arrivals": received,
            "last four weeks": shelf.window,
            "popularity among the new": shelf.ever,
            "newest first": -shelf.sales.first_days,
        }
        for name, one in scores.items():
            values.setdefault(name, []).append(ndcg(of_scores(one, new), gains, K))
    return judge("arrivals", f"ndcg@{K}", values)
