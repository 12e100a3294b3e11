"""Estimates: ratios over visitors with their intervals, lifts, and whether the arms have their shares."""

import math
from collections.abc import Sequence
from typing import Final, NamedTuple

import msgspec

Z: Final = 1.959964
"""Of a normal distribution, 95 % lie within so many standard deviations."""

LEAST: Final = 2
"""Visitors without whom nothing varies."""

NOTHING: Final = 1e-12
"""The part of a sum that is left out."""


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


def share_of(part: int, whole: int) -> Figure:
    """A share of visitors with Wilson's interval (1927), which stays between nobody and everybody."""
    if not whole:
        return Figure(0.0, None, None)
    share, z2 = part / whole, Z * Z / whole
    middle = share + z2 / 2
    half = math.sqrt(z2 * (share * (1 - share) + z2 / 4))
    low, high = (middle - half) / (1 + z2), (middle + half) / (1 + z2)
    return Figure(share, min(share, max(0.0, low)), max(share, min(1.0, high)))


def chance_of(counts: Sequence[int], shares: Sequence[float]) -> float:
    """How likely chance takes any count as far from its share: an upper bound, with however few visitors.

    Each arm against all others by the exact binomial test, the smaller tail twice, times the arms where more
    than two could be off (Bonferroni). Pearson's χ² accuses up to one sound experiment in 300 at 0.001 where
    an arm expects five visitors.

    Args:
        counts: visitors of each arm, at least two arms.
        shares: expected, > 0, of their sum.
    """
    visitors, whole = sum(counts), sum(shares)
    tails = [_tail(visitors, count, share / whole) for count, share in zip(counts, shares, strict=True)]
    arms = len(counts) if len(counts) > 2 else 1  # noqa: PLR2004 (of two, each is off as the other is)
    return min(1.0, 2 * arms * min(tails))


def _tail(n: int, count: int, share: float) -> float:
    """P(at most `count` of n), or at least, on the side of the mean where the count lies."""
    if count > n * share:
        count, share = n - count, 1 - share
    term = math.exp(
        math.lgamma(n + 1)
        - math.lgamma(count + 1)
        - math.lgamma(n - count + 1)
        + count * math.log(share)
        + (n - count) * math.log1p(-share)
    )
    tail = 0.0
    while term > tail * NOTHING:
        tail += term
        term *= count / (n - count + 1) * (1 - share) / share
        count -= 1
    return tail
