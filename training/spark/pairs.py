"""Pairs on a cluster: what `training.interactions` does, with visitors and items as numbers from 0."""

from datetime import datetime
from typing import NamedTuple

import numpy as np
import polars as pl
from numpy.typing import NDArray
from pyspark.sql import Column, DataFrame, Window
from pyspark.sql import functions as F  # noqa: N812

from recsvc.domain.errors import BadDataError
from recsvc.domain.events import EventKind
from recsvc.model.confidence import DAY_S, Confidence, takes_back
from training.config import ConfidenceConfig, TrainingConfig
from training.spark.cluster import Cluster

MOST_ROWS = 2**31 - 1  # MLlib's ALS numbers both sides by int32
PLACES = 33  # low bits of monotonically_increasing_id: the place in a partition


class Pairs(NamedTuple):
    """One row a (visitor, item) with something left of it, and what is of the size of the catalogue."""

    frame: DataFrame  # visitor, item (int rows), weight, age, bought, visitor_count, item_count
    visitors: DataFrame  # visitor_id, visitor
    item_ids: tuple[str, ...]  # sorted: the row order of the model
    item_counts: NDArray[np.int32]  # (n,) distinct visitors of each item
    n_visitors: int
    size: int  # pairs
    repeats: float  # mean lines a pair
    any_bought: bool

    @property
    def shape(self) -> tuple[int, int]:
        """(visitors, items)."""
        return self.n_visitors, len(self.item_ids)


def pairs(cluster: Cluster, kept: DataFrame, config: TrainingConfig, as_of: datetime) -> Pairs:
    """Sum lines to pairs and number both sides in the order of their ids, as the local engine does.

    Raises:
        BadDataError: nothing is left, or a side has more rows than int32 can number.
    """
    net = cluster.settle(net_pairs(kept, config.confidence, as_of))
    counts = net.groupBy("item_id").agg(F.count("*").cast("int").alias("item_count"))
    items = cluster.fetch(counts.filter(F.col("item_count") >= config.min_item_visitors)).sort("item_id")
    if items.is_empty():
        raise BadDataError(
            f"No item has {config.min_item_visitors} visitors; give more events or lower min_item_visitors."
        )
    items = items.with_columns(item=pl.int_range(pl.len(), dtype=pl.Int32))
    net = net.join(F.broadcast(cluster.send(items)), "item_id")
    visitors, n_visitors = _numbered(cluster, net.select("visitor_id").distinct())
    own = Window.partitionBy("visitor_id")
    frame = net.withColumn("visitor_count", F.count("*").over(own).cast("int")).join(visitors, "visitor_id")
    names = ("visitor", "item", "weight", "age", "bought", "lines", "visitor_count", "item_count")
    frame = cluster.settle(frame.select(*names))
    size, repeats, any_bought = frame.agg(F.count("*"), F.avg("lines"), F.max("bought")).first()
    return Pairs(
        frame.drop("lines"), visitors, tuple(items["item_id"]), items["item_count"].to_numpy(), n_visitors,
        size, repeats, any_bought,
    )  # fmt: skip


def net_pairs(kept: DataFrame, confidence: ConfidenceConfig, as_of: datetime) -> DataFrame:
    """One row a (visitor_id, item_id) with weight > 0: weight, age (days), bought, lines.

    The formulas are those of `recsvc.model.confidence`; tests hold both together.
    """
    age = (F.lit(as_of.timestamp()) - F.unix_micros("occurred_at") / 1e6) / DAY_S
    purchase = F.col("kind") == str(EventKind.PURCHASE)
    back = F.col("kind").isin([str(kind) for kind in EventKind if takes_back(kind)])
    neither = ~(purchase | back)
    weight = _kind_weight(confidence) * _fading(age, confidence.half_life_days)

    def total(value: Column, of: Column) -> Column:
        return F.sum(F.when(of, value).otherwise(0.0))

    sums = kept.groupBy("visitor_id", "item_id").agg(
        total(weight, purchase).alias("bought_weight"),
        total(F.col("quantity"), purchase).alias("units"),
        total(F.col("quantity"), back).alias("returned"),
        total(weight, neither).alias("other"),
        F.max(purchase).alias("purchased"),
        F.min(F.when(purchase, age)).alias("purchase_age"),
        F.min(F.when(neither, age)).alias("other_age"),
        F.count("*").alias("lines"),
    )
    share = 1.0 - F.col("returned") / F.when(F.col("units") > 0, F.col("units")).otherwise(1.0)
    kept_share = F.greatest(F.lit(0.0), F.least(F.lit(1.0), share))
    return sums.select(
        "visitor_id",
        "item_id",
        (F.col("bought_weight") * kept_share + F.col("other")).alias("weight"),
        F.when(F.col("purchased"), F.col("purchase_age"))
        .otherwise(F.col("other_age"))
        .cast("float")
        .alias("age"),
        ((F.col("units") > F.col("returned")) & (F.col("bought_weight") > 0)).alias("bought"),
        "lines",
    ).filter(F.col("weight") > 0)


def confidences(pairs: Pairs, confidence: Confidence) -> tuple[DataFrame, float]:
    """Pairs with their counts and finished confidence, and the normaliser that serving needs."""
    spread = F.pow("visitor_count", F.lit(-confidence.visitor_exponent)) * F.pow(
        "item_count", F.lit(-confidence.item_exponent)
    )
    normaliser = float(pairs.frame.agg(F.avg(spread)).first()[0])
    value = 1.0 + (confidence.alpha - 1.0) * saturated() * spread / normaliser
    names = ("visitor", "item", "visitor_count", "item_count")
    return pairs.frame.select(*names, value.alias("confidence")), normaliser


def saturated() -> Column:
    """log2(1 + weight)."""
    return F.log2(1.0 + F.col("weight"))


def faded(half_life_days: float | None) -> Column:
    """2^(-age ÷ half-life) of a pair; what has no time, or lies in the future, counts fully."""
    return _fading(F.col("age"), half_life_days)


def _fading(age: Column, half_life_days: float | None) -> Column:
    if half_life_days is None:
        return F.lit(1.0)
    return F.pow(F.lit(2.0), -F.greatest(F.coalesce(age, F.lit(0.0)), F.lit(0.0)) / half_life_days)


def _kind_weight(confidence: ConfidenceConfig) -> Column:
    weight = F.lit(0.0)
    for kind, value in confidence.kinds.items():
        weight = F.when(F.col("kind") == kind, float(value)).otherwise(weight)
    return weight


def _numbered(cluster: Cluster, visitors: DataFrame) -> tuple[DataFrame, int]:
    """Number ids from 0 in their order: sorted partitions, and how many ids came before each.

    StringIndexer would collect all ids on the driver; this collects one number a partition.
    """
    places = visitors.orderBy("visitor_id").withColumn("place", F.monotonically_increasing_id())
    settled = cluster.settle(places)
    partition = F.shiftright("place", PLACES)
    sizes = cluster.fetch(settled.groupBy(partition.alias("partition")).agg(F.count("*").alias("size")))
    sizes = sizes.sort("partition").with_columns(before=pl.col("size").cum_sum() - pl.col("size"))
    total = int(sizes["size"].sum())
    if total > MOST_ROWS:
        raise BadDataError(
            f"{total:,} visitors are more than the {MOST_ROWS:,} that MLlib can number; shorten window_days "
            "(docs/scaling.md)."
        )
    before = F.broadcast(cluster.send(sizes.select("partition", "before")))
    place = F.col("place") - F.shiftleft(partition, PLACES) + F.col("before")
    numbered = settled.withColumn("partition", partition).join(before, "partition")
    return cluster.settle(numbered.select("visitor_id", place.cast("int").alias("visitor"))), total
