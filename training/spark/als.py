"""Alternating least squares with Spark MLlib."""

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
from training.interactions import Extent
from training.spark.cluster import Cluster

CHECKPOINT_INTERVAL = 5
"""Sweeps between two checkpoints: without them the lineage of twenty overflows the stack."""


class Fitted(NamedTuple):
    """What is of the size of the catalogue; the factors of visitors stay in the cluster and end with it."""

    item_factors: NDArray[np.float32]  # (n, f)
    mean_visitor: NDArray[np.float64]  # (f,)
    regularizer: Regularizer  # of the visitor side: what fold-in has to use


def regularization(local: float, extent: Extent) -> float:
    """The λ of MLlib that weighs as much as a λ of the local engine: λ ÷ √(pairs a visitor · pairs an item).

    MLlib multiplies it by the row's pairs on both sides; the local one has a mean of λ on both.
    """
    visitors, items = extent.shape
    return local * (visitors * items) ** 0.5 / extent.size


def fit(
    cluster: Cluster,
    confidences: DataFrame,
    n_items: int,
    *,
    factors: int,
    regularization: float,
    iterations: int,
    seed: int,
) -> Fitted:
    """Factorise finished confidences.

    MLlib minimises Σ (1 + α·r)(p − x·y)² + λ Σ n_row‖x_row‖², so it is given α = 1 and r = c − 1, and the
    regulariser of a visitor with n items is λ·n.

    Args:
        cluster: where.
        confidences: visitor, item, confidence > 1.
        n_items: n.
        factors: f.
        regularization: λ.
        iterations: sweeps over both sides.
        seed: with the same number of blocks the same factors.

    Raises:
        BadDataError: the solution is not finite.
    """
    solver = ALS(
        rank=factors, maxIter=iterations, regParam=regularization, implicitPrefs=True, alpha=1.0, seed=seed,
        userCol="visitor", itemCol="item", ratingCol="rating", checkpointInterval=CHECKPOINT_INTERVAL,
    )  # fmt: skip
    blocks = cluster.session.sparkContext.defaultParallelism
    solver = solver.setNumBlocks(max(blocks, 2))
    rating = (F.col("confidence") - 1.0).cast("float").alias("rating")
    model = solver.fit(confidences.select("visitor", "item", rating))
    found = cluster.fetch(model.itemFactors.select("id", "features")).sort("id")
    item_factors = np.zeros((n_items, factors), dtype=np.float32)
    item_factors[found["id"].to_numpy()] = np.array(found["features"].to_list(), dtype=np.float32)
    vectors = model.userFactors.select(array_to_vector("features").alias("vector"))
    mean = vectors.select(Summarizer.mean(F.col("vector"))).first()[0].toArray()
    if not (np.isfinite(item_factors).all() and np.isfinite(mean).all()):
        raise BadDataError(
            f"{factors} factors with regularization {regularization:g} gave values that are not finite; "
            "raise `spark.regularization` or lower `factors`."
        )
    return Fitted(item_factors, mean, Regularizer(regularization, exponent=1.0))
