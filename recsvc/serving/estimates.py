"""Estimates: ratios over visitors with their intervals, lifts, and whether the arms have their shares."""

import math
from collections.abc import Sequence
from typing import Final, NamedTuple

import msgspec

Z: Final = 1.959964
"""Of a normal distribution, 95 % lie within so many standard deviations."""

LEAST: Final = 2
"""Visitors without whom nothing varies."""


class Figure(msgspec.Struct, frozen=True):
    """A value with its 95 % interval; None where too little is known for one."""

    value: float
    low: float | None
    high: float | None


class Ratio(NamedTuple):
    """A ratio with its standard error."""

    value: float
    error: float

    @property
    def figure(self) -> Figure:
        """The ratio with its interval; one that never varied says nothing about how sure it is."""
        if not self.error:
            return Figure(self.value, None, None)
        return Figure(self.value, max(0.0, self.value - Z * self.error), self.value + Z * self.error)


class Sums:
    """What is left of pairs (x, y) ≥ 0, one a visitor, so that the ratio Σy/Σx has a standard error.

    Visitors are drawn into the arms, so they are what varies, not their impressions: the error is that of the
    delta method (Deng, Knoblich and Lu 2018). Nothing is kept of a single visitor.
    """

    def __init__(self) -> None:
        self._n = 0
        self._x = self._y = self._xx = self._xy = self._yy = 0.0

    def add(self, y: float, x: float = 1.0) -> None:
        """Add one visitor."""
        self._n += 1
        self._x += x
        self._y += y
        self._xx += x * x
        self._xy += x * y
        self._yy += y * y

    def ratio(self, visitors: int | None = None) -> Ratio:
        """The ratio.

        Args:
            visitors: how many there are, where those with y = 0 and x = 1 were not added.
        """
        n = self._n if visitors is None else visitors
        x, xx = self._x + n - self._n, self._xx + n - self._n
        if not x or n < LEAST:
            return Ratio(self._y / x if x else 0.0, 0.0)
        value = self._y / x
        residual = max(0.0, self._yy - 2 * value * self._xy + value * value * xx)
        return Ratio(value, math.sqrt(residual * n / (n - 1)) / x)


def lift(ratio: Ratio, base: Ratio) -> Figure | None:
    """How much larger a ratio is than that of another arm: 0.1 is a tenth more; None where either is nothing.

    The interval is one of the logarithm, so it never goes below -1.
    """
    if not (ratio.error and base.error and ratio.value and base.value):
        return None
    times = ratio.value / base.value
    spread = math.exp(Z * math.hypot(ratio.error / ratio.value, base.error / base.value))
    return Figure(times - 1, times / spread - 1, times * spread - 1)


def chance_of(counts: Sequence[int], shares: Sequence[float]) -> float:
    """How likely counts are as far from their shares by chance: Pearson's χ².

    Args:
        counts: visitors of each arm, at least two arms.
        shares: expected, > 0, of their sum.
    """
    visitors, whole = sum(counts), sum(shares)
    if not visitors:
        return 1.0
    expected = [visitors * share / whole for share in shares]
    chi2 = sum((count - e) ** 2 / e for count, e in zip(counts, expected, strict=True))
    return _chi2_tail(chi2, len(counts) - 1)


def _chi2_tail(chi2: float, freedom: int) -> float:
    """P(X > chi2), by Q(a + 1, h) = Q(a, h) + hᵃ e⁻ʰ / Γ(a + 1) from a = ½ or 1 on."""
    half = chi2 / 2
    tail, a = (math.erfc(math.sqrt(half)), 0.5) if freedom % 2 else (math.exp(-half), 1.0)
    while a < freedom / 2:
        tail += half**a * math.exp(-half) / math.gamma(a + 1)
        a += 1
    return min(1.0, tail)
