"""Tables of the artifact that come from counting: popularity and what is bought together."""

from collections import defaultdict
from collections.abc import Mapping
from typing import NamedTuple

import numpy as np
import polars as pl
from numpy.typing import NDArray
from scipy import sparse

from recsvc.domain.events import EventKind
from recsvc.model.confidence import DAY_S
from training.extract import Extract
from training.fit.local import top_products
from training.holdout import bought, span_of, window_start
from training.interactions import Interactions
from training.rows import rows_of

Floats = NDArray[np.floating]
HALF_LIVES = (None, 180.0, 120.0, 90.0, 60.0, 30.0)
JUDGES = 2_000
DEPTH = 10
BASKET_HALF_LIFE_DAYS = 120.0
SHRINK_BASKETS = 5.0
"""Weighed baskets that every product is thought to have been in beside its own, filled as any basket is."""
LIFT = 0.07
"""Exponent of the lift: 0 lists staples beside everything, .2 finds less than raw counts on groceries."""
CANDIDATES = 100


class Table(NamedTuple):
    """Neighbours of each item, best first."""

    rows: NDArray[np.int32]  # (n, k), -1 = none
    weights: NDArray[np.float32]  # (n, k), 0 where there is none


def recency(interactions: Interactions, half_life_days: float | None) -> Floats:
    """(m,) float32, what each pair counts for popularity: a buyer counts once, faded by age; others 0."""
    if half_life_days is None:
        return interactions.buyers().astype(np.float32)
    faded = np.fmax(interactions.ages, np.float32(0.0))  # NaN is 0, too
    faded /= np.float32(-half_life_days)
    np.exp2(faded, out=faded)
    faded *= interactions.buyers()
    return faded


def window_popularity(interactions: Interactions, days: float) -> Floats:
    """(n,) share of the visitors that bought each item in the last days; ever, where times are unknown."""
    recent = interactions.buyers() & ~(interactions.ages > days)
    buyers = np.bincount(interactions.items[recent], minlength=interactions.shape[1])
    return buyers / max(interactions.shape[0], 1)


def best_half_life(extract: Extract, *, keep_seen: bool, seed: int) -> float | None:
    """The half-life with which popularity itself predicts the last window best; None without times."""
    if not extract.timed:
        return None
    start = window_start(span_of(extract))
    before = extract.lines.filter(pl.col("occurred_at") <= start)
    targets = bought(extract.lines.filter(pl.col("occurred_at") > start))
    if before.is_empty() or targets.is_empty():
        return None
    judged = targets["visitor_id"].unique().sort()
    judged = judged.sample(min(JUDGES, len(judged)), seed=seed)
    wanted = item_sets(targets, judged)
    seen = {} if keep_seen else item_sets(before, judged)
    buyers = _buyers(before, start.timestamp())
    return best_of({half_life: _ranking(buyers, half_life) for half_life in HALF_LIVES}, wanted, seen)


def best_of(
    rankings: Mapping[float | None, list[str]], wanted: Mapping[str, set[str]], seen: Mapping[str, set[str]]
) -> float | None:
    """The half-life whose ranking of items predicts best what visitors wanted, without what they had seen."""
    return max(rankings, key=lambda half_life: _ndcg(rankings[half_life], wanted, seen))


def _buyers(before: pl.DataFrame, now: float) -> pl.DataFrame:
    """item_id and age in days of each buyer's newest purchase."""
    purchases = before.filter(pl.col("kind") == EventKind.PURCHASE)
    newest = (before if purchases.is_empty() else purchases).group_by("visitor_id", "item_id")
    return newest.agg(age=(now - pl.col("occurred_at").max().dt.epoch("us") / 1e6) / DAY_S)


def _ranking(buyers: pl.DataFrame, half_life: float | None) -> list[str]:
    weight = (
        pl.lit(1.0) if half_life is None else (-pl.col("age").fill_null(0.0) / half_life * np.log(2.0)).exp()
    )
    weights = buyers.with_columns(weight=weight).group_by("item_id").agg(pl.col("weight").sum())
    return weights.sort("weight", "item_id", descending=[True, False])["item_id"].to_list()


def item_sets(pairs: pl.DataFrame, judged: pl.Series) -> dict[str, set[str]]:
    """The items of each of some visitors."""
    found: dict[str, set[str]] = defaultdict(set)
    theirs = pairs.filter(pl.col("visitor_id").is_in(judged.implode()))
    for visitor_id, item_id in theirs.select("visitor_id", "item_id").unique().iter_rows():
        found[visitor_id].add(item_id)
    return found


def _ndcg(ranking: list[str], wanted: Mapping[str, set[str]], seen: Mapping[str, set[str]]) -> float:
    discounts = 1.0 / np.log2(np.arange(2, DEPTH + 2))
    ideal = np.cumsum(discounts)
    total = 0.0
    for visitor_id, targets in wanted.items():
        hidden = seen.get(visitor_id, frozenset[str]())
        reach = ranking[: DEPTH + len(hidden)]
        top = [item_id for item_id in reach if item_id not in hidden][:DEPTH]
        hits = np.fromiter((item_id in targets for item_id in top), dtype=bool, count=len(top))
        total += float(discounts[: len(top)][hits].sum() / ideal[min(len(targets), DEPTH) - 1])
    return total / len(wanted)


def together(lines: pl.DataFrame, item_ids: tuple[str, ...], k: int) -> Table:
    """What is bought with each item in the same basket; a basket is an order, else a visitor's day.

    The weight of i beside j is P(i | j)·lift^LIFT, P drawn towards P(i): j → i differs from i → j. Given one
    product of a later basket, its others were found with NDCG@10 .136 on groceries and .268 on gifts; by raw
    counts .135 and .264, by symmetric shrunk lift .120 and .253, by popularity .108 and .114.
    """
    matrix = _baskets(lines, item_ids)
    n = len(item_ids)
    squares = matrix.data**2
    sizes = np.bincount(matrix.indices, weights=squares, minlength=n)
    total = float((squares / np.repeat(np.diff(matrix.indptr), np.diff(matrix.indptr))).sum())
    scale = np.maximum(sizes, np.finfo(np.float64).tiny) ** -LIFT
    found = top_products(matrix @ sparse.diags(scale), CANDIDATES + 1).tocoo()
    keep = found.row != found.col
    seeds, others = found.row[keep], found.col[keep]
    counts = found.data[keep] / (scale[seeds] * scale[others])
    return top_table(seeds, others, beside(counts, sizes[seeds], sizes[others] / total), n, k)


def beside(counts: Floats, seed_sizes: Floats, shares: Floats) -> Floats:
    """(m,) the weight of each pair: how likely the other is beside the seed, and a little how much likelier.

    Args:
        counts: (m,) weighed baskets of both.
        seed_sizes: (m,) weighed baskets of the seed.
        shares: (m,) of all weighed baskets, those with the other.
    """
    likely = (counts + SHRINK_BASKETS * shares) / (seed_sizes + SHRINK_BASKETS)
    return likely * (likely / shares) ** LIFT


def _baskets(lines: pl.DataFrame, item_ids: tuple[str, ...]) -> sparse.csr_matrix:
    """(b, n) roots of what each basket of two or more counts: less when old, and less when large."""
    purchases = lines.filter(pl.any_horizontal(pl.col("order_id", "occurred_at").is_not_null()))
    purchases = purchases.filter(pl.col("kind") == EventKind.PURCHASE)
    purchases = purchases.with_columns(row=pl.Series(rows_of(purchases["item_id"], item_ids)))
    purchases = purchases.filter(pl.col("row") >= 0)
    day = pl.when(pl.col("order_id").is_null()).then(pl.col("occurred_at").dt.date())
    basket = pl.struct("visitor_id", "order_id", day.alias("day")).hash().alias("basket")
    pairs = purchases.group_by(basket, "row").agg(pl.col("occurred_at").max())
    pairs = pairs.with_columns(size=pl.len().over("basket")).filter(pl.col("size") > 1)
    newest = pl.col("occurred_at").max()
    age = (newest - newest.over("basket")).dt.total_seconds() / DAY_S
    faded = (-age.fill_null(0.0) / BASKET_HALF_LIFE_DAYS * np.log(2.0)).exp()
    values = pairs.select((faded / (1.0 + pl.col("size")).log(2.0)).sqrt()).to_series().to_numpy()
    rows = pairs["basket"].rank("dense").to_numpy().astype(np.int64) - 1
    shape = (int(rows.max(initial=0)) + 1, len(item_ids))
    return sparse.csr_matrix((values, (rows, pairs["row"].to_numpy())), shape=shape)


def top_table(
    seeds: NDArray[np.integer], others: NDArray[np.integer], weights: Floats, n: int, k: int
) -> Table:
    """The k best others of each seed as a padded table; equal weights keep their order."""
    order = np.argsort(seeds, kind="stable")
    seeds, others, weights = seeds[order], others[order], weights[order]
    counts = np.bincount(seeds, minlength=n)
    place = np.arange(len(seeds)) - np.repeat(np.cumsum(counts) - counts, counts)
    # Padded and sorted row by row: short rows sort faster than one lexsort of all entries.
    padded = np.zeros((n, max(int(counts.max(initial=0)), k)), dtype=np.float32)
    rows = np.full(padded.shape, -1, dtype=np.int32)
    padded[seeds, place], rows[seeds, place] = weights, others
    best = np.argsort(-padded, axis=1, kind="stable")[:, :k]
    return Table(np.take_along_axis(rows, best, axis=1), np.take_along_axis(padded, best, axis=1))
