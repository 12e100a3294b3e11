"""The draft: a fitted model as an artifact in memory, before it is tuned, judged and published."""

from datetime import datetime
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from recsvc.model.artifact import Artifact, Manifest
from recsvc.model.confidence import Confidence
from recsvc.model.fold_in import Regularizer
from recsvc.model.parameters import Parameters
from training.answers import Demand, Learnt
from training.config import TrainingConfig
from training.fit.local import Fitted
from training.interactions import Interactions
from training.tables import Table


class Tables(NamedTuple):
    """The counted tables of the artifact."""

    item_item: Table
    similar: Table
    together: Table


class Identity(NamedTuple):
    """What names a model."""

    version: str
    digest: str
    created_at: datetime


def draft(
    identity: Identity,
    config: TrainingConfig,
    as_of: datetime,
    interactions: Interactions,
    confidence: Confidence,
    normaliser: float,
    fitted: Fitted,
    learnt: Learnt,
    demand: Demand,
    tables: Tables,
    popularity_window: NDArray[np.floating],
) -> Artifact:
    """Put the parts together; the strengths are still the defaults."""
    parameters = Parameters(
        n_factors=fitted.item_factors.shape[1],
        confidence=confidence,
        normaliser=normaliser,
        regularizer=Regularizer(strength=config.regularization),
        popularity_scale=demand.scale,
        facts=learnt.facts,
        directions=learnt.direction_names,
        as_of=as_of.timestamp(),
    )
    manifest = Manifest(
        version=identity.version,
        created_at=identity.created_at,
        digest=identity.digest,
        files={},
        parameters=parameters,
    )
    arrays = {
        "factors": np.concatenate([fitted.item_factors, learnt.residual], axis=1, dtype=np.float32),
        "popularity": demand.popularity.astype(np.float32),
        "popularity_window": popularity_window.astype(np.float32),
        "item_counts": interactions.item_counts.astype(np.float32),
        "answers": learnt.answers,
        "answer_means": learnt.means.astype(np.float32),
        "answer_covariance": learnt.covariance.astype(np.float32),
        "directions": learnt.directions,
    }
    for name, table in tables._asdict().items():
        stem = {"item_item": "table"}.get(name, name)
        arrays |= {f"{stem}_rows": table.rows, f"{stem}_weights": table.weights}
    return Artifact(manifest, interactions.item_ids, arrays)
