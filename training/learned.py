"""What an engine learns from a run's files: of the size of the catalogue, or of the visitors left out."""

from collections.abc import Callable, Sequence
from datetime import datetime
from typing import Any, NamedTuple

import numpy as np
import polars as pl
from numpy.typing import NDArray

from recsvc.files.rejects import Rejects
from recsvc.model.confidence import Confidence
from recsvc.model.fold_in import Regularizer
from training.answers import Demand, Learnt
from training.config import TrainingConfig
from training.holdout import Span, Split
from training.inputs import Inputs
from training.repeats import Repeats
from training.stages import Stages
from training.tables import Table


class Counts(NamedTuple):
    """How much there was to learn from."""

    lines: dict[str, int]  # read, and what was left aside by reason
    visitors: int  # in the matrix
    items: int
    interactions: int


class Parts(NamedTuple):
    """What a model is made of, but for what the catalogue adds."""

    item_ids: tuple[str, ...]  # (n,) sorted: the row order of the model
    item_counts: NDArray[np.int32]  # (n,) distinct visitors of each item
    confidence: Confidence
    normaliser: float
    item_factors: NDArray[np.float32]  # (n, f)
    regularizer: Regularizer  # of the visitor side
    demand: Demand
    learnt: Learnt
    repeats: Repeats
    item_item: Table
    together: Table
    popularity_window: NDArray[np.floating]  # (n,)


class Learned(NamedTuple):
    """What either engine gives to the rest of the job."""

    counts: Counts
    span: Span
    split: Split  # what is kept of it stays with the engine
    declared: pl.DataFrame | None  # facts, of the visitors left out at least
    catalogue: pl.DataFrame | None
    half_life: float | None  # days, of popularity
    parts: Parts
    learning_curve: Sequence[dict[str, Any]] = ()  # for the report; see learning_curve


Engine = Callable[[Inputs, TrainingConfig, datetime | None, Stages, Rejects], Learned]
"""Files, configuration, the end of what is known, and where progress and rejects go → what was learnt."""
