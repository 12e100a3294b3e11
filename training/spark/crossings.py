"""Crossings on a cluster: what `training.crossings` finds from matrices, summed up over visitors.

Columns of visitors are H = Z·T: Z holds the raw entries, T centres them. So everything to learn is in ZᵀX,
ZᵀZ and ZᵀDZ, of the size of columns × items and columns × columns.
"""

from collections.abc import Mapping, Sequence
from typing import NamedTuple

import numpy as np
import polars as pl
from numpy.typing import NDArray
from pyspark.sql import Column, DataFrame
from pyspark.sql import functions as F  # noqa: N812
from scipy import sparse

from recsvc.domain.catalogue import Item
from training.answers import AnswerSide, Crossed, DirectionSide
from training.attributes import SHRINK, members
from training.facts import covariance_of
from training.spark.cluster import Cluster
from training.spark.facts import Coded
from training.spark.pairs import Pairs, faded, saturated

Floats = NDArray[np.float64]


class Purchases(NamedTuple):
    """What the visitors in the matrix bought."""

    frame: DataFrame  # visitor, item, bought: purchases, faded
    masses: DataFrame  # visitor, mass: their sums
    items: Floats  # (n,) the sums of each item


def purchases(cluster: Cluster, pairs: Pairs, half_life_days: float | None) -> Purchases:
    """Purchases of the visitors in the matrix, faded by age."""
    counted = F.col("bought") if pairs.any_bought else F.expr("true")
    frame = pairs.frame.filter(counted).select("visitor", "item", faded(half_life_days).alias("bought"))
    frame = cluster.settle(frame)
    masses = cluster.settle(frame.groupBy("visitor").agg(F.sum("bought").alias("mass")))
    sums = cluster.fetch(frame.groupBy("item").agg(F.sum("bought").alias("bought")))
    items = np.zeros(len(pairs.item_ids))
    items[sums["item"].to_numpy()] = sums["bought"].to_numpy()
    return Purchases(frame, masses, items)


def of_answers(cluster: Cluster, bought: Purchases, coded: Coded) -> AnswerSide:
    """Cross what visitors declared with what they bought."""
    facts, n = coded.facts, len(bought.items)
    q = sum(len(fact.values) for fact in facts)
    size = q + len(facts)
    if not q:
        nobody = _crossed(sparse.csr_matrix((1, n)), sparse.csr_matrix((1, 0)))
        none = np.zeros((0, 0))
        return AnswerSide((), np.zeros(0), none, none, nobody, (nobody, nobody))
    entries = coded.entries.withColumn("value", F.lit(1.0))
    ones, weighted = _grams(cluster, entries, bought.masses, size)
    asked = np.diag(ones)[q:]
    of_fact = np.repeat(np.arange(len(facts)), [len(fact.values) for fact in facts])
    means = np.diag(ones)[:q] / np.maximum(asked[of_fact], 1.0)
    centring = sparse.vstack(
        [sparse.eye(q), sparse.csr_matrix((-means, (of_fact, np.arange(q))), shape=(len(facts), q))]
    ).tocsr()
    parts = [_crossing(cluster, entries, bought.frame.filter(half), (size, n)) for half in _halves()]
    return AnswerSide(
        facts,
        means,
        covariance_of(facts, centring.T @ ones @ centring, ones[q:, q:]),
        centring.T @ weighted @ centring,
        _crossed(parts[0] + parts[1], centring),
        (_crossed(parts[0], centring), _crossed(parts[1], centring)),
    )


def of_affinities(
    cluster: Cluster, bought: Purchases, pairs: Pairs, items: Mapping[str, Item], budget: int, seed: int
) -> DirectionSide:
    """Cross what visitors lean to with what they bought; of very many a random part speaks for all."""
    names, belonging = members(pairs.item_ids, items)
    v, n = len(names), len(pairs.item_ids)
    if not v:
        nobody = _crossed(sparse.csr_matrix((1, n)), sparse.csr_matrix((1, 0)))
        return DirectionSide((), np.zeros(0), np.zeros(0), nobody)
    visitors = _visitors(cluster, pairs)
    shares = _shares(cluster, pairs, visitors, belonging)
    shop = _shop(cluster, pairs, belonging)
    typical = _typical(cluster, shares, shop)
    cost = shares.join(visitors, "visitor").agg(F.sum("visitor_count")).first()[0] or 0
    chance = min(1.0, budget / max(float(cost), 1.0))
    shrinks = visitors.select("visitor", F.lit(v).alias("column"), F.col("shrink").alias("value"))
    entries = shares.select("visitor", "column", F.col("share").alias("value")).unionByName(shrinks)
    grain = F.pmod(F.xxhash64(F.lit(seed), "visitor"), F.lit(2**30))
    entries = entries.filter(grain < chance * 2**30)
    found = _crossing(cluster, entries, bought.frame, (v + 1, n)) / chance
    centring = sparse.vstack([sparse.eye(v), sparse.csr_matrix(-shop)]).tocsr()
    squares = _squares(cluster, entries, visitors, bought.masses, shop) / chance
    return DirectionSide(names, typical, squares, _crossed(found, centring))


def _halves() -> Sequence[Column]:
    return [F.col("visitor") % 2 == half for half in (1, 0)]


def _crossing(
    cluster: Cluster, entries: DataFrame, bought: DataFrame, shape: tuple[int, int]
) -> sparse.csr_matrix:
    """ZᵀX, sparse."""
    both = entries.join(bought, "visitor").groupBy("column", "item")
    found = cluster.fetch(both.agg(F.sum(F.col("value") * F.col("bought")).alias("value")))
    cells = (found["column"].to_numpy(), found["item"].to_numpy())
    return sparse.csr_matrix((found["value"].to_numpy(), cells), shape=shape)


def _crossed(crossing: sparse.csr_matrix, centring: sparse.csr_matrix) -> Crossed:
    mass = centring.T @ np.asarray(crossing.sum(axis=1)).ravel()
    by_item = crossing.tocsc()
    return Crossed(
        mass,
        lambda items: (centring.T @ by_item[:, items]).toarray(),
        lambda weights: np.asarray(by_item.T @ (centring @ weights)),
    )


def _grams(cluster: Cluster, entries: DataFrame, masses: DataFrame, size: int) -> tuple[Floats, Floats]:
    """ZᵀZ and ZᵀDZ."""
    others = entries.select("visitor", F.col("column").alias("other"), F.col("value").alias("other_value"))
    product = F.col("value") * F.col("other_value")
    both = entries.join(others, "visitor").join(masses, "visitor", "left").groupBy("column", "other")
    mass = F.coalesce("mass", F.lit(0.0))
    found = cluster.fetch(both.agg(F.sum(product).alias("ones"), F.sum(product * mass).alias("weighted")))
    grams = []
    for name in ("ones", "weighted"):
        gram = np.zeros((size, size))
        gram[found["column"].to_numpy(), found["other"].to_numpy()] = found[name].to_numpy()
        grams.append(gram)
    return grams[0], grams[1]


def _visitors(cluster: Cluster, pairs: Pairs) -> DataFrame:
    """visitor, visitor_count, total, shrink."""
    found = pairs.frame.groupBy("visitor").agg(
        F.max("visitor_count").alias("visitor_count"), F.sum(saturated()).alias("total")
    )
    count = F.col("visitor_count").cast("double")
    return cluster.settle(found.withColumn("shrink", count / (count + SHRINK)))


def _shares(cluster: Cluster, pairs: Pairs, visitors: DataFrame, belonging: sparse.csr_matrix) -> DataFrame:
    """visitor, column, share of what they bought, shrunk; and shrink."""
    cells = belonging.tocoo()
    columns = {"item": cells.row.astype(np.int32), "column": cells.col.astype(np.int32)}
    carried = F.broadcast(cluster.send(pl.DataFrame(columns)))
    sums = pairs.frame.join(carried, "item").groupBy("visitor", "column")
    shares = sums.agg(F.sum(saturated()).alias("part")).join(visitors, "visitor")
    share = F.col("part") * F.col("shrink") / F.greatest(F.col("total"), F.lit(1e-12))
    return cluster.settle(shares.select("visitor", "column", share.alias("share"), "shrink"))


def _shop(cluster: Cluster, pairs: Pairs, belonging: sparse.csr_matrix) -> Floats:
    """(v,) the shop's share of each attribute value."""
    sums = cluster.fetch(pairs.frame.groupBy("item").agg(F.sum(saturated()).alias("value")))
    weights = np.zeros(len(pairs.item_ids))
    weights[sums["item"].to_numpy()] = sums["value"].to_numpy()
    return np.asarray(weights @ belonging) / max(float(weights.sum()), 1e-12)


def _typical(cluster: Cluster, shares: DataFrame, shop: Floats) -> Floats:
    """(v,) the mean of positive affinities, weighted by themselves."""
    columns = {"column": np.arange(len(shop), dtype=np.int32), "shop": shop}
    joined = shares.join(F.broadcast(cluster.send(pl.DataFrame(columns))), "column")
    lean = F.greatest(F.col("share") - F.col("shrink") * F.col("shop"), F.lit(0.0))
    sums = joined.groupBy("column").agg(F.sum(lean).alias("sum"), F.sum(lean * lean).alias("square"))
    found = cluster.fetch(sums)
    typical = np.zeros(len(shop))
    typical[found["column"].to_numpy()] = found["square"].to_numpy() / np.maximum(
        found["sum"].to_numpy(), np.finfo(np.float64).tiny
    )
    return typical


def _squares(
    cluster: Cluster, entries: DataFrame, visitors: DataFrame, masses: DataFrame, shop: Floats
) -> Floats:
    """(v,) Σ_u mass_u·(share - shrink·shop)²."""
    weighted = entries.join(masses, "visitor").join(visitors.select("visitor", "shrink"), "visitor")
    value, mass = F.col("value"), F.col("mass")
    sums = weighted.groupBy("column").agg(
        F.sum(mass * value * value).alias("square"), F.sum(mass * value * F.col("shrink")).alias("cross")
    )
    found = cluster.fetch(sums)
    square, cross = np.zeros(len(shop) + 1), np.zeros(len(shop) + 1)
    for total, name in ((square, "square"), (cross, "cross")):
        total[found["column"].to_numpy()] = found[name].to_numpy()
    squares = square[:-1] - 2.0 * shop * cross[:-1] + shop**2 * square[-1]
    return np.maximum(squares, 0.0)  # parts that cancel may round below it
