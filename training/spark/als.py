"""Alternating least squares: Spark MLlib finds the factors, a last sweep gives them the local engine's λ."""

from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray
from pyspark.ml.functions import array_to_vector
from pyspark.ml.recommendation import ALS
from pyspark.ml.stat import Summarizer
from pyspark.sql import DataFrame
from pyspark.sql import functions as F  # noqa: N812

from recsvc.domain.errors import BadDataError
from recsvc.model.fold_in import Regularizer
from training.fit.local import Penalty
from training.interactions import Extent
from training.spark.cluster import Cluster
from training.spark.half_step import Side, half_step
from training.spark.pairs import Pairs

CHECKPOINT_INTERVAL = 5
"""Sweeps between two checkpoints: without them the lineage of twenty overflows the stack."""
SHARE = 0.05
"""Of the λ that has the local one's mean: λ·n falls on the rows with most pairs. See docs/scaling.md."""


class Fitted(NamedTuple):
    """What is of the size of the catalogue; the factors of visitors stay in the cluster and end with it."""

    item_factors: NDArray[np.float32]  # (n, f)
    mean_visitor: NDArray[np.float64]  # (f,)
    regularizer: Regularizer  # of the visitor side: what fold-in has to use


def regularization(local: float, extent: Extent) -> float:
    """The λ of MLlib for a λ of the local engine: a share of λ ÷ √(pairs a visitor · pairs an item).

    MLlib multiplies it by the row's pairs on both sides; the local one has a mean of λ on both.
    """
    visitors, items = extent.shape
    return SHARE * local * (visitors * items) ** 0.5 / extent.size


def fit(
    cluster: Cluster,
    pairs: Pairs,
    confidences: DataFrame,
    *,
    factors: int,
    penalty: Penalty,
    regularization: float,
    iterations: int,
    seed: int,
) -> Fitted:
    """Factorise finished confidences.

    Args:
        cluster: where.
        pairs: what the confidences are of.
        confidences: visitor, item, confidence > 1, visitor_count, item_count.
        factors: f.
        penalty: λ by row, of the last sweep and of fold-in.
        regularization: λ of MLlib.
        iterations: MLlib's sweeps over both sides.
        seed: with the same number of blocks the same factors.

    Raises:
        BadDataError: the solution is not finite.
    """
    visitors, items = _mllib(cluster, confidences, factors, regularization, iterations, seed)
    of_visitors, of_items = regularizers(cluster, pairs, penalty)
    own, other = Side("visitor", "item", of_visitors), Side("item", "visitor", of_items)
    visitors = half_step(cluster, confidences, own, visitors, items)
    items = half_step(cluster, confidences, other, items, visitors)
    mean = visitors.select(Summarizer.mean(array_to_vector("vector"))).first()[0].toArray()
    found = cluster.fetch(items)
    item_factors = np.zeros((len(pairs.item_ids), factors), dtype=np.float32)
    item_factors[found["item"].to_numpy()] = np.array(found["vector"].to_list(), dtype=np.float32)
    if not (np.isfinite(item_factors).all() and np.isfinite(mean).all()):
        raise BadDataError(
            f"{factors} factors with regularization {regularization:g} gave values that are not finite; "
            "raise `spark.regularization` or lower `factors`."
        )
    return Fitted(item_factors, mean, of_visitors)


def _mllib(
    cluster: Cluster, confidences: DataFrame, factors: int, regularization: float, iterations: int, seed: int
) -> tuple[DataFrame, DataFrame]:
    """Vectors of visitors and of items: row and vector.

    MLlib minimises Σ (1 + α·r)(p − x·y)² + λ Σ n_row‖x_row‖², so it is given α = 1 and r = c − 1.
    """
    solver = ALS(
        rank=factors, maxIter=iterations, regParam=regularization, implicitPrefs=True, alpha=1.0, seed=seed,
        userCol="visitor", itemCol="item", ratingCol="rating", checkpointInterval=CHECKPOINT_INTERVAL,
    )  # fmt: skip
    blocks = cluster.session.sparkContext.defaultParallelism
    solver = solver.setNumBlocks(max(blocks, 2))
    rating = (F.col("confidence") - 1.0).cast("float").alias("rating")
    model = solver.fit(confidences.select("visitor", "item", rating))
    sides = (("visitor", model.userFactors), ("item", model.itemFactors))
    visitors, items = (
        cluster.settle(found.select(F.col("id").alias(row), F.col("features").alias("vector")))
        for row, found in sides
    )
    return visitors, items


def regularizers(cluster: Cluster, pairs: Pairs, penalty: Penalty) -> tuple[Regularizer, Regularizer]:
    """Of visitors and of items, with the means of the local engine."""
    sizes = pairs.frame.groupBy("visitor_count").agg(F.count("*").alias("pairs"))
    found = cluster.fetch(sizes)
    counts = found["visitor_count"].to_numpy()
    n_visitors, n_items = pairs.shape
    of_visitors = penalty.of(counts, n_items, found["pairs"].to_numpy() // counts)
    return of_visitors, penalty.of(pairs.item_counts, n_visitors)
