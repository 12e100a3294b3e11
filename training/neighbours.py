"""Neighbours: the similar products of a product page."""

from collections.abc import Sequence
from concurrent.futures import ThreadPoolExecutor

import numpy as np
from numpy.typing import NDArray

from training.tables import Table
from training.threads import cores

Rows = NDArray[np.intp]

LEAST = np.float32(1e-6)
"""Popularity, of the largest, of what nobody bought yet."""
GROUPS = 8
BLOCK = 512  # items a step: 512 × 20,000 float32 are 40 MB


def similar(
    item_factors: NDArray[np.float32],
    popularity: NDArray[np.float32],
    categories: Sequence[str | None],
    k: int,
) -> Table:
    """Similar products: those of the same category by cosine of factors and popularity, then the others.

    The weight is cosine · √popularity, of the largest, and 2 more inside the category, so that weights fall
    along a row. Given a product of a visitor's last order, those of its category that they then first bought
    were found with NDCG@10 .145 on groceries, and any on gifts with .044, means of three moments; by the
    cosine alone .124 and .032, by popularity in the category .128 and .028.

    Args:
        item_factors: (n, f).
        popularity: (n,) ≥ 0.
        categories: (n,) None where unknown.
        k: neighbours of each.
    """
    n = len(item_factors)
    norms = np.linalg.norm(item_factors, axis=1, keepdims=True)
    unit = item_factors / np.maximum(norms, np.finfo(np.float32).tiny)
    liked = unit * np.sqrt(np.maximum(popularity / max(popularity.max(), LEAST), LEAST))[:, None]
    codes = _codes(categories)
    table = Table(np.full((n, k), -1, dtype=np.int32), np.zeros((n, k), dtype=np.float32))
    by_code = np.argsort(codes, kind="stable").astype(np.int32)
    sizes = np.unique(codes, return_counts=True)[1]
    everything = np.arange(n, dtype=np.int32)
    lonely = []
    for members in np.split(by_code, np.cumsum(sizes)[:-1]):
        if len(members) > k:
            _fill(table, members, members, unit, liked, codes)
        else:
            lonely.append(members)
    if lonely:
        _fill(table, np.concatenate(lonely), everything, unit, liked, codes)
    return table


def _fill(
    table: Table,
    seeds: NDArray[np.int32],
    others: NDArray[np.int32],
    unit: NDArray[np.float32],
    liked: NDArray[np.float32],
    codes: NDArray[np.int64],
) -> None:
    """Find the nearest of `others` for each of `seeds`, in blocks; `others` rise and hold all seeds."""
    k = min(table.rows.shape[1], len(others) - 1)
    candidates = liked[others]

    def fill(first: int) -> None:
        block = seeds[first : first + BLOCK]
        scores = unit[block] @ candidates.T
        np.add(scores, 2.0, out=scores, where=codes[block, None] == codes[others])
        scores[np.arange(len(block)), np.searchsorted(others, block)] = -np.inf
        places, ranks, best, values = _best(scores, k)
        table.rows[block[places], ranks], table.weights[block[places], ranks] = others[best], values

    with ThreadPoolExecutor(cores()) as pool:  # NumPy multiplies and sorts outside the interpreter's lock
        for _ in pool.map(fill, range(0, len(seeds) if k > 0 else 0, BLOCK)):
            pass


def _best(scores: NDArray[np.float32], k: int) -> tuple[Rows, Rows, Rows, NDArray[np.float32]]:
    """The k largest positive scores of each row, equal ones by column: rows, ranks, columns and values.

    Nothing below the k-th largest of the maxima of GROUPS·k groups can be among them: to see that takes a
    quarter of the time that a partition of 25,000 columns took.
    """
    n = scores.shape[1]
    size = max(n // (GROUPS * k), 1)
    grouped = scores[:, : n // size * size].reshape(len(scores), size, -1)
    bounds = np.partition(grouped.max(axis=1), -k, axis=1)[:, -k]
    places, columns = np.divmod(np.flatnonzero(scores >= bounds[:, None]), n)
    values = scores[places, columns]
    order = np.lexsort((columns, -values, places))
    ranks = np.arange(len(places)) - np.searchsorted(places, places)
    columns, values = columns[order], values[order]
    kept = (ranks < k) & (values > 0)
    return places[kept], ranks[kept], columns[kept], values[kept]


def _codes(categories: Sequence[str | None]) -> NDArray[np.int64]:
    """A number a category; an item without one is alone in its own."""
    numbers = {category: number for number, category in enumerate(sorted({c for c in categories if c}))}
    return np.array([numbers[c] if c else -1 - row for row, c in enumerate(categories)], dtype=np.int64)
