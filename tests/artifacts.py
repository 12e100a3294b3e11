"""Small artifacts for tests: a seeded shop of a few items with factors, tables, facts and directions."""

from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import msgspec
import numpy as np

from recsvc.model import artifact as artifacts
from recsvc.model import versions
from recsvc.model.artifact import Artifact, Manifest
from recsvc.model.confidence import Confidence
from recsvc.model.fold_in import Regularizer
from recsvc.model.parameters import Parameters, Strengths
from recsvc.model.prior import FactColumns

NOW = datetime(2026, 4, 1, 12, tzinfo=UTC)
VERSION = "20260401T120000Z-0badcafe"
FACTORS, RESIDUAL, NEAR = 4, 2, 3


def arrays_of(n: int, seed: int = 7) -> dict[str, np.ndarray]:
    """Arrays of a shop of n items; item 0 is the most popular."""
    rng = np.random.default_rng(seed)
    near = np.array([[(row + step) % n for step in range(1, NEAR + 1)] for row in range(n)])
    return {
        "factors": rng.normal(0, 0.4, (n, FACTORS + RESIDUAL)).astype("f4"),
        "popularity": (1.0 / np.arange(1, n + 1)).astype("f4"),
        "popularity_window": (1.0 / np.arange(1, n + 1)).astype("f4"),
        "item_counts": np.arange(n, 0, -1).astype("f4") + 3,
        "repeats": np.zeros(n, dtype="f4"),
        "repeat_intervals": np.full(n, 30.0, dtype="f4"),
        "trending": np.ones(n, dtype="f4"),
        "arrivals": np.zeros(n, dtype="f4"),
        "answers": rng.normal(0, 0.2, (5, FACTORS + RESIDUAL)).astype("f4"),
        "answer_means": np.array([0.5, 0.5, 0.3, 0.3, 0.4], dtype="f4"),
        "answer_covariance": answer_covariance(),
        "directions": rng.normal(0, 0.3, (2, FACTORS + RESIDUAL)).astype("f4"),
        "table_rows": near.astype("i4"),
        "table_weights": np.tile(np.array([0.5, 0.3, 0.1], dtype="f4"), (n, 1)),
        "similar_rows": near.astype("i4"),
        "similar_weights": np.tile(np.array([0.9, 0.8, 0.7], dtype="f4"), (n, 1)),
        "together_rows": np.where(near == 0, -1, near).astype("i4"),
        "together_weights": np.tile(np.array([3.0, 2.0, 1.0], dtype="f4"), (n, 1)),
    }


def parameters(**changes: Any) -> Parameters:
    """Parameters that fit `arrays_of`."""
    standard = Parameters(
        n_factors=FACTORS,
        confidence=Confidence(),
        normaliser=1.0,
        regularizer=Regularizer(2.0),
        popularity_scale=0.6,
        strengths=Strengths(),
        facts=(
            FactColumns("skin", 0, ("dry", "oily"), 400),
            FactColumns("age", 2, ("to 30", "30 to 50", "from 50"), 50, edges=(30.0, 50.0)),
        ),
        directions=("category.tea", "category.coffee"),
        as_of=NOW.timestamp(),
    )
    return msgspec.structs.replace(standard, **changes)


def answer_covariance() -> np.ndarray:
    """Of `skin` (dry, oily) and `age` (three bins); the youngest are oily more often."""
    skin, age = np.array([0.5, 0.5]), np.array([0.3, 0.3, 0.4])
    covariance = np.zeros((5, 5))
    covariance[:2, :2] = np.diag(skin) - np.outer(skin, skin)
    covariance[2:, 2:] = np.diag(age) - np.outer(age, age)
    covariance[:2, 2:] = [[-0.05, 0.01, 0.04], [0.05, -0.01, -0.04]]
    covariance[2:, :2] = covariance[:2, 2:].T
    return covariance.astype("f4")


def make_artifact(
    n: int = 12, version: str = VERSION, arrays: dict[str, np.ndarray] | None = None, **changes: Any
) -> Artifact:
    """An artifact in memory; ids are item-00, item-01, …"""
    manifest = Manifest(
        version=version, created_at=NOW, digest="d" * 8, files={}, parameters=parameters(**changes)
    )
    return Artifact(manifest, item_ids(n), arrays or arrays_of(n))


def item_ids(n: int) -> tuple[str, ...]:
    """The ids of `make_artifact`."""
    return tuple(f"item-{row:02d}" for row in range(n))


def publish_artifact(models: Path, version: str = VERSION, n: int = 12, **changes: Any) -> Path:
    """Write an artifact and make it current."""
    made = make_artifact(n, version, **changes)
    directory = models / version
    directory.mkdir(parents=True)
    artifacts.write(directory, made.manifest, made.vocabulary.ids, made.arrays)
    versions.point(models, version)
    return directory
