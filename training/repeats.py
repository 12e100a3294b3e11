"""Repeats: how readily each item is bought again, and how often, counted from the lines."""

from datetime import datetime
from typing import NamedTuple

import numpy as np
import polars as pl
from numpy.typing import NDArray

from recsvc.domain.events import EventKind
from recsvc.model.confidence import DAY_S
from training.interactions import rows_of

Floats = NDArray[np.floating]
BELIEVED = 10.0
"""Buyers it takes until an item's own figures count half beside those of the shop."""
LONG_DAYS, SHORT_DAYS = 120.0, 30.0
TREND_BELIEVED = 3.0
"""Purchases of the last months that an item is thought to have had without a trend."""
APART_DAYS = 0.5
"""Purchases closer than this are one."""
UNKNOWN_DAYS = 60.0


class Repeats(NamedTuple):
    """One number an item; all zero rates where nothing has a time."""

    rates: Floats  # (n,) ≥ 0: how much a purchase of the item speaks for the next one
    intervals: Floats  # (n,) > 0, usual days between two purchases by one visitor
    trends: Floats  # (n,) 0 to 1: the share of the last months' purchases that is of the last weeks


def repeats(lines: pl.DataFrame, item_ids: tuple[str, ...], as_of: datetime) -> Repeats:
    """Count repeats of purchases.

    The rate is √(share of buyers who bought again) · √trend: on a year of groceries, a household's products
    ranked by rate and activation gave NDCG@20 .368 for the next four weeks, by activation alone .363, and by
    the best exponential decay .360.

    Args:
        lines: columns of `extract.COLUMNS`.
        item_ids: (n,) in row order.
        as_of: the reference time.
    """
    age = (as_of.timestamp() - pl.col("occurred_at").dt.epoch("us") / 1e6) / DAY_S
    bought = lines.filter(pl.col("kind") == EventKind.PURCHASE, pl.col("occurred_at").is_not_null())
    rows = pl.Series(rows_of(bought["item_id"], item_ids))
    bought = bought.select("visitor_id", row=rows, age=age.clip(0.0)).filter(pl.col("row") >= 0)
    n = len(item_ids)
    if bought.is_empty():
        return nothing(n)
    pairs = bought.group_by("visitor_id", "row").agg(
        count=pl.len(), span=pl.col("age").max() - pl.col("age").min()
    )
    again = pl.col("span") >= APART_DAYS
    items = pairs.group_by("row").agg(
        buyers=pl.len(),
        again=again.sum(),
        interval=(pl.col("span") / (pl.col("count") - 1)).filter(again).median(),
    )
    faded = bought.group_by("row").agg(
        recent=(-pl.col("age") / SHORT_DAYS * np.log(2.0)).exp().sum(),
        longer=(-pl.col("age") / LONG_DAYS * np.log(2.0)).exp().sum(),
    )
    return of_items(items.join(faded, on="row"), n)


def of_items(items: pl.DataFrame, n: int) -> Repeats:
    """Rates, intervals and trends from what was counted for each item.

    Args:
        items: row, buyers, again (those who bought it again), interval (their median, null without any), and
            recent and longer, its purchases faded with SHORT_DAYS and LONG_DAYS.
        n: items in all.
    """
    names = ("buyers", "again", "recent", "longer")
    buyers, repeated, recent, longer = (_placed(items["row"], items[name], n) for name in names)
    trends = recent / (longer + TREND_BELIEVED)
    share = repeated.sum() / max(buyers.sum(), 1.0)
    shares = (repeated + BELIEVED * share) / (buyers + BELIEVED)
    return Repeats(np.sqrt(shares * trends), _intervals(items, repeated), trends)


def nothing(n: int) -> Repeats:
    """Where nothing that was bought has a time."""
    return Repeats(np.zeros(n), np.full(n, UNKNOWN_DAYS), np.zeros(n))


def _intervals(items: pl.DataFrame, repeated: Floats) -> Floats:
    """Each item's median interval, drawn towards that of the shop where few bought it again."""
    typical = items["interval"].drop_nulls().median()
    shop = typical if isinstance(typical, float) else UNKNOWN_DAYS
    own = np.full(len(repeated), shop)
    own[items["row"].to_numpy()] = items["interval"].fill_null(shop).to_numpy()
    return (repeated * own + BELIEVED * shop) / (repeated + BELIEVED)


def _placed(rows: pl.Series, values: pl.Series, n: int) -> Floats:
    found = np.zeros(n)
    found[rows.to_numpy()] = values.to_numpy()
    return found
