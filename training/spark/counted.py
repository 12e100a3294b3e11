"""What `training.tables` and `training.repeats` count, on a cluster; results are a few numbers an item."""

from collections.abc import Sequence
from datetime import datetime

import numpy as np
import polars as pl
from numpy.typing import NDArray
from pyspark.sql import Column, DataFrame, Window
from pyspark.sql import functions as F  # noqa: N812

from recsvc.domain.events import EventKind
from recsvc.model.confidence import DAY_S
from training import repeats
from training.holdout import Span, window_start
from training.repeats import APART_DAYS, Repeats
from training.sales import PAST_DAYS, RECENT_DAYS
from training.spark.cluster import Cluster
from training.spark.left_out import after, bought
from training.spark.pairs import Pairs, faded
from training.tables import (
    BASKET_HALF_LIFE_DAYS,
    HALF_LIVES,
    JUDGES,
    LIFT,
    SHRINK_BASKETS,
    Table,
    best_of,
    item_sets,
    top_table,
)

Floats = NDArray[np.float64]


def best_half_life(
    cluster: Cluster, kept: DataFrame, span: Span, *, keep_seen: bool, seed: int
) -> float | None:
    """The half-life with which popularity itself predicts the last window best; None without times."""
    if span.first is None:
        return None
    start = window_start(span)
    before = kept.filter(~after(start))
    targets = bought(kept.filter(after(start)))
    if before.isEmpty() or targets.isEmpty():
        return None
    hashed = F.crc32(F.concat(F.lit(f"{seed}:judge:"), "visitor_id").cast("binary"))
    judges = targets.select("visitor_id").distinct().orderBy(hashed, "visitor_id").limit(JUDGES)
    chosen = cluster.fetch(judges)["visitor_id"]
    theirs = F.broadcast(cluster.send(chosen.to_frame()))
    wanted = cluster.fetch(targets.join(theirs, "visitor_id", "left_semi"))
    seen = before.select("visitor_id", "item_id").distinct().join(theirs, "visitor_id", "left_semi")
    return best_of(
        _rankings(cluster, before, start),
        item_sets(wanted, chosen),
        {} if keep_seen else item_sets(cluster.fetch(seen), chosen),
    )


def _rankings(cluster: Cluster, before: DataFrame, start: datetime) -> dict[float | None, list[str]]:
    """Items by faded buyers, best first, for each half-life."""
    purchases = before.filter(F.col("kind") == str(EventKind.PURCHASE))
    lines = before if purchases.isEmpty() else purchases
    newest = lines.groupBy("visitor_id", "item_id").agg(F.max("occurred_at").alias("occurred_at"))
    buyers = newest.withColumn("age", _age_days(start))
    names = {half_life: f"h{half_life or 0:g}" for half_life in HALF_LIVES}
    sums = [F.sum(faded(half_life)).alias(name) for half_life, name in names.items()]
    found = cluster.fetch(buyers.groupBy("item_id").agg(*sums))
    return {
        half_life: found.sort(name, "item_id", descending=[True, False])["item_id"].to_list()
        for half_life, name in names.items()
    }


def popularity(cluster: Cluster, pairs: Pairs, half_life: float | None) -> Floats:
    """(n,) recency-weighted buyers of each item."""
    counted = F.col("bought") if pairs.any_bought else F.expr("true")
    value = F.when(counted, faded(half_life)).otherwise(0.0)
    sums = cluster.fetch(pairs.frame.groupBy("item").agg(F.sum(value).alias("value")))
    return placed(sums, "value", len(pairs.item_ids))


def window_popularity(cluster: Cluster, pairs: Pairs, days: float) -> Floats:
    """(n,) share of the visitors that bought each item in the last days; ever, where times are unknown."""
    counted = F.col("bought") if pairs.any_bought else F.expr("true")
    recent = pairs.frame.filter(counted & (F.col("age").isNull() | (F.col("age") <= days)))
    buyers = cluster.fetch(recent.groupBy("item").agg(F.count("*").alias("value")))
    return placed(buyers, "value", len(pairs.item_ids)) / max(pairs.n_visitors, 1)


def together(cluster: Cluster, kept: DataFrame, pairs: Pairs, k: int) -> Table:
    """What is bought with each item in the same basket: `tables.together`, without its cut to candidates."""
    n = len(pairs.item_ids)
    baskets = cluster.settle(_baskets(cluster, kept, pairs.item_ids))
    total = baskets.agg(F.sum("weight")).first()[0]
    members = baskets.select("weight", F.explode("items").alias("item"))
    sizes = cluster.fetch(members.groupBy("item").agg(F.sum("weight").alias("size")))
    if sizes.is_empty():
        return top_table(np.empty(0, np.int32), np.empty(0, np.int32), np.empty(0), n, k)
    sent = cluster.send(sizes)
    both = unordered(baskets, "weight").groupBy("one", "other").agg(F.sum("weight").alias("both"))
    for end in ("one", "other"):
        renamed = sent.select(F.col("item").alias(end), F.col("size").alias(f"{end}_size"))
        both = both.join(F.broadcast(renamed), end)
    share = F.col("other_size") / total
    likely = (F.col("both") + share * SHRINK_BASKETS) / (F.col("seed_size") + SHRINK_BASKETS)
    weight = likely * F.pow(likely / share, F.lit(LIFT))
    return table_of(cluster, mirrored(both, "one_size", "other_size"), weight, n, k)


def _baskets(cluster: Cluster, kept: DataFrame, item_ids: Sequence[str]) -> DataFrame:
    """items: sorted rows of what was bought at once; weight; a basket is an order, else a visitor's day."""
    placed_in = F.col("order_id").isNotNull() | F.col("occurred_at").isNotNull()
    purchases = kept.filter((F.col("kind") == str(EventKind.PURCHASE)) & placed_in)
    day = F.when(F.col("order_id").isNull(), F.to_date("occurred_at")).alias("day")
    rows = F.broadcast(_rows(cluster, item_ids))
    baskets = purchases.join(rows, "item_id").groupBy("visitor_id", "order_id", day)
    items = baskets.agg(
        F.array_sort(F.collect_set("item")).alias("items"), F.unix_micros(F.max("occurred_at")).alias("at")
    ).filter(F.size("items") > 1)
    newest = items.agg(F.max("at")).first()[0] or 0
    age = F.coalesce((F.lit(newest) - F.col("at")) / (1e6 * DAY_S), F.lit(0.0))
    faded = F.pow(F.lit(2.0), -age / BASKET_HALF_LIFE_DAYS)
    return items.select("items", (faded / F.log2(F.size("items") + 1.0)).alias("weight"))


def item_repeats(cluster: Cluster, kept: DataFrame, item_ids: Sequence[str], as_of: datetime) -> Repeats:
    """`repeats.repeats`: how readily each item is bought again, and how often."""
    n = len(item_ids)
    purchases = (F.col("kind") == str(EventKind.PURCHASE)) & F.col("occurred_at").isNotNull()
    lines = kept.filter(purchases).join(F.broadcast(_rows(cluster, item_ids)), "item_id")
    age = F.greatest(_age_days(as_of), F.lit(0.0))
    both = (
        lines.select("visitor_id", "item", age.alias("age"))
        .groupBy("visitor_id", "item")
        .agg(
            F.count("*").alias("count"),
            (F.max("age") - F.min("age")).alias("span"),
            F.sum(faded(RECENT_DAYS)).alias("recent"),
            F.sum(faded(PAST_DAYS)).alias("past"),
            F.max("age").alias("first"),
        )
    )
    again = F.col("span") >= APART_DAYS
    items = both.groupBy(F.col("item").alias("row")).agg(
        F.count("*").alias("buyers"),
        F.sum(again.cast("int")).alias("again"),
        F.median(F.when(again, F.col("span") / (F.col("count") - 1))).alias("interval"),
        F.sum("recent").alias("recent"),
        F.sum("past").alias("past"),
        F.max("first").alias("first"),
    )
    found = cluster.fetch(items)
    return repeats.nothing(n) if found.is_empty() else repeats.of_items(found, n)


def unordered(frame: DataFrame, *carried: str) -> DataFrame:
    """Each two of the sorted array `items` once, as one < other, beside the columns carried."""
    first = frame.select("items", *carried, F.posexplode("items").alias("place", "one"))
    rest = F.slice("items", F.col("place") + 2, F.size("items"))
    return first.select(*carried, "one", F.explode(rest).alias("other"))


def mirrored(both: DataFrame, one_value: str, other_value: str) -> DataFrame:
    """Each pair from both ends: seed, other, and the values of the ends as seed_size and other_size."""
    rest = [name for name in both.columns if name not in ("one", "other", one_value, other_value)]

    def seen_from(seed: str, other: str, seed_value: str, far_value: str) -> DataFrame:
        names = {"seed": seed, "other": other, "seed_size": seed_value, "other_size": far_value}
        return both.select(*(F.col(old).alias(new) for new, old in names.items()), *rest)

    ends = seen_from("one", "other", one_value, other_value)
    return ends.unionByName(seen_from("other", "one", other_value, one_value))


def table_of(cluster: Cluster, ends: DataFrame, weight: Column, n: int, k: int) -> Table:
    """The k largest weights of each seed."""
    best = Window.partitionBy("seed").orderBy(F.desc("weight"), "other")
    ranked = ends.select("seed", "other", weight.alias("weight")).withColumn(
        "rank", F.row_number().over(best)
    )
    found = cluster.fetch(ranked.filter(F.col("rank") <= k)).sort("seed", "rank")
    return top_table(found["seed"].to_numpy(), found["other"].to_numpy(), found["weight"].to_numpy(), n, k)


def placed(found: pl.DataFrame, name: str, n: int) -> Floats:
    """(n,) the values of a column at their `item`; 0 elsewhere."""
    values = np.zeros(n)
    values[found["item"].to_numpy()] = found[name].to_numpy()
    return values


def _rows(cluster: Cluster, item_ids: Sequence[str]) -> DataFrame:
    rows = pl.DataFrame({"item_id": list(item_ids)}).with_columns(item=pl.int_range(pl.len(), dtype=pl.Int32))
    return cluster.send(rows)


def _age_days(at: datetime) -> Column:
    return (F.lit(at.timestamp()) - F.unix_micros("occurred_at") / 1e6) / DAY_S
