"""Rows: ids of lines as numbers, in the order of the ids."""

from collections.abc import Sequence

import numpy as np
import polars as pl
from numpy.typing import NDArray

Ints = NDArray[np.int32]


def rows_of(column: pl.Series, ids: Sequence[str]) -> Ints:
    """(m,) the place of each entry among ids, -1 where it is none of them."""
    places = {one: place for place, one in enumerate(ids)}
    coded = column.cast(pl.Categorical)
    there = coded.unique()
    return _looked_up(coded, there, [places.get(one, -1) for one in there.cast(pl.String).to_list()])


def numbered(column: pl.Series) -> tuple[list[str], Ints]:
    """Sorted distinct ids, and each entry as its place among them."""
    coded = column.cast(pl.Categorical)
    there = coded.unique()
    ids: list[str] = there.cast(pl.String).to_list()
    order = sorted(range(len(ids)), key=ids.__getitem__)
    return [ids[place] for place in order], _looked_up(coded, there, np.argsort(order))


def _looked_up(coded: pl.Series, there: pl.Series, rows: Sequence[int] | NDArray[np.integer]) -> Ints:
    """(m,) the row of each entry of a column of categories, from those of the distinct ones."""
    numbers = there.to_physical().to_numpy()
    lookup = np.empty(int(numbers.max(initial=0)) + 1, dtype=np.int32)
    lookup[numbers] = rows
    return lookup[coded.to_physical().to_numpy()]


def compact(ids: Sequence[str], rows: Ints) -> tuple[tuple[str, ...], Ints]:
    """The ids that rows name, and the rows renumbered to them."""
    there = np.zeros(len(ids), dtype=bool)
    there[rows] = True
    if there.all():
        return tuple(ids), rows
    renumbered = (np.cumsum(there) - 1).astype(np.int32)
    return tuple(one for one, kept in zip(ids, there.tolist(), strict=True) if kept), renumbered[rows]
