"""New items: those of the catalogue that nobody has taken yet, placed by the attributes they share.

Each takes after its kin, the items most like it: a share of their vectors, the popularity of its category,
and a place in the item-item rows of its kin, so that whoever took those is shown it.
"""

from collections import Counter
from collections.abc import Mapping, Sequence
from typing import Any, NamedTuple

import numpy as np
from numpy.typing import NDArray
from scipy import sparse

from recsvc.domain.catalogue import Item
from training.config import NewItemsConfig
from training.likeness import LEAST_LIKENESS, SHARPNESS, attribute_vectors

Floats = NDArray[np.floating]
Arrays = dict[str, NDArray[Any]]
KIN = 50
KIN_BELIEVED = 5.0
"""Kin of full likeness that each new item is thought to have beside its own, and that nobody took."""
PEERS_BELIEVED = 2.0
"""Items of average popularity that a category is thought to have beside its own."""
BLOCK = 512  # new items a step: 512 × 20,000 float64 are 80 MB


class Kin(NamedTuple):
    """Pairs of a new item and a known one that it is like."""

    new: NDArray[np.intp]  # (p,) rows among the new items
    known: NDArray[np.intp]  # (p,) rows of the model
    likeness: Floats  # (p,) 0 to 1


def choose(items: Mapping[str, Item], known_ids: Sequence[str], at_most: int) -> tuple[str, ...]:
    """The ids of items that can be bought and that the model does not know, those available last first."""
    unknown = set(items).difference(known_ids)
    new = sorted(item_id for item_id in unknown if items[item_id].can_be_bought)
    newest_first = sorted(new, key=lambda item_id: items[item_id].available_from or "", reverse=True)
    return tuple(newest_first[:at_most])


def extend(
    arrays: Arrays,
    known_ids: Sequence[str],
    ids: Sequence[str],
    items: Mapping[str, Item],
    config: NewItemsConfig,
) -> Arrays:
    """Append the rows of new items to the arrays of an artifact; those of the known items stay.

    Args:
        arrays: by the names of `recsvc.model.artifact.DTYPES`, each with a row an item among them.
        known_ids: (n,) in row order.
        ids: (m,) of the new items.
        items: the described ones of both.
        config: how much of their kin new items take over.
    """
    if not ids:
        return arrays
    kin = _kin(known_ids, ids, items)
    counts = np.bincount(kin.new, weights=kin.likeness, minlength=len(ids))
    shares = kin.likeness / (counts[kin.new] + KIN_BELIEVED)
    mixing = sparse.csr_matrix((shares, (kin.new, kin.known)), shape=(len(ids), len(known_ids)))
    grown = dict(arrays)
    rows = {
        "factors": config.vector * (mixing @ arrays["factors"]),
        "popularity": _popularity(arrays["popularity"], known_ids, ids, items),
        "repeat_intervals": np.full(len(ids), np.median(arrays["repeat_intervals"])),
        "together_rows": np.full((len(ids), arrays["together_rows"].shape[1]), -1),
        "together_weights": np.zeros((len(ids), arrays["together_rows"].shape[1])),
    } | dict.fromkeys(("popularity_window", "item_counts", "repeats", "trending"), np.zeros(len(ids)))
    for name, more in rows.items():
        grown[name] = np.concatenate([arrays[name], more.astype(arrays[name].dtype)])
    return grown | _table(arrays, kin, shares, len(ids), config)


def _table(arrays: Arrays, kin: Kin, shares: Floats, m: int, config: NewItemsConfig) -> Arrays:
    """The item-item table with the strongest new kin of each known item beside its neighbours."""
    rows, weights = arrays["table_rows"], arrays["table_weights"]
    n = len(rows)
    strongest = weights.max(axis=1, initial=0.0)
    unit = float(np.median(strongest[strongest > 0])) if (strongest > 0).any() else 0.0
    near = sparse.csr_matrix((unit * config.kinship * shares, (kin.known, kin.new + n)), shape=(n, n + m))
    more_rows = np.full((n, config.beside), -1, dtype=np.int32)
    more_weights = np.zeros((n, config.beside), dtype=np.float32)
    for row in np.flatnonzero(np.diff(near.indptr)):
        own = slice(near.indptr[row], near.indptr[row + 1])
        best = np.argsort(-near.data[own], kind="stable")[: config.beside]
        more_rows[row, : len(best)] = near.indices[own][best]
        more_weights[row, : len(best)] = near.data[own][best]
    width = rows.shape[1] + config.beside
    return {
        "table_rows": np.vstack([np.hstack([rows, more_rows]), np.full((m, width), -1, dtype=np.int32)]),
        "table_weights": np.vstack([np.hstack([weights, more_weights]), np.zeros((m, width), np.float32)]),
    }


def _popularity(
    popularity: Floats, known_ids: Sequence[str], ids: Sequence[str], items: Mapping[str, Item]
) -> Floats:
    """(m,) the mean popularity of each new item's category, drawn towards that of all items."""
    mean = float(popularity.mean())
    sums: Counter[str | None] = Counter()
    sizes: Counter[str | None] = Counter()
    for item_id, value in zip(known_ids, popularity.tolist(), strict=True):
        category = items[item_id].category if item_id in items else None
        sums[category] += value
        sizes[category] += 1
    categories = [items[item_id].category for item_id in ids]
    return np.array(
        [(sums[one] + PEERS_BELIEVED * mean) / (sizes[one] + PEERS_BELIEVED) for one in categories]
    )


def _kin(known_ids: Sequence[str], ids: Sequence[str], items: Mapping[str, Item]) -> Kin:
    """The KIN known items most like each new one, by the cosine of attribute values weighed by rarity."""
    vectors = attribute_vectors([*known_ids, *ids], items)
    known, new = vectors[: len(known_ids)], vectors[len(known_ids) :]
    found = []
    for first in range(0, len(ids), BLOCK):
        likeness = (new[first : first + BLOCK] @ known.T).toarray() ** SHARPNESS
        k = min(KIN, likeness.shape[1])
        best = np.argpartition(-likeness, k - 1, axis=1)[:, :k]
        values = np.take_along_axis(likeness, best, axis=1)
        place, column = np.nonzero(values >= LEAST_LIKENESS)
        found.append(Kin(place + first, best[place, column], values[place, column]))
    return Kin(*(np.concatenate(parts) for parts in zip(*found, strict=True)))
