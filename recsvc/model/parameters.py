"""Parameters: the numbers that the score needs beside the arrays of an artifact."""

from typing import Annotated

import msgspec
from msgspec import Meta

from recsvc.model.confidence import Confidence
from recsvc.model.fold_in import Regularizer
from recsvc.model.prior import FactColumns

BUCKETS = (0, 1, 2, 4, 8)
"""Lower ends of the buckets of known interactions that have strengths of their own."""

Positive = Annotated[float, Meta(gt=0, le=1e12)]
Strength = Annotated[float, Meta(ge=-1e6, le=1e6)]
PerBucket = Annotated[tuple[Strength, ...], Meta(min_length=len(BUCKETS), max_length=len(BUCKETS))]


class Strengths(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """Strengths per bucket of known interactions, found on visitors left out (docs/scoring.md)."""

    tau: PerBucket = (1.0, 1.0, 1.0, 1.0, 1.0)  # of the prior
    rho: PerBucket = (0.0, 0.0, 0.0, 0.0, 0.0)  # of the item-item table, in deviations
    omega: PerBucket = (0.0, 0.0, 0.0, 0.0, 0.0)  # of what the visitor buys again
    answers: Positive = 1.0  # of what answers add to popularity

    def of(self, n: int) -> tuple[float, float, float]:
        """(τ, ρ, ω) for n known interactions."""
        bucket = sum(n >= low for low in BUCKETS) - 1
        return self.tau[bucket], self.rho[bucket], self.omega[bucket]

    def summary(self) -> str:
        """One line for people."""
        buckets = {"τ": self.tau, "ρ": self.rho, "ω": self.omega}
        listed = ", ".join(f"{name} {' '.join(f'{v:g}' for v in values)}" for name, values in buckets.items())
        return f"answers × {self.answers:g}, {listed}"


class Parameters(msgspec.Struct, frozen=True, forbid_unknown_fields=True, kw_only=True):
    """The numbers that the score needs beside the arrays."""

    n_factors: Annotated[int, Meta(ge=1)]  # f: the first columns of `factors` are Y, the rest V
    confidence: Confidence
    normaliser: Positive  # mean of n_u^-a n_i^-b over training pairs
    regularizer: Regularizer  # of the visitor side
    popularity_scale: Strength  # s
    strengths: Strengths = Strengths()
    half_life_steps: Positive | None = None  # of the table: later moments that halve a known item
    kappa: Strength = 1.0
    facts: tuple[FactColumns, ...] = ()
    directions: tuple[str, ...] = ()  # attribute.value, aligned with the array
    as_of: float  # Unix seconds: the newest event of training
