"""The gate: whether a model is good enough to be published. Pure."""

from typing import Any, NamedTuple

import numpy as np
from numpy.typing import NDArray

Floats = NDArray[np.floating]
K = 10


class Verdict(NamedTuple):
    """What the gate says, with its numbers."""

    passed: bool
    model: float  # NDCG@10 of the judged visitors
    popularity: float
    error: float  # standard error of the difference
    visitors: int
    reason: str  # one sentence

    def summary(self) -> dict[str, Any]:
        """For the manifest and the summary of a run."""
        return self._asdict()


def judge(model: Floats, popularity: Floats) -> Verdict:
    """Decide on NDCG@10 of each judged visitor, model and popularity aligned.

    The difference has to exceed its own standard error: of models trained on shuffled purchases half are
    above popularity by luck, one in six is by a standard error.
    """
    n = len(model)
    if n == 0:
        reason = "No visitor left out bought anything in the last window; nothing can be judged."
        return Verdict(passed=False, model=0.0, popularity=0.0, error=0.0, visitors=0, reason=reason)
    gains = model - popularity
    gain = float(gains.mean())
    error = float(gains.std(ddof=1) / n**0.5) if n > 1 else float("inf")
    figures = (
        f"NDCG@{K} {model.mean():.4f} against {popularity.mean():.4f} of popularity on {n} visitors left out "
        f"(difference {gain:+.4f}, standard error {error:.4f})"
    )
    passed = gain > 0 and gain >= error
    reason = f"{figures}: {'it beats popularity' if passed else 'it does not beat popularity beyond noise'}."
    return Verdict(passed, float(model.mean()), float(popularity.mean()), error if n > 1 else 0.0, n, reason)
