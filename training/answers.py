"""Answers: what people who answered alike want, and what attribute values mean, beside the factors.

Ridge from centred answers to items, without a constant (the constant is popularity), projected on the item
factors, with what they cannot express kept in a low-rank rest that answers and directions share.
"""

from collections.abc import Callable
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray
from scipy import linalg

from recsvc.model.prior import FactColumns

Floats = NDArray[np.floating]
BLOCK = 4096  # items a step: 600 effects × 4,096 in float64 are 20 MB
JITTER = 1e-9
TINY = float(np.finfo(np.float64).tiny)


class Demand(NamedTuple):
    """What was bought, as the ridge sees it; of the size of the catalogue."""

    total: float  # purchases, faded
    share: Floats  # (n,) each item's share of them
    popularity: Floats  # (n,) recency-weighted buyers ÷ visitors, with popularity's own half-life
    scale: float  # s: what brings popularity to the size of the factors' scores

    @property
    def size(self) -> float:
        """What turns a difference of shares into one of scores."""
        return self.scale * float(self.popularity.sum())


class Learnt(NamedTuple):
    """The answers side of the artifact."""

    facts: tuple[FactColumns, ...]
    means: Floats  # (q,)
    covariance: Floats  # (q, q)
    answers: NDArray[np.float32]  # (q, f + r)
    direction_names: tuple[str, ...]
    directions: NDArray[np.float32]  # (v, f + r)
    residual: NDArray[np.float32]  # (n, r) V


class Crossed(NamedTuple):
    """What centred columns of visitors, H (U, q), and their purchases, X (U, n), have in common."""

    mass: Floats  # (q,) Hᵀ·X1
    block: Callable[[slice], Floats]  # items → (q, b) HᵀX
    mix: Callable[[Floats], Floats]  # (q, r) weights → (n, r) XᵀH·weights


class AnswerSide(NamedTuple):
    """Everything to learn from answers; visitors are summed up in it."""

    facts: tuple[FactColumns, ...]
    means: Floats  # (q,)
    covariance: Floats  # (q, q)
    gram: Floats  # (q, q) Hᵀ·diag(X1)·H
    crossed: Crossed
    halves: tuple[Crossed, Crossed]  # of every other visitor, and of the rest


class DirectionSide(NamedTuple):
    """Everything to learn from what visitors lean to; visitors are summed up in it."""

    names: tuple[str, ...]  # attribute.value
    typical: Floats  # (v,) affinity of a typical visitor who leans to the value
    squares: Floats  # (v,) the diagonal of Hᵀ·diag(X1)·H
    crossed: Crossed


class Effects(NamedTuple):
    """Effects of q columns on all items as linear maps of the demand; the (q, n) matrix is never held."""

    block: Callable[[slice], Floats]  # items → (q, b)
    mix: Callable[[Floats], Floats]  # (q, r) weights → (n, r), the transposed effects times them
    whiten: Floats  # (q, q): rows of whiten @ effects count as much as they are used


def demand(
    bought: Floats, popularity: Floats, item_factors: NDArray[np.float32], mean_visitor: Floats
) -> Demand:
    """Purchases in all, and popularity brought to the size of the fit's mean score.

    Args:
        bought: (n,) purchases of each item, faded as what answers are learnt from.
        popularity: (n,) recency-weighted buyers ÷ visitors, faded with popularity's own half-life.
        item_factors: (n, f).
        mean_visitor: (f,) the mean of the visitors' vectors.
    """
    total = float(bought.sum())
    scale = float((item_factors @ mean_visitor) @ popularity) / max(float(popularity @ popularity), TINY)
    return Demand(total, bought / max(total, TINY), popularity, scale)


def learn(
    demand: Demand,
    item_factors: NDArray[np.float32],
    answers: AnswerSide,
    directions: DirectionSide,
    *,
    ridge: float,
    rank: int,
) -> Learnt:
    """Learn answers and directions in the space [Y | V].

    Args:
        demand: purchases of the visitors in the matrix.
        item_factors: (n, f) Y.
        answers: what these visitors declared; may have no column.
        directions: what attribute values they lean to; may have no column.
        ridge: λ, in purchases: how many it takes until an answer is believed by half.
        rank: r, at most; fewer where there are fewer effects.
    """
    if not (answers.facts or directions.names):
        return _nothing(answers, item_factors)
    sources = [
        _answer_effects(demand, answers, ridge),
        _direction_effects(demand, directions, ridge),
    ]
    sizes = [len(source.whiten) for source in sources]
    y = item_factors.astype(np.float64)
    gram = y.T @ y
    gram.flat[:: len(gram) + 1] += JITTER * np.trace(gram)
    with_factors, with_themselves = _moments(sources, y)
    projected = linalg.solve(gram, with_factors.T, assume_a="pos").T
    left = with_themselves - projected @ with_factors.T
    loadings, residual = _rest(sources, projected, left, y, min(rank, sum(sizes), len(y)))
    rows = np.concatenate([projected, loadings], axis=1).astype(np.float32)
    return Learnt(
        answers.facts,
        answers.means,
        answers.covariance,
        rows[: sizes[0]],
        directions.names,
        rows[sizes[0] :],
        residual.astype(np.float32),
    )


def _nothing(answers: AnswerSide, item_factors: NDArray[np.float32]) -> Learnt:
    """What is learnt where nobody declared anything and nothing is described."""
    n, f = item_factors.shape
    none = np.empty((0, f), dtype=np.float32)
    return Learnt((), answers.means, answers.covariance, none, (), none, np.empty((n, 0), dtype=np.float32))


def _answer_effects(demand: Demand, answers: AnswerSide, ridge: float) -> Effects:
    """R = (HᵀDH + λI)⁻¹ Hᵀ(X − D1·popᵀ), in purchases a visitor, times s."""
    crossed = answers.crossed
    inverse = np.linalg.inv(answers.gram + ridge * np.eye(len(answers.gram)))
    size = demand.size * _reliability(demand, answers)

    def block(items: slice) -> Floats:
        return size[:, None] * (inverse @ _beyond(demand, crossed, items))

    def mix(weights: Floats) -> Floats:
        part = inverse @ (size[:, None] * weights)
        return crossed.mix(part) - np.outer(demand.share, crossed.mass @ part)

    spread = answers.gram / max(demand.total, 1.0)
    jitter = JITTER * max(float(np.trace(spread)), 1.0) * np.eye(len(spread))
    return Effects(block, mix, np.linalg.cholesky(spread + jitter).T if len(spread) else spread)


def _beyond(demand: Demand, crossed: Crossed, items: slice) -> Floats:
    """(q, b) Hᵀ(X − X1·popᵀ): what was bought beyond what the shop buys."""
    return crossed.block(items) - np.outer(crossed.mass, demand.share[items])


def _reliability(demand: Demand, answers: AnswerSide) -> Floats:
    """(q,) how much of what each question says is repeated by another half of its visitors, 0 to 1.

    Halves of visitors and not of purchases: one visitor's purchases agree with each other whatever was
    asked. A question that means nothing, such as a coin, counts for little. Spearman-Brown for both halves.
    """
    products = np.zeros((3, len(answers.means)))
    for items in _blocks(len(demand.popularity)):
        one, other = (_beyond(demand, half, items) for half in answers.halves)
        products += [(one * other).sum(axis=1), (one * one).sum(axis=1), (other * other).sum(axis=1)]
    found = np.zeros(len(answers.means))
    for fact in answers.facts:
        own = slice(fact.first, fact.first + len(fact.values))
        both, first, second = products[:, own].sum(axis=1)
        agreement = max(both / max((first * second) ** 0.5, TINY), 0.0)
        found[own] = 2.0 * agreement / (1.0 + agreement)
    return found


def _direction_effects(demand: Demand, directions: DirectionSide, ridge: float) -> Effects:
    """Each value's own ridge, at the affinity of a typical visitor who leans to it.

    One at a time and not jointly: a wish names one value and says nothing about the others.
    """
    crossed, typical = directions.crossed, directions.typical
    size = demand.size * typical / (directions.squares + ridge)

    def block(items: slice) -> Floats:
        return size[:, None] * _beyond(demand, crossed, items)

    def mix(weights: Floats) -> Floats:
        part = size[:, None] * weights
        return crossed.mix(part) - np.outer(demand.share, crossed.mass @ part)

    spread = np.sqrt(directions.squares / max(demand.total, 1.0)) / np.maximum(typical, JITTER)
    return Effects(block, mix, np.diag(spread))


def _moments(sources: list[Effects], y: Floats) -> tuple[Floats, Floats]:
    """Effects times the item factors (q + v, f), and times themselves (q + v, q + v)."""
    size = sum(len(source.whiten) for source in sources)
    with_factors, with_themselves = np.zeros((size, y.shape[1])), np.zeros((size, size))
    for items in _blocks(len(y)):
        effects = np.concatenate([source.block(items) for source in sources])
        with_factors += effects @ y[items]
        with_themselves += effects @ effects.T
    return with_factors, with_themselves


def _blocks(n: int) -> list[slice]:
    return [slice(first, min(first + BLOCK, n)) for first in range(0, n, BLOCK)]


def _rest(
    sources: list[Effects], projected: Floats, left: Floats, y: Floats, rank: int
) -> tuple[Floats, Floats]:
    """The best rank-r part of what the projection leaves: loadings (q + v, r) and V (n, r).

    Both sources enter the decomposition with the same energy: neither may crowd the other out.

    Args:
        sources: the effects E + projected·Yᵀ.
        projected: (q + v, f).
        left: (q + v, q + v) EEᵀ.
        y: (n, f).
        rank: r.
    """
    if rank == 0:
        return np.zeros((len(projected), 0)), np.zeros((len(y), 0))
    sizes = [len(source.whiten) for source in sources]
    whiten = linalg.block_diag(*[source.whiten for source in sources if len(source.whiten)])
    whiten = _balance(whiten @ left @ whiten.T, sizes)[:, None] * whiten
    values, vectors = linalg.eigh(whiten @ left @ whiten.T)
    values, vectors = np.maximum(values[::-1][:rank], 0.0), vectors[:, ::-1][:, :rank]
    mixing = whiten.T @ vectors
    parts = np.split(mixing, np.cumsum(sizes)[:-1])
    mixed = sum(source.mix(part) for source, part in zip(sources, parts, strict=True))
    residual = np.asarray(mixed) - y @ (projected.T @ mixing)
    root = np.sqrt(np.maximum(np.sqrt(values), JITTER))  # splits D between both sides: float32 holds either
    loadings = linalg.lstsq(whiten, vectors * root)[0]
    return loadings, residual / root


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
