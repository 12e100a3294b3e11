"""Examples: the neighbours of a few popular products, for somebody who knows the shop to look at."""

from collections.abc import Mapping
from typing import Any

import numpy as np

from recsvc.domain.catalogue import Item
from recsvc.model.artifact import Artifact

SEEDS = 6
SHOWN = 12  # several may bear one title


def examples(artifact: Artifact, items: Mapping[str, Item]) -> list[dict[str, Any]]:
    """The most popular product of each category in turn, with what is similar and what is bought with it."""
    seeds: dict[object, int] = {}
    for row in np.argsort(-np.asarray(artifact.popularity), kind="stable"):
        item = items.get(artifact.vocabulary.ids[row])
        seeds.setdefault(item.category if item and item.category else int(row), int(row))
        if len(seeds) == SEEDS:
            break
    ids = artifact.vocabulary.ids
    return [
        {"item_id": ids[row]}
        | {
            name: [ids[other] for other in _neighbours(artifact, name, row)]
            for name in ("similar", "together")
        }
        for row in seeds.values()
    ]


def _neighbours(artifact: Artifact, name: str, row: int) -> list[int]:
    rows = artifact.arrays[f"{name}_rows"][row]
    return [int(other) for other in rows if other >= 0][:SHOWN]
