"""The item-item table of the score on a cluster: `training.item_item` but for its regression."""

from collections.abc import Mapping

import numpy as np
import polars as pl
from numpy.typing import NDArray
from pyspark.sql import DataFrame, Window
from pyspark.sql import functions as F  # noqa: N812

from recsvc.domain.catalogue import Item
from recsvc.domain.errors import UsageError
from training import likeness
from training.config import ItemItemConfig
from training.spark.cluster import Cluster
from training.spark.counted import mirrored, table_of, unordered
from training.spark.pairs import Pairs
from training.tables import Table

Floats = NDArray[np.floating]
GRAINS = 2**30


def check_method(config: ItemItemConfig) -> None:
    """Refuse the one method that needs all items squared in one place.

    Raises:
        UsageError: regression is asked for.
    """
    if config.method == "regression":
        raise UsageError(
            "item_item.method = regression solves a square of items in one process; with --engine spark use "
            "visitors, sequences or attributes."
        )


def item_item(
    cluster: Cluster,
    pairs: Pairs,
    config: ItemItemConfig,
    budget: int,
    seed: int,
    items: Mapping[str, Item],
    popularity: Floats,
) -> Table:
    """Learn the table, its row that of the known item; no item is its own.

    Args:
        cluster: where.
        pairs: of the visitors in the matrix.
        config: the method is any but regression.
        budget: Σ n_u² at most; beyond it busy visitors are thinned.
        seed: of the thinning.
        items: the described ones; only attributes ask for them and their popularity.
        popularity: (n,) ≥ 0.

    Raises:
        UsageError: attributes of nothing.
    """
    if config.method == "attributes":  # of the size of the catalogue: no work for a cluster
        return likeness.table(pairs.item_ids, items, popularity, config.neighbours)
    counts = pl.DataFrame({"item": np.arange(len(pairs.item_ids), dtype=np.int32), "size": pairs.item_counts})
    sizes = cluster.send(counts.cast({"size": pl.Float64}))
    if config.method == "sequences":
        ends = _by_moments(pairs.frame, config)
    else:
        ends = _by_visitors(cluster, _thinned(cluster, pairs.frame, budget, seed), config)
    for end in ("seed", "other"):
        renamed = sizes.select(F.col("item").alias(end), F.col("size").alias(f"{end}_size"))
        ends = ends.join(F.broadcast(renamed), end)
    tempered = F.pow("seed_size", F.lit(-config.seen_exponent)) * F.pow(
        "other_size", F.lit(-config.candidate_exponent)
    )
    return table_of(cluster, ends, F.col("both") * tempered, len(pairs.item_ids), config.neighbours)


def _by_visitors(cluster: Cluster, frame: DataFrame, config: ItemItemConfig) -> DataFrame:
    """seed, other, both: Σ n_u^-a over the visitors who took both."""
    visitors = frame.groupBy("visitor").agg(F.array_sort(F.collect_list("item")).alias("items"))
    tempered = F.pow(F.size("items").cast("double"), F.lit(-config.visitor_exponent))
    both = unordered(visitors.withColumn("value", tempered), "value")
    sums = cluster.settle(both.groupBy("one", "other").agg(F.sum("value").alias("both")))
    ends = mirrored(sums.withColumns({"a": F.lit(0), "b": F.lit(0)}), "a", "b")
    return ends.select("seed", "other", "both")


def _by_moments(frame: DataFrame, config: ItemItemConfig) -> DataFrame:
    """seed, other, both: as of visitors, but by how many of a visitor's moments lie between, and in order."""
    oldest_first = Window.partitionBy("visitor").orderBy(F.desc(F.coalesce("age", F.lit(0.0))))
    tempered = F.pow(F.col("visitor_count").cast("double"), F.lit(-config.visitor_exponent))
    moments = frame.select(
        "visitor", "item", F.dense_rank().over(oldest_first).alias("moment"), tempered.alias("value")
    )
    gaps = F.explode(F.sequence(F.lit(0), F.lit(config.steps))).alias("gap")
    earlier = moments.withColumnRenamed("item", "one").select("*", gaps)
    earlier = earlier.withColumn("moment", F.col("moment") + F.col("gap"))
    later = moments.select("visitor", "moment", F.col("item").alias("other"))
    found = earlier.join(later, ["visitor", "moment"]).filter(F.col("one") != F.col("other"))
    fading = F.pow(F.lit(0.5), (F.greatest(F.col("gap"), F.lit(1)) - 1) / config.half_life_steps)
    forward = found.select("gap", "one", "other", (F.col("value") * fading).alias("value"))
    backward = forward.filter(F.col("gap") > 0).select(
        "gap", F.col("other").alias("one"), F.col("one").alias("other"),
        (F.col("value") * config.backward).alias("value"),
    )  # fmt: skip
    sums = forward.unionByName(backward).groupBy(F.col("one").alias("seed"), "other")
    return sums.agg(F.sum("value").alias("both")).filter(F.col("both") > 0)


def _thinned(cluster: Cluster, frame: DataFrame, budget: int, seed: int) -> DataFrame:
    """The pairs; where all twos of them would cost too much, busy visitors keep a random part."""
    sizes = cluster.fetch(frame.groupBy("visitor_count").agg(F.count("*").alias("rows")))
    counts = sizes["visitor_count"].to_numpy().astype(np.float64)
    visitors = sizes["rows"].to_numpy() / counts
    cap = float(counts.max())
    while (np.minimum(counts, cap) ** 2 @ visitors) > budget:
        cap *= 0.8
    grain = F.pmod(F.xxhash64(F.lit(seed), "visitor", "item"), F.lit(GRAINS))
    return frame.filter(grain < F.lit(cap * GRAINS) / F.col("visitor_count"))
