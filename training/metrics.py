"""Metrics of ranked lists: recall, NDCG, hit rate, coverage, with bootstrap intervals."""

from collections.abc import Sequence
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

Floats = NDArray[np.floating]
RESAMPLES = 1_000
INTERVAL = (2.5, 97.5)  # percent
Figures = dict[str, float | None]


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


def figures(ranked: Ranked, ks: Sequence[int], n_items: int) -> Figures:
    """Mean metrics at each k; None where there is nobody to judge."""
    found: Figures = {}
    for k in ks:
        several = per_visitor(ranked, k)
        for name, values in several.items():
            found[f"{name}@{k}"] = float(values.mean()) if len(values) else None
        shown = np.unique(ranked.shown[:, :k])
        found[f"coverage@{k}"] = float((shown >= 0).sum() / n_items) if len(ranked.targets) else None
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


def ndcg(ranked: Ranked, k: int) -> Floats:
    """(b,) binary NDCG with the ideal cut at k."""
    discounts = 1.0 / np.log2(np.arange(2, k + 2))
    gained = ranked.hits[:, :k] @ discounts[: ranked.hits.shape[1]]
    return gained / np.cumsum(discounts)[np.minimum(ranked.targets, k) - 1]


def interval(values: Floats, seed: int = 0) -> tuple[float, float] | None:
    """The 95 % bootstrap interval of a mean over visitors; None for nobody."""
    if not len(values):
        return None
    rng = np.random.default_rng(seed)
    means = [values[rng.integers(len(values), size=len(values))].mean() for _ in range(RESAMPLES)]
    low, high = np.percentile(means, INTERVAL)
    return float(low), float(high)
