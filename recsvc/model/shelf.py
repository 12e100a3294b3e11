"""Shelf: a model made of the items alone, in which each attribute value is one factor and its direction.

Nobody has bought anything: popularity is flat, and the very same solve ranks by the shop's own weights.
"""

from collections import Counter
from collections.abc import Collection, Mapping, Sequence
from datetime import datetime
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from recsvc.domain.catalogue import Item
from recsvc.model import artifact as artifacts
from recsvc.model import versions
from recsvc.model.artifact import Array, Manifest
from recsvc.model.confidence import Confidence
from recsvc.model.fold_in import Regularizer
from recsvc.model.parameters import Parameters

MOST_DIRECTIONS = 512
"""Attribute values that become factors: those that are wished for, then those that most items carry."""


def publish_shelf(models: Path, items: Sequence[Item], wished: Collection[str], at: datetime) -> str:
    """Write the model of a shelf into a directory of models and make it current; its version.

    Args:
        models: exists.
        items: at least one, each id once.
        wished: attribute.value of every wish that answers may bring.
        at: the time of the version.
    """
    names = direction_names(items, wished)
    version = f"{at:%Y%m%dT%H%M%SZ}-00000000"
    parameters = Parameters(
        n_factors=len(names),
        confidence=Confidence(),
        normaliser=1.0,
        regularizer=Regularizer(1.0),
        popularity_scale=0.0,
        directions=names,
        as_of=at.timestamp(),
    )
    manifest = Manifest(version=version, created_at=at, digest="shelf", files={}, parameters=parameters)
    directory = models / version
    directory.mkdir()
    artifacts.write(directory, manifest, tuple(item.item_id for item in items), shelf_arrays(items, names))
    versions.point(models, version)
    return version


def direction_names(items: Sequence[Item], wished: Collection[str]) -> tuple[str, ...]:
    """The attribute values that become factors, at least one; what no item carries is left out."""
    carried = Counter(name for item in items for name in _names(item.attribute_values()))
    ranked = sorted(carried, key=lambda name: (name not in wished, -carried[name], name))
    return tuple(ranked[:MOST_DIRECTIONS]) or ("nothing.nothing",)


def shelf_arrays(items: Sequence[Item], names: Sequence[str]) -> dict[str, Array]:
    """The arrays of an artifact: (n, v) 1 where an item carries a value, and directions that pick it."""
    n, v = len(items), len(names)
    return {
        "factors": _carries(items, names),
        "popularity": np.zeros(n, dtype="f4"),
        "popularity_window": np.zeros(n, dtype="f4"),
        "item_counts": np.ones(n, dtype="f4"),
        "repeats": np.zeros(n, dtype="f4"),
        "repeat_intervals": np.ones(n, dtype="f4"),
        "trending": np.zeros(n, dtype="f4"),
        "arrivals": np.zeros(n, dtype="f4"),
        "answers": np.empty((0, v), dtype="f4"),
        "answer_means": np.empty(0, dtype="f4"),
        "answer_covariance": np.empty((0, 0), dtype="f4"),
        "directions": np.eye(v, dtype="f4"),
    } | {
        f"{table}_{part}": np.empty((n, 0), dtype=dtype)
        for table in ("table", "similar", "together")
        for part, dtype in (("rows", "i4"), ("weights", "f4"))
    }


def _carries(items: Sequence[Item], names: Sequence[str]) -> NDArray[np.float32]:
    columns = {name: column for column, name in enumerate(names)}
    factors = np.zeros((len(items), len(names)), dtype="f4")
    for row, item in enumerate(items):
        for name in _names(item.attribute_values()):
            if name in columns:
                factors[row, columns[name]] = 1.0
    return factors


def _names(attributes: Mapping[str, tuple[str, ...]]) -> frozenset[str]:
    return frozenset(f"{attribute}.{value}" for attribute, values in attributes.items() for value in values)
