"""Answers: what people who answered alike want, and what an attribute value means, as rows beside the factors.

Ridge from centred answers to items, without a constant (the constant is popularity), projected on the item
factors, with what they cannot express kept in a low-rank rest that answers and directions share.
"""

from collections.abc import Callable
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray
from scipy import linalg, sparse

from recsvc.model.prior import FactColumns
from training.attributes import Affinities
from training.facts import AnswerMatrix
from training.fit.local import Fitted
from training.interactions import Interactions

Floats = NDArray[np.floating]
BLOCK = 4096  # items a step: 600 effects × 4,096 in float64 are 20 MB
JITTER = 1e-9
TINY = float(np.finfo(np.float64).tiny)


class Demand(NamedTuple):
    """What was bought, as the ridge sees it."""

    matrix: sparse.csc_matrix  # (U, n) recency-weighted purchases
    mass: Floats  # (U,) its row sums
    popularity: Floats  # (n,) its column sums ÷ U
    scale: float  # s: what brings popularity to the size of the factors' scores


class Learnt(NamedTuple):
    """The answers side of the artifact."""

    facts: tuple[FactColumns, ...]
    means: Floats  # (q,)
    answers: NDArray[np.float32]  # (q, f + r)
    direction_names: tuple[str, ...]
    directions: NDArray[np.float32]  # (v, f + r)
    residual: NDArray[np.float32]  # (n, r) V


class Effects(NamedTuple):
    """Effects of some columns on all items, as a linear map of the demand: never held whole."""

    block: Callable[[slice], Floats]  # items → (q, b)
    whiten: Floats  # (q, q) upper: rows of whiten @ effects count as much as they are used


def demand(interactions: Interactions, counted: Floats, fitted: Fitted) -> Demand:
    """Purchases of the visitors in the matrix, each counted by its recency, and popularity scaled to the fit.

    Args:
        interactions: of the visitors in the matrix.
        counted: (m,) what each pair counts, as `tables.recency` says.
        fitted: the factors whose mean score popularity is brought to.
    """
    matrix = interactions.matrix(counted).astype(np.float64)
    matrix.eliminate_zeros()
    mass = np.asarray(matrix.sum(axis=1)).ravel()
    popularity = np.asarray(matrix.sum(axis=0)).ravel() / len(mass)
    mean_scores = fitted.item_factors @ fitted.visitor_factors.mean(axis=0, dtype=np.float64)
    scale = float(mean_scores @ popularity) / max(float(popularity @ popularity), TINY)
    return Demand(matrix.tocsc(), mass, popularity, scale)


def learn(
    demand: Demand,
    item_factors: NDArray[np.float32],
    answers: AnswerMatrix,
    affinities: Affinities,
    *,
    ridge: float,
    rank: int,
) -> Learnt:
    """Learn answers and directions in the space [Y | V].

    Args:
        demand: purchases of the visitors in the matrix.
        item_factors: (n, f) Y.
        answers: what these visitors declared; may have no column.
        affinities: what attribute values they lean to; may have no column.
        ridge: λ, in purchases: how many it takes until an answer is believed by half.
        rank: r, at most; fewer where there are fewer effects.
    """
    sources = [
        _answer_effects(demand, answers, ridge),
        _direction_effects(demand, affinities, ridge),
    ]
    sizes = [len(source.whiten) for source in sources]
    rank = min(rank, sum(sizes), len(item_factors))
    projected = _project(sources, item_factors)
    loadings, residual = _rest(sources, projected, item_factors, rank)
    rows = np.concatenate([projected, loadings], axis=1).astype(np.float32)
    return Learnt(
        answers.facts, answers.means, rows[: sizes[0]], affinities.names, rows[sizes[0] :], residual
    )


def _answer_effects(demand: Demand, answers: AnswerMatrix, ridge: float) -> Effects:
    """R = (HᵀDH + λI)⁻¹ Hᵀ(X − D1·popᵀ), in purchases a visitor, times s."""
    weighted = answers.gram(demand.mass)
    solved = linalg.cho_factor(weighted + ridge * np.eye(len(weighted))) if len(weighted) else None
    share = demand.popularity / max(demand.popularity.sum(), TINY)
    mass = answers.against(demand.mass)
    size = demand.scale * demand.popularity.sum()

    def block(items: slice) -> Floats:
        if solved is None:
            return np.zeros((0, len(share[items])))
        beyond = answers.against(demand.matrix[:, items]) - np.outer(mass, share[items])
        return size * linalg.cho_solve(solved, beyond)

    spread = weighted / max(demand.mass.sum(), 1.0)
    jitter = JITTER * max(float(np.trace(spread)), 1.0) * np.eye(len(spread))
    return Effects(block, np.linalg.cholesky(spread + jitter).T if len(spread) else spread)


def _direction_effects(demand: Demand, affinities: Affinities, ridge: float) -> Effects:
    """Each value's own ridge, at the affinity of a typical visitor who leans to it.

    One at a time and not jointly: a wish names one value and says nothing about the others.
    """
    squares = affinities.squares(demand.mass)
    share = demand.popularity / max(demand.popularity.sum(), TINY)
    mass = affinities.against(demand.mass)
    size = demand.scale * demand.popularity.sum() * affinities.typical / (squares + ridge)

    def block(items: slice) -> Floats:
        beyond = affinities.against(demand.matrix[:, items]) - np.outer(mass, share[items])
        return size[:, None] * beyond

    spread = np.sqrt(squares / max(demand.mass.sum(), 1.0)) / np.maximum(affinities.typical, JITTER)
    return Effects(block, np.diag(spread))


def _blocks(n: int) -> list[slice]:
    return [slice(first, min(first + BLOCK, n)) for first in range(0, n, BLOCK)]


def _project(sources: list[Effects], item_factors: NDArray[np.float32]) -> Floats:
    """Least squares of all effects on the item factors: (q + v, f)."""
    y = item_factors.astype(np.float64)
    sums = sum(
        np.concatenate([source.block(items) for source in sources]) @ y[items] for items in _blocks(len(y))
    )
    gram = y.T @ y
    gram.flat[:: len(gram) + 1] += JITTER * np.trace(gram)
    return linalg.solve(gram, np.asarray(sums).T, assume_a="pos").T


def _rest(
    sources: list[Effects], projected: Floats, item_factors: NDArray[np.float32], rank: int
) -> tuple[Floats, NDArray[np.float32]]:
    """The best rank-r part of what the projection leaves: loadings (q + v, r) and V (n, r).

    Both sources enter the decomposition with the same energy: neither may crowd the other out.
    """
    n = len(item_factors)
    if rank == 0:
        return np.zeros((len(projected), 0)), np.zeros((n, 0), dtype=np.float32)

    def left(items: slice) -> Floats:
        raw = np.concatenate([source.block(items) for source in sources])
        return raw - projected @ item_factors[items].T.astype(np.float64)

    whiten = linalg.block_diag(*[source.whiten for source in sources if len(source.whiten)])
    gram = sum(_outer(left(items)) for items in _blocks(n))
    whitened = whiten @ np.asarray(gram) @ whiten.T
    whiten = _balance(whitened, [len(source.whiten) for source in sources])[:, None] * whiten
    values, vectors = linalg.eigh(whiten @ np.asarray(gram) @ whiten.T)
    values, vectors = np.maximum(values[::-1][:rank], 0.0), vectors[:, ::-1][:, :rank]
    residual = np.concatenate([left(items).T @ whiten.T @ vectors for items in _blocks(n)])
    root = np.sqrt(np.maximum(np.sqrt(values), JITTER))  # splits D between both sides: float32 holds either
    loadings = linalg.lstsq(whiten, vectors * root)[0]
    return loadings, (residual / root).astype(np.float32)


def _outer(matrix: Floats) -> Floats:
    return matrix @ matrix.T


def _balance(gram: Floats, sizes: list[int]) -> Floats:
    """A factor for each row that gives every source the same trace."""
    energies = np.diag(gram)
    factors, first = np.ones(len(gram)), 0
    for size in sizes:
        energy = float(energies[first : first + size].sum())
        if energy > 0:
            factors[first : first + size] = energy**-0.5
        first += size
    return factors
