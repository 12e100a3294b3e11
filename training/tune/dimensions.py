"""Dimensions: what a search may change, as ladders of values; the one table of them is `DIMENSIONS`."""

from collections.abc import Sequence
from collections.abc import Set as AbstractSet
from enum import Enum, auto
from typing import Any, NamedTuple

import msgspec
import numpy as np

from recsvc.model.parameters import BUCKETS, Strengths
from training.config import TrainingConfig
from training.interactions import Interactions
from training.strengths import ANSWERS, FEWEST

Point = tuple[int, ...]
"""A rung for each dimension."""
HALF_LIVES = (7.0, 14.0, 21.0, 30.0, 45.0, 60.0, 90.0, 120.0, 180.0, 270.0, 365.0, 730.0, 1_460.0, 36_500.0)
TAUS = (0.0, 0.03, 0.1, 0.2, 0.3, 0.5, 0.7, 1.0, 1.5, 2.0, 3.0, 5.0, 10.0, 20.0)
RHOS = (0.0, 0.05, 0.1, 0.15, 0.2, 0.3, 0.4, 0.5, 0.75, 1.0, 1.5, 2.0, 3.0, 5.0, 10.0)
OMEGAS = (0.0, 1.0, 2.0, 5.0, 10.0, 20.0, 30.0, 50.0, 100.0, 200.0, 500.0)
STEPS = (0.5, 1.0, 1.5, 2.0, 3.0, 5.0, 10.0, 30.0, 1_000.0)
PAPER_STRENGTH = 0.003
"""λ of Rendle et al. 2022 (MovieLens 20M), whose scale does not hang on the size of the set."""


class Needs(Enum):
    """What must be there for a dimension to matter."""

    TIMES = auto()
    FACTS = auto()  # of those who judge
    REPEATS = auto()  # lists may hold what visitors had
    HISTORY = auto()  # some who judge had something
    VISITORS = auto()  # an item-item table of who took both: all but attributes
    COUNTS = auto()  # one of visitors or sequences
    ORDER = auto()  # one of sequences
    REGRESSION = auto()


METHODS = {
    "visitors": {Needs.VISITORS, Needs.COUNTS},
    "sequences": {Needs.VISITORS, Needs.COUNTS, Needs.ORDER},
    "regression": {Needs.VISITORS, Needs.REGRESSION},
    "attributes": set(),
}
"""What each item-item table meets."""


class Dimension(NamedTuple):
    """One key of the configuration, and the values that a search may give it."""

    key: str  # dotted; a number is a place in a list
    rungs: tuple[float, ...]  # rising
    needs: frozenset[Needs] = frozenset()

    def nearest(self, value: float) -> int:
        """The rung closest to a value, in ratio where both are above 0."""
        small = self.rungs[1] / 4 if self.rungs[0] <= 0 else 0.0
        distances = [abs(np.log((rung + small) / (max(value, 0.0) + small or 1e-9))) for rung in self.rungs]
        return int(np.argmin(distances))


def geometric(low: float, high: float, ratio: float = 2**0.5) -> tuple[float, ...]:
    """Values from low to high, each `ratio` times the one before, of three digits."""
    steps = round(np.log(high / low) / np.log(ratio))
    return tuple(float(f"{low * ratio**step:.3g}") for step in range(steps + 1))


def even(low: float, high: float, step: float) -> tuple[float, ...]:
    """Values from low to high, evenly spaced."""
    return tuple(round(low + step * number, 6) for number in range(round((high - low) / step) + 1))


def _dimension(key: str, rungs: tuple[float, ...], *needs: Needs) -> Dimension:
    return Dimension(key, rungs, frozenset(needs))


DIMENSIONS = (
    _dimension("regularization", geometric(1, 4_096)),
    _dimension("confidence.alpha", geometric(1.25, 160)),
    _dimension("confidence.item_exponent", even(0, 1, 0.125)),
    _dimension("confidence.visitor_exponent", even(0, 1, 0.125)),
    _dimension("frequency_exponent", even(0, 1.5, 0.25)),
    _dimension("confidence.half_life_days", HALF_LIVES, Needs.TIMES),
    _dimension("item_item.visitor_exponent", even(0, 1, 0.125), Needs.VISITORS, Needs.HISTORY),
    _dimension("item_item.seen_exponent", even(0, 1, 0.1), Needs.COUNTS, Needs.HISTORY),
    _dimension("item_item.candidate_exponent", even(0, 1, 0.1), Needs.COUNTS, Needs.HISTORY),
    _dimension("item_item.half_life_steps", STEPS, Needs.ORDER, Needs.HISTORY),
    _dimension("item_item.backward", even(0, 1, 0.1), Needs.ORDER, Needs.HISTORY),
    _dimension("item_item.ridge", geometric(10, 10_240), Needs.REGRESSION, Needs.HISTORY),
    _dimension("item_item.dropout", even(0, 0.8, 0.1), Needs.REGRESSION, Needs.HISTORY),
    _dimension("item_item.history_half_life_steps", STEPS, Needs.TIMES, Needs.HISTORY),
    _dimension("answer_ridge", geometric(1, 1_024), Needs.FACTS),
    _dimension("answer_half_life_days", HALF_LIVES, Needs.FACTS, Needs.TIMES),
    _dimension("residual_rank", (0, 4, 8, 16, 24, 32, 48, 64), Needs.FACTS),
    _dimension("iterations", (4, 6, 8, 10, 12, 15, 20, 25, 30, 40)),
    _dimension("factors", (16, 24, 32, 48, 64, 96, 128, 192, 256, 384, 512)),
)
"""In the order they are tried: what matters most and costs least first."""
STRENGTHS = (
    _dimension("strengths.rho", RHOS),
    _dimension("strengths.tau", TAUS),
    _dimension("strengths.omega", OMEGAS, Needs.REPEATS),
)
"""Each once for every bucket."""


def space(
    interactions: Interactions, there: AbstractSet[Needs], known: Sequence[int]
) -> tuple[Dimension, ...]:
    """The dimensions that matter for a set; strengths come first, because they need no fit.

    Args:
        interactions: bound the number of factors.
        there: what the set and the configuration meet.
        known: judges in each bucket of known interactions.
    """
    most = min(interactions.shape) // 2
    kept = [
        dimension._replace(rungs=tuple(rung for rung in dimension.rungs if rung <= most))
        if dimension.key == "factors" else dimension
        for dimension in DIMENSIONS
    ]  # fmt: skip
    strengths = [
        dimension._replace(key=f"{dimension.key}.{bucket}")
        for bucket in range(1, len(BUCKETS)) if known[bucket] >= FEWEST
        for dimension in STRENGTHS
    ]  # fmt: skip
    everything = (_dimension("strengths.answers", ANSWERS, Needs.FACTS), *strengths, *kept)
    return tuple(one for one in everything if one.needs <= there and len(one.rungs) > 1)


def begin(config: TrainingConfig, interactions: Interactions, alpha: float) -> TrainingConfig:
    """Where a search starts that is given no configuration: the defaults, λ and f by the size of the set.

    λ = 0.003·(1 + α0)/α0·√((nnz/U + α0·I)(nnz/I + α0·U)) with α0 = 1/(α − 1), the constant that the
    frequency-scaled λ of Rendle et al. 2022 amounts to on average.

    Args:
        config: the defaults.
        interactions: U visitors, I items, nnz pairs.
        alpha: α.
    """
    visitors, items = interactions.shape
    pairs = len(interactions.items)
    alpha0 = 1.0 / (alpha - 1.0)
    rows = (pairs / visitors + alpha0 * items) * (pairs / items + alpha0 * visitors)
    strength = PAPER_STRENGTH * (1.0 + alpha0) / alpha0 * rows**0.5
    factors = max(min(config.n_factors, min(visitors, items) // 2), 1)
    return msgspec.structs.replace(config, regularization=float(f"{strength:.3g}"), factors=factors)


def point_of(config: TrainingConfig, dimensions: Sequence[Dimension]) -> Point:
    """The rungs nearest to a configuration whose every dimension has a value."""
    return tuple(dimension.nearest(value_of(config, dimension.key)) for dimension in dimensions)


def config_at(config: TrainingConfig, dimensions: Sequence[Dimension], point: Point) -> TrainingConfig:
    """A configuration with the values of a point."""
    tree = msgspec.to_builtins(config)
    for dimension, rung in zip(dimensions, point, strict=True):
        tree = _with(tree, dimension.key.split("."), dimension.rungs[rung])
    return msgspec.convert(tree, TrainingConfig)


def complete(config: TrainingConfig, alpha: float, strengths: Strengths) -> TrainingConfig:
    """The configuration with a value wherever training would find one, or where None means none at all.

    Args:
        config: with values missing.
        alpha: what training would choose.
        strengths: where to start.
    """
    confidence = msgspec.structs.replace(
        config.confidence,
        alpha=config.confidence.alpha or alpha,
        half_life_days=config.confidence.half_life_days or HALF_LIVES[-1],
    )
    table = msgspec.structs.replace(
        config.item_item, history_half_life_steps=config.item_item.history_half_life_steps or STEPS[-1]
    )
    return msgspec.structs.replace(
        config,
        confidence=confidence,
        item_item=table,
        answer_half_life_days=config.answer_half_life_days or HALF_LIVES[-1],
        strengths=config.strengths or strengths,
    )


def value_of(config: TrainingConfig, key: str) -> float:
    """The value at a dotted key."""
    found: Any = msgspec.to_builtins(config)
    for part in key.split("."):
        found = found[int(part)] if part.isdigit() else found[part]
    return float(found)


def _with(tree: Any, parts: Sequence[str], value: float) -> Any:
    """A tree of tables and lists with one value changed."""
    if not parts:
        return int(value) if value == int(value) else value
    first, *rest = parts
    if first.isdigit():
        return [_with(one, rest, value) if place == int(first) else one for place, one in enumerate(tree)]
    return tree | {first: _with(tree[first], rest, value)}
