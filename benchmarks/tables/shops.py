"""Shops: two public logs of purchases, cut at moments; the four weeks after each are what is judged."""

from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from functools import partial
from pathlib import Path
from typing import NamedTuple

import polars as pl
from quality.sets import groceries

from recsvc.domain.errors import UsageError
from recsvc.sources.complete_journey import package_folder

LAST_WEEK = 49
WINDOW = timedelta(weeks=4)
MOMENTS = 5
"""Where single lists are judged; each four weeks before the next."""


class Shop(NamedTuple):
    """One log."""

    title: str
    lines: pl.DataFrame  # visitor_id, item_id, kind, occurred_at, quantity, order_id
    items: pl.DataFrame | None
    moment: datetime  # the last one


class Cut(NamedTuple):
    """A log before a moment, and in the four weeks after it."""

    before: pl.DataFrame
    after: pl.DataFrame
    moment: datetime


def shops(data: Path) -> list[Shop]:
    """Those that are there: groceries from their package, gifts from a folder of the data."""
    makers: list[Callable[[], Shop]] = [grocer]
    folder = data / "online_retail"
    if folder.is_dir():
        makers.append(partial(gift_shop, folder))
    found = []
    for make in makers:
        try:
            found.append(make())
        except UsageError as error:
            print(f"left out: {error}")
    return found


def grocer() -> Shop:
    """The Complete Journey without its last four weeks: the quality table judges on those."""
    lines, items = groceries(package_folder())
    lines = lines.filter(pl.col("week") <= LAST_WEEK).drop("week")
    return Shop("The Complete Journey", _purchases(lines), items, datetime(2017, 11, 6, tzinfo=UTC))


def gift_shop(folder: Path) -> Shop:
    """Online Retail: purchases of known customers, without codes for postage and fees."""
    rows = pl.read_parquet(folder / "transactions.parquet").filter(
        pl.col("CustomerID").is_not_null(),
        pl.col("Quantity") > 0,
        pl.col("StockCode").str.contains(r"^\d{5}"),
    )
    lines = rows.select(
        pl.col("CustomerID").cast(pl.String).alias("visitor_id"),
        pl.col("StockCode").alias("item_id"),
        pl.col("InvoiceDate").dt.replace_time_zone("UTC").alias("occurred_at"),
        pl.col("Quantity").cast(pl.Float64).alias("quantity"),
        pl.col("InvoiceNo").alias("order_id"),
    )
    return Shop("Online Retail", _purchases(lines), None, datetime(2011, 11, 7, tzinfo=UTC))


def cuts(shop: Shop) -> list[Cut]:
    """The log cut at each moment, the last one first."""
    return [_cut(shop.lines, shop.moment - step * WINDOW) for step in range(MOMENTS)]


def _cut(lines: pl.DataFrame, moment: datetime) -> Cut:
    at = pl.col("occurred_at")
    later = at.is_between(moment, moment + WINDOW, closed="left")
    return Cut(lines.filter(at < moment), lines.filter(later), moment)


def _purchases(lines: pl.DataFrame) -> pl.DataFrame:
    return lines.with_columns(kind=pl.lit("purchase"))
