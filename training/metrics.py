"""Metrics of ranked lists, with bootstrap intervals over visitors."""

from collections.abc import Mapping, Sequence
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

Floats = NDArray[np.floating]
RESAMPLES = 1_000
INTERVAL = (2.5, 97.5)  # percent
CELLS = 200_000  # of resampled counts at once: larger ones leave the cache and take three times as long
Figures = dict[str, float | None]
Interval = tuple[float, float]


class Assortment(NamedTuple):
    """What some metrics ask of the items, aligned with their rows."""

    information: Floats  # (n,) bits: -log2 of an item's share of all pairs of item and buyer
    out_of_stock: NDArray[np.bool_] | None = None  # (n,); None: there is no catalogue


class Metric(NamedTuple):
    """One figure of a list: its name and how many places count."""

    name: str  # a key of `per_visitor`
    k: int

    def __str__(self) -> str:
        return f"{self.name}@{self.k}"


class Ranked(NamedTuple):
    """The top of one ranking for each visitor, judged."""

    hits: NDArray[np.bool_]  # (b, k) whether the place holds a target
    shown: NDArray[np.int32]  # (b, k) item rows, -1 where nothing was left to show
    targets: NDArray[np.int64]  # (b,) how many targets, unknown items included


def information(item_counts: Floats) -> Floats:
    """(n,) bits that an item tells of who bought it: -log2 of its share of all pairs of item and buyer.

    Args:
        item_counts: (n,) distinct buyers of each item; 0 counts as 1.
    """
    counts = np.maximum(item_counts, 1.0).astype(np.float64)
    return -np.log2(counts / counts.sum())


def figures(ranked: Ranked, ks: Sequence[int], assortment: Assortment) -> Figures:
    """Mean metrics at each k; None where there is nobody to judge, or nothing to tell by."""
    found: Figures = {}
    for k in ks:
        means = {name: _mean(values) for name, values in per_visitor(ranked, k).items()}
        means |= of_items(ranked.shown[:, :k], assortment)
        found |= {f"{name}@{k}": value for name, value in means.items()}
    return found


def per_visitor(ranked: Ranked, k: int) -> dict[str, Floats]:
    """Each metric for each visitor: recall (hits ÷ targets), capped recall, NDCG and hit rate."""
    hits = ranked.hits[:, :k].sum(axis=1)
    most = np.minimum(ranked.targets, k)
    return {
        "recall": hits / ranked.targets,
        "recall_capped": hits / most,
        "ndcg": ndcg(ranked, k),
        "hit_rate": (hits > 0).astype(np.float64),
    }


def of_items(shown: NDArray[np.int32], assortment: Assortment) -> Figures:
    """What the lists are made of: share of all items shown to anybody, mean novelty, share out of stock."""
    rows = shown[shown >= 0]
    stock = assortment.out_of_stock
    return {
        "coverage": len(np.unique(rows)) / len(assortment.information) if len(shown) else None,
        "novelty": _mean(assortment.information[rows]),
        "out_of_stock": _mean(stock[rows]) if stock is not None else None,
    }


def ndcg(ranked: Ranked, k: int) -> Floats:
    """(b,) binary NDCG with the ideal cut at k."""
    discounts = 1.0 / np.log2(np.arange(2, k + 2))
    gained = ranked.hits[:, :k] @ discounts[: ranked.hits.shape[1]]
    return gained / np.cumsum(discounts)[np.minimum(ranked.targets, k) - 1]


def intervals(values: Mapping[str, Floats], seed: int = 0) -> dict[str, Interval | None]:
    """The 95 % bootstrap interval of each mean over visitors; None for nobody.

    Args:
        values: arrays of the same length, one entry a visitor; all are drawn together, so that an interval
            of differences is a paired one.
        seed: of the draws.
    """
    columns = np.column_stack([*values.values()])
    if not columns.size:
        return dict.fromkeys(values)
    low, high = np.percentile(_resampled_means(columns, seed), INTERVAL, axis=0)
    return {name: (float(low[place]), float(high[place])) for place, name in enumerate(values)}


def _resampled_means(columns: Floats, seed: int) -> Floats:
    """(RESAMPLES, m) means of visitors drawn with replacement.

    How often each was drawn, times the columns: one product instead of a gather a column.
    """
    n, rng = len(columns), np.random.default_rng(seed)
    size = max(CELLS // n, 1)
    means = []
    for first in range(0, RESAMPLES, size):
        draws = min(size, RESAMPLES - first)
        drawn = rng.integers(n, size=(draws, n), dtype=np.int64) + n * np.arange(draws)[:, None]
        counts = np.bincount(drawn.ravel(), minlength=draws * n).reshape(draws, n)
        means.append(counts @ columns / n)
    return np.concatenate(means)


def _mean(values: NDArray[np.generic]) -> float | None:
    return float(values.mean()) if len(values) else None
