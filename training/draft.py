"""The draft: a fitted model as an artifact in memory, before it is tuned, judged and published."""

from collections.abc import Mapping
from datetime import datetime
from typing import Any, NamedTuple

import numpy as np
from numpy.typing import NDArray

from recsvc.domain.catalogue import Item
from recsvc.model.artifact import Artifact, Manifest
from recsvc.model.parameters import Parameters
from training import neighbours, new_items
from training.config import TrainingConfig
from training.learned import Parts


class Identity(NamedTuple):
    """What names a model."""

    version: str
    digest: str
    created_at: datetime


def draft(
    identity: Identity,
    config: TrainingConfig,
    as_of: datetime,
    parts: Parts,
    catalogue: Mapping[str, Item],
) -> Artifact:
    """Put the parts together, with the new items of the catalogue; the strengths are still the defaults."""
    learnt = parts.learnt
    parameters = Parameters(
        n_factors=parts.item_factors.shape[1],
        confidence=parts.confidence,
        normaliser=parts.normaliser,
        regularizer=parts.regularizer,
        popularity_scale=parts.demand.scale,
        facts=learnt.facts,
        directions=learnt.direction_names,
        half_life_steps=config.item_item.history_half_life_steps,
        as_of=as_of.timestamp(),
    )
    manifest = Manifest(
        version=identity.version,
        created_at=identity.created_at,
        digest=identity.digest,
        files={},
        parameters=parameters,
    )
    arrays: dict[str, NDArray[Any]] = {
        "factors": np.concatenate([parts.item_factors, learnt.residual], axis=1, dtype=np.float32),
        "popularity": parts.demand.popularity.astype(np.float32),
        "popularity_window": parts.popularity_window.astype(np.float32),
        "item_counts": parts.item_counts.astype(np.float32),
        "repeats": parts.repeats.rates.astype(np.float32),
        "repeat_intervals": parts.repeats.intervals.astype(np.float32),
        "answers": learnt.answers,
        "answer_means": learnt.means.astype(np.float32),
        "answer_covariance": learnt.covariance.astype(np.float32),
        "directions": learnt.directions,
    }
    for stem, table in {"table": parts.item_item, "together": parts.together}.items():
        arrays |= {f"{stem}_rows": table.rows, f"{stem}_weights": table.weights}
    known = parts.item_ids
    new = new_items.choose(catalogue, known, config.new_items.at_most)
    arrays = new_items.extend(arrays, known, new, catalogue, config.new_items)
    arrays |= _similar(arrays["factors"][:, : parameters.n_factors], (*known, *new), catalogue, config)
    return Artifact(manifest, (*known, *new), arrays)


def _similar(
    item_factors: NDArray[np.float32],
    item_ids: tuple[str, ...],
    catalogue: Mapping[str, Item],
    config: TrainingConfig,
) -> dict[str, NDArray[Any]]:
    categories = [catalogue[item_id].category if item_id in catalogue else None for item_id in item_ids]
    found = neighbours.similar(item_factors, categories, config.tables.similar)
    return {"similar_rows": found.rows, "similar_weights": found.weights}
