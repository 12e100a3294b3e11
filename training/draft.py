"""The draft: a fitted model as an artifact in memory, before it is tuned, judged and published."""

import math
from collections.abc import Mapping
from datetime import UTC, datetime
from typing import Any, NamedTuple

import numpy as np
from numpy.typing import NDArray

from recsvc.domain.catalogue import Item
from recsvc.model.artifact import Artifact, Manifest
from recsvc.model.confidence import DAY_S
from recsvc.model.parameters import Parameters
from training import neighbours, new_items, sales
from training.config import TrainingConfig
from training.learned import Parts
from training.sales import Sales


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
        "trending": sales.trends(parts.repeats.sales).astype(np.float32),
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
    arrays["arrivals"] = _arrivals(parts, new, catalogue, as_of).astype(np.float32)
    arrays |= _similar(arrays, parameters.n_factors, (*known, *new), catalogue, config)
    return Artifact(manifest, (*known, *new), arrays)


def _arrivals(
    parts: Parts, new: tuple[str, ...], catalogue: Mapping[str, Item], as_of: datetime
) -> NDArray[np.floating]:
    """Those among the known and the new; what nobody bought and no date names is as old as new items get."""
    both = zip(parts.repeats.sales, sales.unsold(len(new)), strict=True)
    dated = [
        *(_since_days(catalogue.get(item_id), as_of, math.nan) for item_id in parts.item_ids),
        *(_since_days(catalogue[item_id], as_of, sales.NEW_DAYS) for item_id in new),
    ]
    return sales.arrivals(Sales(*map(np.concatenate, both)), np.array(dated))


def _since_days(item: Item | None, as_of: datetime, unknown: float) -> float:
    if item is None or item.available_from is None:
        return unknown
    start = datetime.fromisoformat(item.available_from)
    start = start.replace(tzinfo=start.tzinfo or UTC)
    return (as_of - start).total_seconds() / DAY_S


def _similar(
    arrays: Mapping[str, NDArray[Any]],
    n_factors: int,
    item_ids: tuple[str, ...],
    catalogue: Mapping[str, Item],
    config: TrainingConfig,
) -> dict[str, NDArray[Any]]:
    categories = [catalogue[item_id].category if item_id in catalogue else None for item_id in item_ids]
    item_factors, popularity = arrays["factors"][:, :n_factors], arrays["popularity"]
    found = neighbours.similar(item_factors, popularity, categories, config.tables.similar)
    return {"similar_rows": found.rows, "similar_weights": found.weights}
