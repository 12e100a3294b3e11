"""Interactions: lines become one weight a (visitor, item), and weights become the matrix of confidences."""

from concurrent.futures import ThreadPoolExecutor
from datetime import datetime
from typing import NamedTuple, Protocol

import msgspec
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
    kept_share,
    net_weights,
    takes_back,
)
from training.config import FACTORS, ConfidenceConfig, TrainingConfig
from training.rows import Ints, compact, numbered
from training.threads import cores

Floats = NDArray[np.floating]
ALPHA_RANGE = (2.0, 40.0)
LINES_AT_ONCE = 1_000_000
"""Lines whose pairs are summed at a time, by all threads together: all 20 million needed 1.5 GB more."""
MOST_BLOCKS = 60_000  # their numbers take two bytes a line
KINDS = pl.Enum([kind.value for kind in EventKind])
KIND_NUMBERS = {kind: number for number, kind in enumerate(EventKind)}
TAKE_BACK_NUMBERS = [number for kind, number in KIND_NUMBERS.items() if takes_back(kind)]


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
        return np.diff(self._starts)

    @property
    def item_counts(self) -> Ints:
        """(n,) distinct visitors of each item."""
        return np.bincount(self.items, minlength=self.shape[1]).astype(np.int32)

    def matrix(self, values: Floats) -> sparse.csr_matrix:
        """(U, n) float32 CSR of one value a pair; it shares the rows of items, so change none in place."""
        found = values.astype(np.float32, copy=False), self.items, self._starts
        return sparse.csr_matrix(found, shape=self.shape)

    @property
    def _starts(self) -> Ints:
        """(U + 1,) where the pairs of each visitor begin, and the last ones end."""
        return np.searchsorted(self.visitors, np.arange(self.shape[0] + 1)).astype(np.int32)

    def buyers(self) -> NDArray[np.bool_]:
        """(m,) the pairs that popularity counts: the bought ones, or all where nothing was ever bought."""
        return self.bought if self.bought.any() else np.ones_like(self.bought)


def aggregate(
    lines: pl.DataFrame, config: TrainingConfig, as_of: datetime, *, at_once: int = LINES_AT_ONCE
) -> Interactions:
    """Sum lines to interactions; items of too few visitors are left out.

    Args:
        lines: columns of `extract.COLUMNS`.
        config: weights, decay and the fewest visitors an item needs.
        as_of: the reference time of the decay.
        at_once: about so many lines are summed together.

    Raises:
        BadDataError: nothing is left.
    """
    visitor_ids, item_ids, blocks = _netted(lines, config.confidence, as_of, at_once)
    kept = _joined(blocks, len(item_ids), config.min_item_visitors)
    if not len(kept.items):
        raise BadDataError(
            f"No item has {config.min_item_visitors} visitors among {lines.height} lines; give more events "
            f"or lower min_item_visitors."
        )
    kept_visitors, visitors = compact(visitor_ids, kept.visitors)
    kept_items, items = compact(item_ids, kept.items)
    return Interactions(
        kept_visitors, kept_items, visitors, items, kept.weights, kept.ages, kept.bought,
        kept.lines / len(kept.items),
    )  # fmt: skip


class _Pairs(NamedTuple):
    """One entry a (visitor, item), sorted by both."""

    visitors: Ints
    items: Ints
    weights: NDArray[np.float32]
    ages: NDArray[np.float32]
    bought: NDArray[np.bool_]
    counts: Ints  # lines

    @property
    def lines(self) -> int:
        return int(self.counts.sum())

    def of(self, wanted: NDArray[np.bool_]) -> "_Pairs":
        return self if wanted.all() else _Pairs._make(column[wanted] for column in self)


def _netted(
    lines: pl.DataFrame, config: ConfidenceConfig, as_of: datetime, at_once: int
) -> tuple[list[str], list[str], list[_Pairs]]:
    """All ids of visitors and of items, sorted, and what is left of each pair, some visitors a block."""
    visitor_ids, visitors = numbered(lines["visitor_id"])
    item_ids, items = numbered(lines["item_id"])
    said = lines.select("kind", "occurred_at", "quantity")
    dealt, count = _dealt(visitors, at_once // cores())

    def net(number: int) -> _Pairs:
        some = np.flatnonzero(dealt == number) if count > 1 else slice(None)
        return _net_pairs(said[some], visitors[some], items[some], config, as_of)

    with ThreadPoolExecutor(cores()) as pool:
        return visitor_ids, item_ids, [*pool.map(net, range(count))]


def _joined(blocks: list[_Pairs], n_items: int, fewest: int) -> _Pairs:
    """All blocks, which it empties, without the items of too few visitors.

    Column by column: at 20 million lines a second copy of all is 400 MB.
    """
    counts = np.zeros(n_items, dtype=np.intp)
    for block in blocks:
        counts += np.bincount(block.items, minlength=n_items)
    often = counts >= fewest
    for place, block in enumerate(blocks):
        blocks[place] = block.of(often[block.items])
    columns = [[*column] for column in zip(*blocks, strict=True)]
    blocks.clear()
    return _Pairs._make(np.concatenate(columns.pop(0)) for _ in _Pairs._fields)


def _dealt(visitors: Ints, at_once: int) -> tuple[NDArray[np.uint16], int]:
    """Which block each line is in, and how many there are: some visitors each, in order of visitor."""
    begins = np.cumsum(np.bincount(visitors)) - 1
    _, numbers = np.unique(begins // max(at_once, begins[-1] // MOST_BLOCKS + 1), return_inverse=True)
    return numbers.astype(np.uint16)[visitors], int(numbers[-1]) + 1


def _net_pairs(
    lines: pl.DataFrame, visitors: Ints, items: Ints, config: ConfidenceConfig, as_of: datetime
) -> _Pairs:
    """What is left of each pair of visitor and item, where anything is."""
    order, starts = _groups(visitors, items)
    kinds = _numbered(lines["kind"])[order]
    ages = (as_of.timestamp() - lines["occurred_at"].dt.epoch("us").to_numpy()[order] / 1e6) / DAY_S
    units = lines["quantity"].to_numpy()[order]
    purchase, back = kinds == KIND_NUMBERS[EventKind.PURCHASE], np.isin(kinds, TAKE_BACK_NUMBERS)
    kind_weights = np.array([config.kinds.get(kind, 0.0) for kind in KIND_NUMBERS])
    weights = config.with_alpha(ALPHA_RANGE[0]).line_weights(kind_weights[kinds], ages)

    def total(values: Floats, counted: NDArray[np.bool_]) -> Floats:
        if not counted.any():
            return np.zeros(len(starts))
        values = values if counted.all() else values * counted
        return np.add.reduceat(values, starts) if len(starts) < len(values) else values

    bought, bought_units = total(weights, purchase), total(units, purchase)
    returned_units = total(units, back)
    kept = kept_share(bought_units, returned_units)
    net = net_weights(bought, kept, total(weights, ~(purchase | back)))
    found = _Pairs(
        visitors[order][starts],
        items[order][starts],
        net.astype(np.float32),
        _ages(ages, purchase, back, starts),
        (bought_units > returned_units) & (bought > 0),
        np.diff(np.append(starts, len(visitors))).astype(np.int32),
    )
    return found.of(found.weights > 0)  # what is a century old is 0 in float32


def _numbered(kinds: pl.Series) -> NDArray[np.integer]:
    """(m,) the number of each kind in KINDS."""
    known = kinds if kinds.dtype == KINDS else kinds.cast(pl.String).cast(KINDS)
    return known.to_physical().to_numpy()


def _ages(
    ages: Floats, purchase: NDArray[np.bool_], back: NDArray[np.bool_], starts: NDArray[np.intp]
) -> NDArray[np.float32]:
    """Days since the newest purchase of each pair, or line where none was bought; NaN without times."""
    if np.isnan(ages).all():
        return np.full(len(starts), np.nan, dtype=np.float32)
    newest = np.fmin.reduceat(np.where(purchase, ages, np.nan), starts)
    other = np.fmin.reduceat(np.where(purchase | back, np.nan, ages), starts)
    any_purchase = np.logical_or.reduceat(purchase, starts)
    return np.where(any_purchase, newest, other).astype(np.float32)


def _groups(visitors: Ints, items: Ints) -> tuple[NDArray[np.intp] | slice, NDArray[np.intp]]:
    """The order of lines by visitor and item, and where each pair begins in it."""
    keys = visitors.astype(np.int64) * (int(items.max(initial=0)) + 1) + items
    order: NDArray[np.intp] | slice = slice(None)
    if (np.diff(keys) < 0).any():
        order = np.argsort(keys, kind="stable")
        keys = keys[order]
    return order, np.flatnonzero(np.append(True, np.diff(keys) != 0))


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
    spread = frequency_weight(confidence, interactions.visitor_counts, 1)[interactions.visitors]
    of_items = frequency_weight(confidence, 1, interactions.item_counts)
    parts = [slice(first, first + LINES_AT_ONCE) for first in range(0, interactions.size, LINES_AT_ONCE)]
    for part in parts:
        spread[part] *= of_items[interactions.items[part]]
    normaliser = float(spread.mean())
    values = np.empty(interactions.size, dtype=np.float32)
    for part in parts:
        values[part] = confidence.spread_confidences(interactions.weights[part], spread[part] / normaliser)
    return interactions.matrix(values), normaliser


def sized(config: TrainingConfig, extent: Extent) -> TrainingConfig:
    """The configuration with its number of factors: where it names none, at most what the data carry.

    More factors than half the smaller side give NaN or noise.

    Raises:
        BadDataError: too few visitors, items or interactions, with the numbers.
    """
    visitors, items = extent.shape
    pairs = extent.size
    most = min(visitors, items) // 2 if pairs >= visitors + items else 0
    factors = config.factors or max(min(FACTORS, most), 1)
    if factors > most:
        less = f"pass `--set factors={most}`, name no `factors`, or give more events" if most else "give more"
        raise BadDataError(
            f"Too little data for {factors} factors: {visitors} visitors, {items} items and {pairs} "
            f"interactions carry at most {most}; {less}."
        )
    return msgspec.structs.replace(config, factors=factors)


def noted(extent: Extent, asked: TrainingConfig, given: TrainingConfig) -> str:
    """How much there is, and whether it carries fewer factors than are usual, for the line of the stage."""
    visitors, items = extent.shape
    found = f"{extent.size:,} interactions of {visitors:,} visitors with {items:,} items"
    if asked.factors or given.n_factors == FACTORS:
        return found
    return f"{found}: they carry {given.n_factors} factors, not {FACTORS}"
