"""Lists: how good rankings are, each beside its rivals on the same cases."""

from collections.abc import Iterable, Mapping, Sequence
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from training.metrics import intervals

Rows = NDArray[np.integer]
Floats = NDArray[np.floating]
FEWEST = 100
"""Cases that carry an interval."""


class Judged(NamedTuple):
    """One table beside its rivals."""

    table: str
    metric: str
    cases: int
    figures: dict[str, float]  # ours first
    gains: dict[str, tuple[float, float] | None]  # 95 % of ours minus each rival, over cases; None: too few


def judge(table: str, metric: str, values: Mapping[str, Sequence[float]]) -> Judged:
    """Compare by the mean over cases; the first of `values` is ours."""
    columns = {name: np.asarray(one) for name, one in values.items()}
    ours, *rivals = columns
    cases = len(columns[ours])
    paired = intervals({name: columns[ours] - columns[name] for name in rivals}) if cases >= FEWEST else {}
    return Judged(
        table, metric, cases, {name: float(one.mean()) for name, one in columns.items()},
        {name: paired.get(name) for name in rivals},
    )  # fmt: skip


def ndcg(ranked: Rows, gains: Floats, k: int, ideal: Floats | None = None) -> float:
    """NDCG@k of one list.

    Args:
        ranked: rows, best first.
        gains: (n,) ≥ 0, of every row.
        k: places that count.
        ideal: gains, best first, where sorting all of `gains` would be too slow.
    """
    top = ranked[:k]
    best = np.sort(gains)[::-1][:k] if ideal is None else ideal[:k]
    discounts = 1.0 / np.log2(np.arange(2, k + 2))
    return float(gains[top] @ discounts[: len(top)] / (best @ discounts[: len(best)]))


def of_scores(scores: Floats, among: Rows) -> Rows:
    """Some rows by their scores, best first; ties by row."""
    return among[np.argsort(-scores[among], kind="stable")]


def hits(ranked: Iterable[int], wanted: set[int], k: int) -> float:
    """Binary NDCG@k of one list."""
    gained = sum(1.0 / np.log2(place + 2) for place, row in enumerate(list(ranked)[:k]) if row in wanted)
    return gained / sum(1.0 / np.log2(place + 2) for place in range(min(len(wanted), k)))
