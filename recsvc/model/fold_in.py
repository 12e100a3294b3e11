"""Fold-in: solve the vector of one visitor from a few interactions."""

from typing import Annotated

import msgspec
import numpy as np
from msgspec import Meta
from numpy.typing import NDArray

from recsvc.model.vocabulary import Rows

Floats = NDArray[np.floating]


class Regularizer(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """λ_row = λ (n_row + α0·N)^ν / z, as in Rendle et al. 2022; ν = 0 is one λ for every row."""

    strength: Annotated[float, Meta(gt=0, le=1e12)]  # λ
    alpha0: Annotated[float, Meta(ge=0, le=1e6)] = 0.0
    exponent: Annotated[float, Meta(ge=0, le=4)] = 0.0  # ν
    n_other: Annotated[int, Meta(ge=0)] = 0  # N: rows of the other side
    mean_scale: Annotated[float, Meta(gt=0, le=1e24)] = 1.0  # z: mean of (n + α0·N)^ν over the training rows

    def of(self, n: int) -> float:
        """λ_row of a row with n known entries."""
        return self.strength * (n + self.alpha0 * self.n_other) ** self.exponent / self.mean_scale


def solve(
    item_factors: NDArray[np.float32],
    gram: Floats,
    rows: Rows,
    confidences: Floats,
    residual: Floats,
    lam: float,
) -> Floats:
    """Solve for the vector that best explains what the prior does not.

    δ = A⁻¹ Yₒᵀ C r with A = YᵀY + Yₒᵀ(C − I)Yₒ + λI and r = 1 − τ·pₒ (Hu, Koren & Volinsky 2008,
    eq. 4, centred on a prior); with r = 1 it is implicit's `recalculate_user`. O(m·f² + f³).

    Args:
        item_factors: (n, f) float32.
        gram: (f, f) float64, YᵀY.
        rows: (m,) int32, distinct and in range.
        confidences: (m,) float64, each ≥ 1, aligned with rows.
        residual: (m,) or (m, b) float64, what is left to explain of each known item.
        lam: λ_row > 0.

    Returns:
        (f,) or (f, b) float64.
    """
    a, weighted = _normal_equations(item_factors, gram, rows, confidences, lam)
    return np.linalg.solve(a, weighted.T @ residual)


def parts(
    item_factors: NDArray[np.float32],
    gram: Floats,
    rows: Rows,
    confidences: Floats,
    residual: Floats,
    lam: float,
) -> Floats:
    """Split `solve` by known item: (m, f) float64 whose sum over m is its vector."""
    a, weighted = _normal_equations(item_factors, gram, rows, confidences, lam)
    return np.linalg.solve(a, (weighted * residual[:, None]).T).T


def _normal_equations(
    item_factors: NDArray[np.float32], gram: Floats, rows: Rows, confidences: Floats, lam: float
) -> tuple[Floats, Floats]:
    known = item_factors[rows].astype(np.float64)
    a = gram + (known.T * (confidences - 1.0)) @ known
    a.flat[:: len(a) + 1] += lam
    return a, known * confidences[:, None]
