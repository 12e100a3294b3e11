"""Worlds on disk with their models, and event lines by hand."""

from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import numpy as np
import polars as pl
from click.testing import CliRunner, Result
from numpy.typing import NDArray

from recsvc.model.artifact import Artifact, Manifest
from recsvc.model.confidence import Confidence
from recsvc.model.fold_in import Regularizer
from recsvc.model.parameters import Parameters, Strengths
from training.cli import evaluate, train
from training.synthetic import World

SMALL = ("factors=12", "iterations=6", "residual_rank=4", "item_item.neighbours=30")
"""A model of the planted world in a second."""
NOW = datetime(2026, 4, 1, tzinfo=UTC)


class Shop:
    """A world on disk, with its directory of models."""

    def __init__(self, folder: Path, world: World) -> None:
        self.folder = folder
        self.models = folder / "models"
        self.world = world
        for name, frame in world._asdict().items():
            frame.write_parquet(self.path(name))

    def path(self, name: str) -> Path:
        return self.folder / f"{name}.parquet"

    def train(
        self, *arguments: str, files: tuple[str, ...] = ("items", "facts"), small: tuple[str, ...] = SMALL
    ) -> Result:
        given = [part for name in files for part in (f"--{name}", str(self.path(name)))]
        settings = [part for setting in small for part in ("--set", setting)]
        places = ["--state", str(self.folder), "--models", str(self.models)]
        command = ["--events", str(self.path("events")), *given, *places, *settings]
        return CliRunner().invoke(train, [*command, *arguments, "--json"])

    def evaluate(self, *arguments: str) -> Result:
        return CliRunner().invoke(evaluate, ["--models", str(self.models), *arguments, "--json"])


def days_ago(days: float) -> datetime:
    return NOW - timedelta(days=days)


def lines(*rows: tuple[str, str, str, datetime | None, float]) -> pl.DataFrame:
    """Event lines in the columns of extract.COLUMNS: visitor, item, kind, time, quantity."""
    names = ("visitor_id", "item_id", "kind", "occurred_at", "quantity")
    schema = {
        **dict.fromkeys(names, pl.String),
        "occurred_at": pl.Datetime("us", "UTC"),
        "quantity": pl.Float64,
    }
    frame = pl.DataFrame(rows, schema=schema, orient="row")
    return frame.with_columns(order_id=pl.lit(None, dtype=pl.String))


def plain_artifact(item_factors: NDArray[np.float32], *, strength: float) -> Artifact:
    """A model that is its factors and nothing else: no prior, no table, items i000, i001, …"""
    n, f = item_factors.shape
    none, weightless = np.full((n, 1), -1, dtype=np.int32), np.zeros((n, 1), dtype=np.float32)
    arrays: dict[str, NDArray[Any]] = {
        "factors": item_factors,
        "popularity": np.zeros(n, dtype=np.float32),
        "popularity_window": np.zeros(n, dtype=np.float32),
        "item_counts": np.ones(n, dtype=np.float32),
        "repeats": np.zeros(n, dtype=np.float32),
        "repeat_intervals": np.ones(n, dtype=np.float32),
        "trending": np.zeros(n, dtype=np.float32),
        "arrivals": np.zeros(n, dtype=np.float32),
        "answers": np.zeros((0, f), dtype=np.float32),
        "answer_means": np.zeros(0, dtype=np.float32),
        "answer_covariance": np.zeros((0, 0), dtype=np.float32),
        "directions": np.zeros((0, f), dtype=np.float32),
    }
    for name in ("table", "similar", "together"):
        arrays |= {f"{name}_rows": none, f"{name}_weights": weightless}
    parameters = Parameters(
        n_factors=f, confidence=Confidence(), normaliser=1.0, regularizer=Regularizer(strength),
        popularity_scale=0.0, strengths=Strengths((0.0,) * 5, (0.0,) * 5), as_of=NOW.timestamp(),
    )  # fmt: skip
    manifest = Manifest(version="v", created_at=NOW, digest="d", files={}, parameters=parameters)
    return Artifact(manifest, tuple(f"i{row:03}" for row in range(n)), arrays)
