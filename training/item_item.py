"""The item-item table S of the score: what the row of a known item says about every other one.

Four ways to learn it, for four kinds of shops: who took both, in which order, by regression, by attributes.
"""

from collections.abc import Mapping

import numpy as np
from numpy.typing import NDArray
from scipy import linalg, sparse

from recsvc.domain.catalogue import Item
from recsvc.domain.errors import UsageError
from training import likeness
from training.config import ItemItemConfig
from training.fit.local import top_products
from training.interactions import Interactions
from training.tables import Table, top_table

Floats = NDArray[np.floating]
PAIR_BUDGET = 1_000_000_000
"""So many pairs take 6 s of a core; beyond them busy visitors are thinned."""
SEEDS = 1_024
"""Items a step; a step of a denser table than this machine should hold is 1,024 × 40,000 floats: 330 MB."""
MOST_REGRESSED = 12_000
"""Items of a regression: 12,000² in float64 are 1.2 GB, and the time grows by the cube."""


def item_item(
    interactions: Interactions,
    config: ItemItemConfig,
    seed: int,
    items: Mapping[str, Item],
    popularity: Floats,
    *,
    pair_budget: int = PAIR_BUDGET,
) -> Table:
    """Learn the table, its row that of the known item, cut to its strongest entries; no item is its own.

    Args:
        interactions: who took what, and when.
        config: the method and its numbers.
        seed: which part busy visitors keep beyond the budget.
        items: the described ones; only attributes ask for them and their popularity.
        popularity: (n,) ≥ 0.
        pair_budget: Σ n_u², the pairs that counting visitors may cost.

    Raises:
        UsageError: more items than a regression can carry, or attributes of nothing.
    """
    match config.method:
        case "visitors":
            return _of_visitors(_thinned(interactions, seed, pair_budget), interactions, config)
        case "sequences":
            return _of_sequences(interactions, config)
        case "regression":
            return _of_regression(interactions, config)
        case "attributes":
            return likeness.table(interactions.item_ids, items, popularity, config.neighbours)


def _of_visitors(matrix: sparse.csr_matrix, interactions: Interactions, config: ItemItemConfig) -> Table:
    """D^-b XᵀD_u^-a X D^-c: who took one took the other, both tempered by how often they are taken."""
    activity = np.maximum(np.diff(matrix.indptr), 1).astype(np.float64)
    sizes = np.maximum(interactions.item_counts, 1).astype(np.float64)
    # Symmetric under the cut: D^-c stands on both sides, and the seen side is corrected afterwards, which
    # leaves the order inside a row alone.
    scaled = matrix.astype(np.float64)
    scaled.data *= np.repeat(activity ** (-config.visitor_exponent / 2), np.diff(matrix.indptr))
    scaled.data *= (sizes**-config.candidate_exponent)[matrix.indices]
    found = top_products(scaled, config.neighbours + 1).tocoo()
    other = found.row != found.col
    seeds, others = found.row[other], found.col[other]
    weights = found.data[other] * sizes[seeds] ** (config.candidate_exponent - config.seen_exponent)
    return top_table(seeds, others, weights, len(sizes), config.neighbours)


def _of_sequences(interactions: Interactions, config: ItemItemConfig) -> Table:
    """As of visitors, but a pair counts by how many moments lie between, and less against its order.

    Moments are distinct times of a visitor; what happens in one moment counts fully both ways.
    """
    members, visitors = _moments(interactions)
    between = _between(visitors, config, interactions.visitor_counts)
    after = (between @ members).tocsr()
    sizes = np.maximum(interactions.item_counts, 1).astype(np.float64)
    after = (after @ sparse.diags(sizes**-config.candidate_exponent)).tocsr()
    before = (members.T.tocsr()).astype(np.float64)
    tables = []
    for first in range(0, len(sizes), SEEDS):
        block = (before[first : first + SEEDS] @ after).tocoo()
        seeds, others = block.row + first, block.col
        other = seeds != others
        weights = block.data[other] * sizes[seeds[other]] ** -config.seen_exponent
        size = min(SEEDS, len(sizes) - first)
        tables.append(top_table(block.row[other], others[other], weights, size, config.neighbours))
    return Table(np.vstack([table.rows for table in tables]), np.vstack([table.weights for table in tables]))


def _moments(interactions: Interactions) -> tuple[sparse.csr_matrix, NDArray[np.int32]]:
    """Moments in order of visitor and time: (moments, n) what each holds, and whose each is."""
    ages = np.nan_to_num(interactions.ages)
    order = np.lexsort((-ages, interactions.visitors))
    visitors, ages = interactions.visitors[order], ages[order]
    begins = np.ones(len(order), dtype=bool)
    begins[1:] = (np.diff(visitors) != 0) | (np.diff(ages) != 0)
    rows = np.cumsum(begins) - 1
    count = int(rows[-1]) + 1
    shape = (count, interactions.shape[1])
    members = sparse.csr_matrix((np.ones(len(rows)), (rows, interactions.items[order])), shape=shape)
    return members, visitors[begins]


def _between(
    visitors: NDArray[np.int32], config: ItemItemConfig, visitor_counts: NDArray[np.int32]
) -> sparse.csr_matrix:
    """(moments, moments) what a pair of moments of one visitor counts: from row to column."""
    count = len(visitors)
    tempered = np.maximum(visitor_counts[visitors], 1).astype(np.float64) ** -config.visitor_exponent
    parts = [sparse.diags(tempered)]
    for gap in range(1, min(config.steps, count - 1) + 1):
        same = visitors[gap:] == visitors[:-gap]
        weights = tempered[gap:] * same * 0.5 ** ((gap - 1) / config.half_life_steps)
        parts += [sparse.diags(weights, gap), sparse.diags(config.backward * weights, -gap)]
    total = parts[0].tocsr()
    for part in parts[1:]:
        total = total + part.tocsr()
    total.eliminate_zeros()
    return total


def _of_regression(interactions: Interactions, config: ItemItemConfig) -> Table:
    """Each item guessed from a visitor's others: a ridge that drops a share of them while it learns.

    EDLAE (Steck 2020, "Autoencoders that don't overfit towards the identity", closed form), with D_u^-a as
    weights of visitors. Entries may be negative: an item can speak against another.

    Raises:
        UsageError: more than MOST_REGRESSED items.
    """
    n = interactions.shape[1]
    if n > MOST_REGRESSED:
        raise UsageError(
            f"item_item.method = regression solves a square of items: {n:,} are more than the "
            f"{MOST_REGRESSED:,} that fit; use visitors or sequences."
        )
    matrix = interactions.matrix(np.ones(len(interactions.items))).astype(np.float64)
    counts = np.maximum(interactions.visitor_counts, 1).astype(np.float64)
    weighted = sparse.diags(counts**-config.visitor_exponent) @ matrix
    gram = (matrix.T @ weighted).toarray()
    diagonal = np.diag(gram).copy()
    mean = weighted.data.mean()  # λ is in whole pairs, whatever the weights of visitors are
    gram.flat[:: n + 1] += config.ridge * mean + config.dropout / (1.0 - config.dropout) * diagonal
    inverse = linalg.inv(gram, overwrite_a=True, check_finite=False)
    table = -inverse / np.diag(inverse)
    np.fill_diagonal(table, 0.0)
    return _strongest(table, config.neighbours)


def _strongest(matrix: Floats, k: int) -> Table:
    """The k entries of largest size in each row, of either sign."""
    k = min(k, matrix.shape[1])
    best = np.argpartition(-np.abs(matrix), k - 1, axis=1)[:, :k]
    values = np.take_along_axis(matrix, best, axis=1)
    order = np.argsort(-np.abs(values), axis=1, kind="stable")
    values = np.take_along_axis(values, order, axis=1)
    rows = np.where(values != 0.0, np.take_along_axis(best, order, axis=1), -1)
    return Table(rows.astype(np.int32), values.astype(np.float32))


def _thinned(interactions: Interactions, seed: int, pair_budget: int) -> sparse.csr_matrix:
    """The binary matrix; where all pairs would cost too much, busy visitors keep a random part."""
    counts = interactions.visitor_counts.astype(np.float64)
    cap = float(counts.max(initial=1.0))
    while (np.minimum(counts, cap) ** 2).sum() > pair_budget:
        cap *= 0.8
    chance = np.minimum(1.0, cap / np.maximum(counts, 1.0))[interactions.visitors]
    keep = np.random.default_rng(seed).random(len(chance)) < chance
    thinned = interactions._replace(visitors=interactions.visitors[keep], items=interactions.items[keep])
    return thinned.matrix(np.ones(thinned.size, dtype=np.float32))
