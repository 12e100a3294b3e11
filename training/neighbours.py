"""Neighbours: the item-item table of the score, and the similar products of a product page."""

from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray
from scipy import sparse

from training.fit.local import top_products
from training.interactions import Interactions
from training.tables import Table, top_table

SEEN_EXPONENT = 0.6  # b
CANDIDATE_EXPONENT = 0.3  # c
BLOCK = 512  # items a step: 512 × 20,000 float32 are 40 MB
SELF_ROWS = 25.0
"""Own weight of a repeat, in whole rows of neighbours: high enough that own counts rank repeats."""
PAIR_BUDGET = 2_000_000_000
"""Σ n_u², the pairs that one run may count; beyond it busy visitors are thinned."""


def item_item(interactions: Interactions, k: int, *, keep_seen: bool, seed: int) -> Table:
    """The table S: D^-b XᵀD_u^-1 X D^-c, row of the seen item, cut to its k best candidates.

    Where people buy the same again, each item is its own first neighbour.
    """
    matrix = _thinned(interactions, seed)
    n = matrix.shape[1]
    activity = np.maximum(np.diff(matrix.indptr), 1).astype(np.float64)
    sizes = np.maximum(interactions.item_counts, 1).astype(np.float64)
    # Symmetric under the cut: D^-c stands on both sides, and the seen side is corrected afterwards, which
    # leaves the order inside a row alone.
    scaled = sparse.diags(activity**-0.5) @ matrix @ sparse.diags(sizes**-CANDIDATE_EXPONENT)
    found = top_products(scaled.tocsr(), k + 1).tocoo()
    other = found.row != found.col
    seeds, others = found.row[other], found.col[other]
    weights = found.data[other] * sizes[seeds] ** (CANDIDATE_EXPONENT - SEEN_EXPONENT)
    table = top_table(seeds, others, weights, n, k)
    return _with_itself(table) if keep_seen else table


def similar(item_factors: NDArray[np.float32], categories: Sequence[str | None], k: int) -> Table:
    """Similar products: those of the same category by cosine of factors, then the others.

    The weight is the cosine, and 2 more inside the category, so that weights fall along a row.
    """
    n = len(item_factors)
    norms = np.linalg.norm(item_factors, axis=1, keepdims=True)
    unit = item_factors / np.maximum(norms, np.finfo(np.float32).tiny)
    codes = _codes(categories)
    table = Table(np.full((n, k), -1, dtype=np.int32), np.zeros((n, k), dtype=np.float32))
    by_code = np.argsort(codes, kind="stable").astype(np.int32)
    sizes = np.unique(codes, return_counts=True)[1]
    everything = np.arange(n, dtype=np.int32)
    lonely = []
    for members in np.split(by_code, np.cumsum(sizes)[:-1]):
        if len(members) > k:
            _fill(table, members, members, unit, codes)
        else:
            lonely.append(members)
    if lonely:
        _fill(table, np.concatenate(lonely), everything, unit, codes)
    return table


def _fill(
    table: Table,
    seeds: NDArray[np.int32],
    others: NDArray[np.int32],
    unit: NDArray[np.float32],
    codes: NDArray[np.int64],
) -> None:
    """Find the nearest of `others` for each of `seeds`, in blocks."""
    k = min(table.rows.shape[1], len(others) - 1)
    for first in range(0, len(seeds) if k > 0 else 0, BLOCK):
        block = seeds[first : first + BLOCK]
        scores = unit[block] @ unit[others].T
        scores += 2.0 * (codes[block, None] == codes[None, others])
        scores[block[:, None] == others[None, :]] = -np.inf
        best = np.argpartition(-scores, k - 1, axis=1)[:, :k]
        values = np.take_along_axis(scores, best, axis=1)
        order = np.lexsort((best, -values), axis=1)
        values = np.take_along_axis(values, order, axis=1)
        alike = values > 0
        table.rows[block, :k] = np.where(alike, others[np.take_along_axis(best, order, axis=1)], -1)
        table.weights[block, :k] = np.where(alike, values, 0.0)


def _with_itself(table: Table) -> Table:
    """Give each item itself as a neighbour, the same weight everywhere: then own counts rank repeats."""
    itself = np.arange(len(table.rows), dtype=np.int32)[:, None]
    weight = SELF_ROWS * float(table.weights.sum(axis=1).mean()) or 1.0
    weights = np.full(itself.shape, weight, dtype=np.float32)
    return Table(np.hstack([itself, table.rows]), np.hstack([weights, table.weights]))


def _codes(categories: Sequence[str | None]) -> NDArray[np.int64]:
    """A number a category; an item without one is alone in its own."""
    numbers = {category: number for number, category in enumerate(sorted({c for c in categories if c}))}
    return np.array([numbers[c] if c else -1 - row for row, c in enumerate(categories)], dtype=np.int64)


def _thinned(interactions: Interactions, seed: int) -> sparse.csr_matrix:
    """The binary matrix; where all pairs would cost too much, busy visitors keep a random part."""
    counts = interactions.visitor_counts.astype(np.float64)
    cap = float(counts.max(initial=1.0))
    while (np.minimum(counts, cap) ** 2).sum() > PAIR_BUDGET:
        cap *= 0.8
    chance = np.minimum(1.0, cap / np.maximum(counts, 1.0))[interactions.visitors]
    keep = np.random.default_rng(seed).random(len(chance)) < chance
    matrix = interactions.matrix(keep.astype(np.float32))
    matrix.eliminate_zeros()
    return matrix
