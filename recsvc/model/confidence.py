"""Confidence: the one place where an event becomes a weight and a weight a confidence.

Training calls it on columns of millions of lines, serving on the history of one visitor.
"""

from typing import Annotated

import msgspec
import numpy as np
from msgspec import Meta
from numpy.typing import ArrayLike, NDArray

from recsvc.domain.events import TAKE_BACK, EventKind

Floats = NDArray[np.floating]
DAY_S = 86_400.0

DEFAULT_KIND_WEIGHTS: dict[str, float] = {
    EventKind.PURCHASE: 1.0,
    EventKind.WISHLIST: 0.4,
    EventKind.ADD_TO_CART: 0.4,
    EventKind.CLICK: 0.1,
    EventKind.VIEW: 0.1,
}


class Confidence(msgspec.Struct, frozen=True, forbid_unknown_fields=True, kw_only=True):
    """How events of a history become confidences c = 1 + (alpha - 1) * weight.

    alpha follows density: low where people buy much of the range, high where they buy little of it.
    """

    alpha: Annotated[float, Meta(gt=1)] = 3.0  # confidence of an average single purchase
    half_life_days: Annotated[float, Meta(gt=0)] | None = None  # None: age does not matter
    visitor_exponent: Annotated[float, Meta(ge=0, le=1)] = 0.0  # a of n_u^-a
    item_exponent: Annotated[float, Meta(ge=0, le=1)] = 0.0  # b of n_i^-b
    kinds: dict[str, Annotated[float, Meta(ge=0)]] = msgspec.field(
        default_factory=lambda: dict(DEFAULT_KIND_WEIGHTS)
    )

    def line_weights(self, kind_weights: ArrayLike, age_days: ArrayLike) -> Floats:
        """Weigh single lines: kind × recency.

        Args:
            kind_weights: (m,) weight of each line's kind.
            age_days: (m,) days before the reference time; NaN (no time) and the future count as 0.

        Returns:
            (m,) float64, each ≥ 0.
        """
        weights = np.asarray(kind_weights, dtype=np.float64)
        if self.half_life_days is None:
            return weights
        age = np.fmax(np.asarray(age_days, dtype=np.float64), 0.0)  # NaN is 0, too
        return weights * np.exp2(-age / self.half_life_days)

    def confidences(
        self, weights: ArrayLike, visitor_counts: ArrayLike, item_counts: ArrayLike, normaliser: float
    ) -> Floats:
        """Turn aggregated weights into confidences (docs/scoring.md, in the sense of Hu, Koren and Volinsky).

        Args:
            weights: (m,) summed line weights of each (visitor, item), > 0.
            visitor_counts: (m,) or scalar, distinct items of the visitor.
            item_counts: (m,) or scalar, distinct visitors of the item in training, ≥ 1.
            normaliser: mean of n_u^-a n_i^-b over the training pairs.

        Returns:
            (m,) float64, each > 1 (implicit reads a stored value below 1 as less than nothing).
        """
        spread: Floats | float = 1.0 / normaliser
        if self.visitor_exponent or self.item_exponent:
            spread = frequency_weight(self, visitor_counts, item_counts) / normaliser
        return self.spread_confidences(weights, spread)

    def spread_confidences(self, weights: ArrayLike, spread: Floats | float) -> Floats:
        """(m,) the same, with n_u^-a n_i^-b ÷ normaliser at hand: a matrix has many pairs of few counts."""
        found = saturate(weights)
        found *= self.alpha - 1.0
        found *= spread
        found += 1.0
        return found


def frequency_weight(confidence: Confidence, visitor_counts: ArrayLike, item_counts: ArrayLike) -> Floats:
    """n_u^-a n_i^-b before normalisation; busy visitors and popular items say less per pair."""
    if not (confidence.visitor_exponent or confidence.item_exponent):
        return np.ones(np.broadcast_shapes(np.shape(visitor_counts), np.shape(item_counts)))
    visitors = np.maximum(np.asarray(visitor_counts, dtype=np.float64), 1.0)
    items = np.maximum(np.asarray(item_counts, dtype=np.float64), 1.0)
    return visitors**-confidence.visitor_exponent * items**-confidence.item_exponent


def saturate(weights: ArrayLike) -> Floats:
    """log2(1 + w), > 0 of any w > 0: one purchase is 1, fifteen are 4; the hundredth says little new."""
    found: Floats = np.log1p(weights, dtype=np.float64)
    found /= np.log(2.0)
    return found


def net_weights(bought: ArrayLike, kept: ArrayLike, other: ArrayLike) -> Floats:
    """Take what was returned back from what was bought; never below what other kinds say.

    Args:
        bought: (m,) summed line weights of purchases.
        kept: (m,) the share of them that was not returned.
        other: (m,) summed line weights of all other kinds.

    Returns:
        (m,) float64, each ≥ 0; 0 means that nothing is left of the pair.
    """
    bought, kept, other = (np.asarray(one, dtype=np.float64) for one in (bought, kept, other))
    return bought * kept + other


def kept_share(bought_units: ArrayLike, returned_units: ArrayLike) -> Floats:
    """(m,) the share of what was bought that was not returned, 0 to 1."""
    units = np.asarray(bought_units, dtype=np.float64)
    returned = np.asarray(returned_units, dtype=np.float64)
    return np.clip(1.0 - returned / np.where(units > 0, units, 1.0), 0.0, 1.0)


def takes_back(kind: str) -> bool:
    """Whether a kind takes bought quantity back."""
    return kind in TAKE_BACK
