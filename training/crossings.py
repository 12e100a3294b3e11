"""Crossings: what answers and leanings of visitors have in common with their purchases, from matrices."""

from functools import cached_property

import numpy as np
from numpy.typing import NDArray
from scipy import sparse

from training.answers import AnswerSide, Crossed, DirectionSide
from training.attributes import Affinities
from training.facts import AnswerMatrix
from training.interactions import Interactions
from training.tables import recency

Floats = NDArray[np.floating]


class Purchases:
    """What the visitors in the matrix bought, faded by age.

    Attributes:
        mass: (U,) purchases of each visitor.
        items: (n,) of each item.
    """

    def __init__(self, interactions: Interactions, half_life_days: float | None) -> None:
        visitors, items = interactions.shape
        self._interactions = interactions
        self._weights = recency(interactions, half_life_days)
        self.mass = np.bincount(interactions.visitors, self._weights, visitors).astype(np.float64)
        self.items = np.bincount(interactions.items, self._weights, items).astype(np.float64)

    @cached_property
    def matrix(self) -> sparse.csc_matrix:
        """(U, n); made only where there is something to learn from it: at 20 million it takes 3 s."""
        matrix = self._interactions.matrix(self._weights).astype(np.float64)
        matrix.eliminate_zeros()
        return matrix.tocsc()


def popularity(interactions: Interactions, half_life_days: float | None) -> Floats:
    """(n,) recency-weighted buyers of each item ÷ visitors."""
    visitors, items = interactions.shape
    return np.bincount(interactions.items, recency(interactions, half_life_days), items) / visitors


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
