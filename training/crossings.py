"""Crossings: what answers and leanings of visitors have in common with their purchases, from matrices."""

from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray
from scipy import sparse

from training.answers import AnswerSide, Crossed, DirectionSide
from training.attributes import Affinities
from training.facts import AnswerMatrix
from training.interactions import Interactions
from training.tables import recency

Floats = NDArray[np.floating]


class Purchases(NamedTuple):
    """What the visitors in the matrix bought."""

    matrix: sparse.csc_matrix  # (U, n) purchases, faded
    mass: Floats  # (U,) its row sums
    items: Floats  # (n,) its column sums


def purchases(interactions: Interactions, half_life_days: float | None) -> Purchases:
    """Purchases of the visitors in the matrix, faded by age."""
    matrix = interactions.matrix(recency(interactions, half_life_days)).astype(np.float64)
    matrix.eliminate_zeros()
    sums = [np.asarray(matrix.sum(axis=axis)).ravel() for axis in (1, 0)]
    return Purchases(matrix.tocsc(), *sums)


def popularity(interactions: Interactions, half_life_days: float | None) -> Floats:
    """(n,) recency-weighted buyers of each item ÷ visitors."""
    counted = interactions.matrix(recency(interactions, half_life_days))
    return np.asarray(counted.sum(axis=0), dtype=np.float64).ravel() / counted.shape[0]


def of_answers(bought: Purchases, answers: AnswerMatrix) -> AnswerSide:
    """Cross what visitors declared with what they bought."""
    odd = (np.arange(len(bought.mass)) % 2).astype(np.float64)
    first, second = (
        answers._replace(hot=sparse.diags(half) @ answers.hot, asked=sparse.diags(half) @ answers.asked)
        for half in (odd, 1.0 - odd)
    )
    return AnswerSide(
        answers.facts,
        answers.means,
        answers.covariance(),
        answers.gram(bought.mass),
        _crossed(bought, answers),
        (_crossed(bought, first), _crossed(bought, second)),
    )


def of_affinities(bought: Purchases, affinities: Affinities) -> DirectionSide:
    """Cross what visitors lean to with what they bought."""
    return DirectionSide(
        affinities.names, affinities.typical, affinities.squares(bought.mass), _crossed(bought, affinities)
    )


def _crossed(bought: Purchases, columns: AnswerMatrix | Affinities) -> Crossed:
    """Linear maps of the matrices; the (q, n) matrix is never held."""
    return Crossed(
        columns.against(bought.mass),
        lambda items: columns.against(bought.matrix[:, items]),
        lambda weights: np.asarray(bought.matrix.T @ columns.times(weights)),
    )
