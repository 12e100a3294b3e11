"""The learning curve: how good the factors alone are while they are being fitted."""

from collections.abc import Sequence
from datetime import UTC, datetime
from typing import Any

import numpy as np
from numpy.typing import NDArray

from recsvc.model.artifact import Artifact, Manifest
from recsvc.model.confidence import Confidence
from recsvc.model.fold_in import Regularizer
from recsvc.model.parameters import Parameters
from training.cases import Case, cases
from training.config import TrainingConfig
from training.evaluate import evaluate
from training.gate import K
from training.holdout import Split
from training.interactions import Interactions
from training.metrics import intervals
from training.rivals import Rival

MOST = 200  # visitors
POINTS = 6


class LearningCurve:
    """Judges item factors by the plain fold-in of visitors left out; is called after every iteration.

    Attributes:
        points: iteration (from 1), visitors, NDCG@10 and its interval, at no more than POINTS iterations.
    """

    def __init__(
        self,
        split: Split,
        interactions: Interactions,
        config: TrainingConfig,
        confidence: Confidence,
        normaliser: float,
        regularizer: Regularizer,
    ) -> None:
        self._split = split
        self._item_ids = interactions.item_ids
        self._item_counts = interactions.item_counts.astype(np.float32)
        self._parameters = Parameters(
            n_factors=config.n_factors,
            confidence=confidence,
            normaliser=normaliser,
            regularizer=regularizer,
            popularity_scale=0.0,
            as_of=split.start.timestamp(),
        )
        self._measured = measured(config.iterations)
        self._judges: Sequence[Case] | None = None
        self.points: list[dict[str, Any]] = []

    def __call__(self, iteration: int, item_factors: NDArray[np.float32]) -> None:
        """Judge the (n, f) factors of an iteration, counted from 1."""
        if iteration not in self._measured:
            return
        artifact = self._bare(item_factors)
        if self._judges is None:
            everyone, _ = cases(artifact.vocabulary, self._split.targets, self._split.history)
            self._judges = [case for case in everyone if case.history.item_ids][:MOST]
        if not self._judges:
            return
        judged = evaluate(
            artifact, self._judges, ks=(K,), keep_seen=self._split.keep_seen,
            now=self._split.start.timestamp(), rivals=(Rival.FOLD_IN,),
        )  # fmt: skip
        ndcg = judged.ndcg(Rival.FOLD_IN, K)
        self.points.append(
            {
                "iteration": iteration,
                "visitors": len(ndcg),
                "ndcg": float(ndcg.mean()),
                "ci": intervals({"ndcg": ndcg})["ndcg"],
            }
        )

    def _bare(self, item_factors: NDArray[np.float32]) -> Artifact:
        """A model of these factors and nothing else."""
        n, f = item_factors.shape
        arrays = {
            "factors": item_factors,
            "popularity": np.zeros(n, dtype=np.float32),
            "popularity_window": np.zeros(n, dtype=np.float32),
            "item_counts": self._item_counts,
            "repeats": np.zeros(n, dtype=np.float32),
            "repeat_intervals": np.ones(n, dtype=np.float32),
            "answers": np.zeros((0, f), dtype=np.float32),
            "answer_means": np.zeros(0, dtype=np.float32),
            "directions": np.zeros((0, f), dtype=np.float32),
        }
        manifest = Manifest(
            version="unfinished",
            created_at=datetime.now(UTC),
            digest="",
            files={},
            parameters=self._parameters,
        )
        return Artifact(manifest, self._item_ids, arrays)


def measured(iterations: int) -> frozenset[int]:
    """The iterations to measure: dense at the start, where most is learnt, and always the last."""
    return frozenset(round(float(one)) for one in np.geomspace(1, iterations, min(POINTS, iterations)))
