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
PAIR_BUDGET = 2_000_000_000
"""Σ n_u² that one run may cost (5 s a billion on two cores); beyond it busy visitors are thinned."""


def item_item(interactions: Interactions, k: int, *, seed: int) -> Table:
    """The table S: D^-b XᵀD_u^-1 X D^-c, row of the seen item, cut to its k best candidates."""
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
    return top_table(seeds, others, weights, n, k)


def similar(item_factors: NDArray[np.float32], categories: Sequence[str | None], k: int) -> Table:
    """Similar products: those of the same category by cosine of factors, then the others.

    The weight is the cosine, and 1 more inside the category, so that weights fall along a row.
    """
    n = len(item_factors)
    norms = np.linalg.norm(item_factors, axis=1, keepdims=True)
    unit = item_factors / np.maximum(norms, np.finfo(np.float32).tiny)
    codes = _codes(categories)
    table = Table(np.full((n, k), -1, dtype=np.int32), np.zeros((n, k), dtype=np.float32))
    for first in range(0, n, BLOCK):
        block = slice(first, min(first + BLOCK, n))
        scores = unit[block] @ unit.T
        scores += codes[block, None] == codes[None, :]
        np.fill_diagonal(scores[:, first:], -np.inf)
        _fill(table, block, scores)
    return table


def _fill(table: Table, block: slice, scores: NDArray[np.float32]) -> None:
    k = min(table.rows.shape[1], scores.shape[1] - 1)
    if k <= 0:
        return
    best = np.argpartition(-scores, k - 1, axis=1)[:, :k]
    values = np.take_along_axis(scores, best, axis=1)
    order = np.lexsort((best, -values), axis=1)
    best, values = np.take_along_axis(best, order, axis=1), np.take_along_axis(values, order, axis=1)
    alike = values > 0
    table.rows[block, :k] = np.where(alike, best, -1)
    table.weights[block, :k] = np.where(alike, values, 0.0)


def _codes(categories: Sequence[str | None]) -> NDArray[np.int64]:
    """A number a category; an item without one is alone in its own."""
    numbers = {category: number for number, category in enumerate(sorted({c for c in categories if c}))}
    return np.array(
        [numbers[c] if c else -1 - row for row, c in enumerate(categories)], dtype=np.int64
    )


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
