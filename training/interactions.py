"""Interactions: lines become one weight a (visitor, item), and weights become the matrix of confidences."""

from collections.abc import Sequence
from datetime import datetime
from typing import NamedTuple, Protocol

import numpy as np
import polars as pl
from numpy.typing import NDArray
from scipy import sparse

from recsvc.domain.errors import BadDataError
from recsvc.domain.events import EventKind
from recsvc.model.confidence import (
    DAY_S,
    Confidence,
    frequency_weight,
    net_weights,
    takes_back,
)
from training.config import ConfidenceConfig, TrainingConfig

Ints = NDArray[np.int32]
Floats = NDArray[np.floating]
ALPHA_RANGE = (2.0, 40.0)


class Extent(Protocol):
    """How much there is to learn from, whoever holds it."""

    @property
    def shape(self) -> tuple[int, int]:
        """(visitors, items)."""

    @property
    def size(self) -> int:
        """Pairs."""

    @property
    def repeats(self) -> float:
        """Mean lines a pair."""


class Interactions(NamedTuple):
    """One entry a (visitor, item) pair with something left of it, sorted by visitor and item."""

    visitor_ids: tuple[str, ...]
    item_ids: tuple[str, ...]  # sorted: the row order of the model
    visitors: Ints  # (m,) rows
    items: Ints  # (m,) rows
    weights: Floats  # (m,) summed line weights, > 0
    ages: Floats  # (m,) days since the newest purchase, or line where none was bought; NaN without times
    bought: NDArray[np.bool_]  # (m,) whether a purchase is left among them
    repeats: float  # mean lines a pair

    @property
    def shape(self) -> tuple[int, int]:
        """(visitors, items)."""
        return len(self.visitor_ids), len(self.item_ids)

    @property
    def size(self) -> int:
        """Pairs."""
        return len(self.items)

    @property
    def visitor_counts(self) -> Ints:
        """(U,) distinct items of each visitor."""
        return np.bincount(self.visitors, minlength=self.shape[0]).astype(np.int32)

    @property
    def item_counts(self) -> Ints:
        """(n,) distinct visitors of each item."""
        return np.bincount(self.items, minlength=self.shape[1]).astype(np.int32)

    def matrix(self, values: Floats) -> sparse.csr_matrix:
        """(U, n) float32 CSR of one value a pair."""
        starts = np.concatenate([[0], np.cumsum(self.visitor_counts)])
        return sparse.csr_matrix((values.astype(np.float32), self.items, starts), shape=self.shape)

    def buyers(self) -> NDArray[np.bool_]:
        """(m,) the pairs that popularity counts: the bought ones, or all where nothing was ever bought."""
        return self.bought if self.bought.any() else np.ones_like(self.bought)


def aggregate(lines: pl.DataFrame, config: TrainingConfig, as_of: datetime) -> Interactions:
    """Sum lines to interactions; items of too few visitors are left out.

    Args:
        lines: columns of `extract.COLUMNS`.
        config: weights, decay and the fewest visitors an item needs.
        as_of: the reference time of the decay.

    Raises:
        BadDataError: nothing is left.
    """
    pairs = net_pairs(lines, config.confidence, as_of)
    popular = pairs.group_by("item_id").len().filter(pl.col("len") >= config.min_item_visitors)
    pairs = pairs.join(popular.select("item_id"), on="item_id", how="semi")
    if pairs.is_empty():
        raise BadDataError(
            f"No item has {config.min_item_visitors} visitors among {lines.height} lines; give more events "
            f"or lower min_item_visitors."
        )
    visitor_ids, visitors = _rows(pairs["visitor_id"])
    item_ids, items = _rows(pairs["item_id"])
    order = np.lexsort((items, visitors))
    return Interactions(
        visitor_ids,
        item_ids,
        visitors[order],
        items[order],
        pairs["weight"].to_numpy()[order].astype(np.float32),
        pairs["age"].to_numpy()[order].astype(np.float32),
        pairs["bought"].to_numpy()[order],
        float(pairs["lines"].mean()),  # type: ignore[arg-type]
    )


def net_pairs(lines: pl.DataFrame, confidence: ConfidenceConfig, as_of: datetime) -> pl.DataFrame:
    """One row a (visitor, item) with weight > 0: its ids, weight, age (days), bought, lines."""
    now = as_of.timestamp()
    age = (now - pl.col("occurred_at").dt.epoch("us") / 1e6) / DAY_S
    purchase = pl.col("kind") == EventKind.PURCHASE
    back = pl.col("kind").is_in([kind for kind in EventKind if takes_back(kind)])
    kind_weight = pl.col("kind").replace_strict(confidence.kinds, default=0.0, return_dtype=pl.Float64)
    lines = lines.select(
        "visitor_id", "item_id", "quantity", age.alias("age"), purchase.alias("purchase"),
        back.alias("back"), kind_weight.alias("weight"),
    )  # fmt: skip
    weights = confidence.with_alpha(ALPHA_RANGE[0]).line_weights(
        lines["weight"].to_numpy(), lines["age"].to_numpy()
    )
    neither = ~(pl.col("purchase") | pl.col("back"))
    sums = (
        lines.with_columns(weight=weights)
        .group_by("visitor_id", "item_id")
        .agg(
            bought=(pl.col("weight") * pl.col("purchase")).sum(),
            bought_units=(pl.col("quantity") * pl.col("purchase")).sum(),
            returned_units=(pl.col("quantity") * pl.col("back")).sum(),
            other=(pl.col("weight") * neither).sum(),
            age=pl.when(pl.col("purchase").any())
            .then(pl.col("age").filter("purchase").min())
            .otherwise(pl.col("age").filter(neither).min()),
            lines=pl.len(),
        )
    )
    parts = [sums[name].to_numpy() for name in ("bought", "bought_units", "returned_units", "other")]
    net = net_weights(*parts)
    kept_units = (sums["bought_units"] > sums["returned_units"]).to_numpy() & (parts[0] > 0)
    return sums.select(
        "visitor_id", "item_id", pl.Series("weight", net),
        pl.col("age").fill_null(float("nan")), pl.Series("bought", kept_units), "lines",
    ).filter(pl.col("weight") > 0)  # fmt: skip


def choose_alpha(extent: Extent) -> float:
    """The confidence of an average pair: high on sparse shops, low where people buy the same again.

    A rule of thumb, and no theory: `confidence.alpha` overrides it.
    """
    visitors, items = extent.shape
    density = extent.size / (visitors * items)
    low, high = ALPHA_RANGE
    return float(np.clip(1.0 + 0.7 * density**-0.5 / extent.repeats**2, low, high))


def confidences(interactions: Interactions, confidence: Confidence) -> tuple[sparse.csr_matrix, float]:
    """The finished confidences (U, n), each > 1, and the normaliser that serving needs."""
    visitor_counts = interactions.visitor_counts[interactions.visitors]
    item_counts = interactions.item_counts[interactions.items]
    normaliser = float(frequency_weight(confidence, visitor_counts, item_counts).mean())
    values = confidence.confidences(interactions.weights, visitor_counts, item_counts, normaliser)
    return interactions.matrix(values), normaliser


def check_size(extent: Extent, factors: int) -> None:
    """Refuse what the factors cannot carry: more factors than half the smaller side give NaN or noise.

    Raises:
        BadDataError: too few visitors, items or interactions, with the numbers.
    """
    visitors, items = extent.shape
    pairs = extent.size
    most = min(visitors, items) // 2
    if factors > most or pairs < visitors + items:
        raise BadDataError(
            f"Too little data for {factors} factors: {visitors} visitors, {items} items and {pairs} "
            f"interactions carry at most {most if pairs >= visitors + items else 0}; "
            f"give more events or a smaller `factors`."
        )


def _rows(column: pl.Series) -> tuple[tuple[str, ...], Ints]:
    """Sorted distinct ids, and each entry as its place among them."""
    ids: Sequence[str] = column.unique().sort().to_list()
    codes = column.cast(pl.Enum(ids)).to_physical()
    return tuple(ids), codes.to_numpy().astype(np.int32)
