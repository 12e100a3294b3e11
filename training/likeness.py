"""Likeness: which items are kin by the attribute values they share, and the item-item table of that."""

from collections.abc import Mapping, Sequence

import numpy as np
from numpy.typing import NDArray
from scipy import sparse

from recsvc.domain.catalogue import Item
from recsvc.domain.errors import UsageError
from training.attributes import carried_values
from training.tables import Table, top_table

Floats = NDArray[np.floating]
SHARPNESS = 8
"""Likeness is the cosine to this power: what shares everything counts, what shares a common brand hardly."""
LEAST_LIKENESS = 0.01
BLOCK = 512  # items a step: as sparse rows beside 20,000 others they are 120 MB at most


def attribute_vectors(item_ids: Sequence[str], items: Mapping[str, Item]) -> sparse.csr_matrix:
    """(items, values) unit rows, each value weighed by log(items ÷ items that have it)."""
    pairs = carried_values(item_ids, items)
    columns = {name: column for column, name in enumerate(dict.fromkeys(name for _, name in pairs))}
    rows = np.array([row for row, _ in pairs], dtype=np.int64)
    cells = np.array([columns[name] for _, name in pairs], dtype=np.int64)
    shape = (len(item_ids), max(len(columns), 1))
    carried = np.bincount(cells, minlength=shape[1])
    rarity = np.log((len(item_ids) + 1) / (carried + 1))
    found = sparse.csr_matrix((rarity[cells], (rows, cells)), shape=shape)
    norms = np.sqrt(np.asarray(found.multiply(found).sum(axis=1)).ravel())
    return (sparse.diags(1.0 / np.maximum(norms, np.finfo(np.float64).tiny)) @ found).tocsr()


def table(item_ids: Sequence[str], items: Mapping[str, Item], popularity: Floats, neighbours: int) -> Table:
    """What sells among the kin of each item: an entry is the other's share of what is sold of them.

    The item itself is among its kin, so that one that outsells all of them says little of the others; it has
    no entry.

    Args:
        item_ids: (n,) in row order.
        items: the described ones among them.
        popularity: (n,) ≥ 0.
        neighbours: entries kept a row.

    Raises:
        UsageError: nothing is described.
    """
    if items.keys().isdisjoint(item_ids):
        raise UsageError(
            "item_item.method = attributes needs to know the attributes of what is bought, and the run has "
            "none: pass --items, or use visitors."
        )
    known = attribute_vectors(item_ids, items)
    tables = []
    for first in range(0, len(item_ids), BLOCK):
        seeds, others, likeness = _alike(known[first : first + BLOCK], known)
        sold = likeness * popularity[others]
        size = min(BLOCK, len(item_ids) - first)
        weights = sold / np.maximum(np.bincount(seeds, sold, size), np.finfo(np.float64).tiny)[seeds]
        kept = (others != seeds + first) & (weights > 0)
        tables.append(top_table(seeds[kept], others[kept], weights[kept], size, neighbours))
    return Table(np.vstack([one.rows for one in tables]), np.vstack([one.weights for one in tables]))


def _alike(
    some: sparse.csr_matrix, others: sparse.csr_matrix
) -> tuple[NDArray[np.integer], NDArray[np.integer], Floats]:
    """Pairs of a row of each side, and how alike they are: LEAST_LIKENESS to 1."""
    cosines = (some @ others.T).tocoo()
    near = cosines.data >= LEAST_LIKENESS ** (1.0 / SHARPNESS)
    return cosines.row[near], cosines.col[near], cosines.data[near] ** SHARPNESS
