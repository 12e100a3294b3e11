"""Attributes: how far each visitor leans to each attribute value of the catalogue."""

from collections import Counter
from collections.abc import Mapping, Sequence
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray
from scipy import sparse

from recsvc.domain.catalogue import Item
from recsvc.model.confidence import saturate
from training.interactions import Interactions

Floats = NDArray[np.floating]
MOST_VALUES = 1_000
FEWEST_ITEMS = 2
SHRINK = 10.0
"""A lean shown with n products counts n/(n + 10): one purchase is no taste."""


class Affinities(NamedTuple):
    """Visitor × attribute value: share of what they bought minus the shop's share, shrunk; kept in parts."""

    names: tuple[str, ...]  # attribute.value
    shares: sparse.csr_matrix  # (U, v) already shrunk
    shrink: Floats  # (U,)
    shop: Floats  # (v,)
    typical: Floats  # (v,) affinity of a typical visitor who leans to the value

    def against(self, other: Floats | sparse.csc_matrix) -> Floats:
        """Aᵀ·other, dense."""
        part = self.shares.T @ other
        dense = part.toarray() if sparse.issparse(part) else np.asarray(part)
        rest = np.asarray(other.T @ self.shrink)
        return dense - np.multiply.outer(self.shop, rest)

    def times(self, weights: Floats) -> Floats:
        """A·weights: (v, r) → (U, r)."""
        return self.shares @ weights - np.outer(self.shrink, self.shop @ weights)

    def squares(self, weights: Floats) -> Floats:
        """(v,) Σ_u weights_u·a_uv²."""
        square = self.shares.multiply(self.shares).T @ weights
        cross = self.shares.T @ (weights * self.shrink)
        squares = square - 2.0 * self.shop * cross + self.shop**2 * float(weights @ self.shrink**2)
        return np.maximum(squares, 0.0)  # parts that cancel may round below it


def affinities(interactions: Interactions, items: Mapping[str, Item]) -> Affinities:
    """Compute affinities from the interactions; without a catalogue there are none."""
    names, belonging = members(interactions.item_ids, items)
    if not names:
        visitors = interactions.shape[0]
        return Affinities((), sparse.csr_matrix((visitors, 0)), np.zeros(visitors), np.empty(0), np.empty(0))
    weights = interactions.matrix(saturate(interactions.weights)).astype(np.float64)
    totals = np.asarray(weights.sum(axis=1)).ravel()
    counts = interactions.visitor_counts.astype(np.float64)
    shrink = counts / (counts + SHRINK)
    shares = (sparse.diags(shrink / np.maximum(totals, 1e-12)) @ weights @ belonging).tocsr()
    shop = np.asarray(weights.sum(axis=0)).ravel() @ belonging / max(float(totals.sum()), 1e-12)
    return Affinities(names, shares, shrink, np.asarray(shop), _typical(shares, shrink, np.asarray(shop)))


def members(item_ids: Sequence[str], items: Mapping[str, Item]) -> tuple[tuple[str, ...], sparse.csr_matrix]:
    """The most frequent attribute values of two items or more, and which item has which: (n, v).

    A value that every described item carries tells none of them apart and is left out.
    """
    described = sum(item_id in items for item_id in item_ids)
    pairs = carried_values(item_ids, items)
    counts = Counter(name for _, name in pairs)
    frequent = [name for name, count in counts.most_common(MOST_VALUES) if FEWEST_ITEMS <= count < described]
    columns = {name: column for column, name in enumerate(sorted(frequent))}
    kept = sorted({(row, columns[name]) for row, name in pairs if name in columns})
    cells = np.array(kept, dtype=np.int64).reshape(-1, 2)
    shape = (len(item_ids), len(columns))
    return tuple(columns), sparse.csr_matrix((np.ones(len(cells)), (cells[:, 0], cells[:, 1])), shape=shape)


def carried_values(item_ids: Sequence[str], items: Mapping[str, Item]) -> list[tuple[int, str]]:
    """Rows of described items beside each `attribute.value` that they carry, in order of rows."""
    return [
        (row, f"{attribute}.{value}")
        for row, item_id in enumerate(item_ids)
        if item_id in items
        for attribute, values in items[item_id].attribute_values().items()
        for value in dict.fromkeys(values)
    ]


def _typical(shares: sparse.csr_matrix, shrink: Floats, shop: Floats) -> Floats:
    """(v,) the mean of positive affinities, weighted by themselves."""
    entries = shares.tocoo()
    lean = np.maximum(entries.data - shrink[entries.row] * shop[entries.col], 0.0)
    size = shares.shape[1]
    sums = np.bincount(entries.col, weights=lean, minlength=size)
    squares = np.bincount(entries.col, weights=lean**2, minlength=size)
    return squares / np.maximum(sums, np.finfo(np.float64).tiny)
