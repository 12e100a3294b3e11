"""Fold-in: solve the vectors of visitors from a few interactions each."""

from typing import Annotated, NamedTuple

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


class Gram(NamedTuple):
    """YᵀY and its eigenvectors, which hold the inverse of YᵀY + λI for every λ."""

    matrix: Floats  # (f, f) float64
    values: Floats  # (f,) ≥ 0
    vectors: Floats  # (f, f) one a column


def decompose(matrix: Floats) -> Gram:
    """Find the eigenvectors of YᵀY, once for a model: O(f³)."""
    values, vectors = np.linalg.eigh(matrix)
    return Gram(matrix, np.maximum(values, 0.0), vectors)


def solve(
    item_factors: NDArray[np.float32],
    gram: Gram,
    rows: Rows,
    confidences: Floats,
    residual: Floats,
    lam: float,
) -> Floats:
    """Solve for the vector that best explains what the prior does not.

    δ = A⁻¹ Yₒᵀ C r with A = YᵀY + Yₒᵀ(C − I)Yₒ + λI and r = 1 − τ·pₒ (Hu, Koren & Volinsky 2008,
    eq. 4, centred on a prior); with r = 1 it is implicit's `recalculate_user`. O(m·f² + min(f, m)³).

    Args:
        item_factors: (n, f) float32.
        gram: of the items that the fit saw.
        rows: (m,) int32, distinct and in range.
        confidences: (m,) float64, each ≥ 1, aligned with rows.
        residual: (m,) or (m, b) float64, what is left to explain of each known item; the identity times r
            splits the vector by known item.
        lam: λ_row > 0.

    Returns:
        (f,) or (f, b) float64.
    """
    known = item_factors[rows].astype(np.float64)
    weighted = (residual.T * confidences).T
    # Both take as long where m is f/2; at 384 factors and 14 items the way by items takes a sixth.
    by = _by_items if 2 * len(rows) <= len(gram.values) else _by_factors
    return by(known, gram, confidences, weighted, lam)


def _by_factors(known: Floats, gram: Gram, confidences: Floats, weighted: Floats, lam: float) -> Floats:
    """As it is written: f unknowns."""
    a = gram.matrix + (known.T * (confidences - 1.0)) @ known
    a.flat[:: len(a) + 1] += lam
    return np.linalg.solve(a, known.T @ weighted)


def _by_items(known: Floats, gram: Gram, confidences: Floats, weighted: Floats, lam: float) -> Floats:
    """The same with m unknowns: δ = B Yₒᵀ (I + (C − I) Yₒ B Yₒᵀ)⁻¹ C r with B = (YᵀY + λI)⁻¹."""
    turned = known @ gram.vectors
    spread: Floats = turned / (gram.values + lam)
    a = (confidences - 1.0)[:, None] * (spread @ turned.T)
    a.flat[:: len(a) + 1] += 1.0
    return gram.vectors @ (spread.T @ np.linalg.solve(a, weighted))


def split(
    item_factors: NDArray[np.float32],
    gram: Gram,
    rows: Rows,
    confidences: Floats,
    counts: NDArray[np.integer],
    lams: Floats,
) -> Floats:
    """Solve several visitors at once, each split by known item: the way of `_by_items` with r = I.

    Visitors that know little pad their equations up to the one that knows most, so that LAPACK is called
    once; a visitor alone is padded by nothing.

    Args:
        item_factors: (n, f) float32.
        gram: of the items that the fit saw.
        rows: (k,) int32, of each visitor distinct and in range; one visitor's behind the other's.
        confidences: (k,) float64, each ≥ 1, aligned with rows.
        counts: (b,) known items of each visitor, k in all; b ≥ 1.
        lams: (b,) λ_row > 0 of each visitor.

    Returns:
        (k, f) float64: what one unit left to explain of each known item adds to its visitor's vector.
    """
    turned = item_factors[rows].astype(np.float64) @ gram.vectors
    spread: Floats = turned / (gram.values + np.repeat(lams, counts)[:, None])
    places = np.arange(counts.max())
    there = places < counts[:, None]
    apart = _padded(there, confidences - 1.0)
    spread = _padded(there, spread)
    a = apart[:, None, :] * (spread @ _padded(there, turned).transpose(0, 2, 1))
    a[:, places, places] += 1.0
    solved = (np.linalg.inv(a) @ spread)[there]  # in m unknowns, which are fewer than f
    return (confidences[:, None] * solved) @ gram.vectors.T


def _padded(there: NDArray[np.bool_], values: Floats) -> Floats:
    """(b, m, …) values of several visitors beside each other, 0 where there is none."""
    if there.size == len(values):
        return values.reshape(*there.shape, *values.shape[1:])
    padded = np.zeros((*there.shape, *values.shape[1:]))
    padded[there] = values
    return padded
