"""Facts on a cluster: what `recsvc.files.facts` and `training.facts` do with what visitors declared."""

from collections.abc import Sequence
from collections.abc import Set as AbstractSet
from datetime import datetime
from pathlib import Path
from typing import NamedTuple

import numpy as np
import polars as pl
from pyspark.sql import Column, DataFrame, Window
from pyspark.sql import functions as F  # noqa: N812

from recsvc.files.facts import FACTS, SCHEMA
from recsvc.files.rejects import Rejects
from recsvc.model.prior import FactColumns
from training.facts import FEWEST_VISITORS, MOST_VALUES, QUANTILES, number_columns
from training.spark import columns
from training.spark.cluster import Cluster

PAIR = ("visitor_id", "fact")


class Coded(NamedTuple):
    """Answers of the visitors in the matrix as columns of numbers."""

    facts: tuple[FactColumns, ...]
    entries: DataFrame  # visitor, column: the answers, from 0; and that a fact was asked, from q


def read(
    cluster: Cluster, path: Path, numeric: AbstractSet[str], timezone: str, rejects: Rejects
) -> DataFrame:
    """Read a facts file or a directory of them: the columns of `recsvc.files.facts.SCHEMA`."""
    found = columns.schemas([path], FACTS, rejects)
    rows = cluster.settle(columns.read(cluster, found, lambda schema: _typed(schema, numeric, timezone)))
    counts = rows.groupBy("file", "reason").agg(F.count("*").alias("rows")).orderBy("file", "reason")
    for file, reason, number in counts.collect():
        rejects.read += number
        if reason is not None:
            rejects.count_rows(file, number, reason)
    sound = rows.filter(F.col("reason").isNull()).select(*SCHEMA)
    distinct = cluster.settle(sound.distinct())
    rejects.duplicates += sound.count() - distinct.count()
    return distinct


def _typed(schema: pl.Schema, numeric: AbstractSet[str], timezone: str) -> dict[str, Column]:
    ids = {name: columns.text(name, schema) for name in ("visitor_id", "fact", "purpose")}
    times = {name: columns.moment(name, schema, timezone) for name in ("answered_at", "expires_at")}
    value, number, wrong = _values(schema, ids["fact"].isin(*numeric) if numeric else F.expr("false"))
    reason = (
        F.when(ids["visitor_id"].isNull(), "null_id")
        .when(ids["fact"].isNull(), "missing_value")
        .when(wrong, "bad_number")
        .when(value.isNull() & number.isNull(), "missing_value")
    )
    for name, moment in times.items():
        reason = reason.when(columns.raw(name, schema).isNotNull() & moment.isNull(), "unreadable_time")
    return {**ids, "value": value, "number": number, **times, "reason": reason}


def _values(schema: pl.Schema, is_number: Column) -> tuple[Column, Column, Column]:
    """Texts, numbers, and the rows whose number cannot be read."""
    raw, number = columns.raw("value", schema), columns.number("value", schema)
    if schema["value"].is_numeric():
        return F.lit(None).cast("string"), number, raw.isNotNull() & number.isNull()
    text = columns.text("value", schema)
    number = F.when(is_number, number)
    return F.when(~is_number, text), number, is_number & text.isNotNull() & number.isNull()


def of_visitors(cluster: Cluster, facts: DataFrame | None, visitor_ids: DataFrame) -> pl.DataFrame | None:
    """The facts of a few visitors, here."""
    if facts is None:
        return None
    theirs = cluster.fetch(facts.join(F.broadcast(visitor_ids), "visitor_id", "left_semi"))
    return theirs.cast({"answered_at": SCHEMA["answered_at"], "expires_at": SCHEMA["expires_at"]})


def current(facts: DataFrame, as_of: datetime) -> DataFrame:
    """What each visitor's newest answers say at a time.

    Rows have no order here: of two numbers said at one time the larger counts, and texts count before
    numbers; `training.facts` takes the last row.
    """
    known = facts.filter(F.col("answered_at").isNull() | (F.col("answered_at") <= F.lit(as_of)))
    own = Window.partitionBy(*PAIR)
    newest = F.max("answered_at").over(own)
    known = known.withColumn("newest", newest).filter(
        F.col("newest").isNull() | (F.col("answered_at") == F.col("newest"))
    )
    known = known.withColumn("texts", F.count("value").over(own)).withColumn(
        "most", F.max("number").over(own)
    )
    counts = F.when(F.col("texts") > 0, F.col("value").isNotNull()).otherwise(
        F.col("number") == F.col("most")
    )
    # An answer that ended does not bring back the one that it replaced.
    return known.filter(counts & (F.col("expires_at").isNull() | (F.col("expires_at") > F.lit(as_of))))


def code(cluster: Cluster, facts: DataFrame | None, visitors: DataFrame, as_of: datetime) -> Coded:
    """Code the answers of the visitors in the matrix: `training.facts.answer_matrix`.

    Args:
        cluster: where.
        facts: see `read`; None without any.
        visitors: visitor_id, visitor.
        as_of: what was answered later or ended before is left out.
    """
    if facts is None:
        return Coded((), visitors.select("visitor", F.lit(0).alias("column")).limit(0))
    theirs = current(facts, as_of).join(visitors, "visitor_id")
    theirs = cluster.settle(theirs.select("visitor", "fact", "value", "number").distinct())
    found = _columns(_numeric(cluster, theirs), _texts(cluster, theirs))
    if not found:
        return Coded((), theirs.select("visitor", F.lit(0).alias("column")).limit(0))
    entries = _entries(cluster, theirs, found)
    asked = cluster.fetch(entries.groupBy("number").agg(F.count_distinct("visitor").alias("visitors")))
    visitors_of = dict(asked.iter_rows())
    facts_found = tuple(
        FactColumns(fact.fact, fact.first, fact.values, visitors_of.get(number, 0), fact.edges)
        for number, fact in enumerate(found)
    )
    q = sum(len(fact.values) for fact in found)
    questions = entries.select("visitor", (F.col("number") + q).alias("column")).distinct()
    return Coded(facts_found, cluster.settle(entries.select("visitor", "column").unionByName(questions)))


def _numeric(cluster: Cluster, theirs: DataFrame) -> pl.DataFrame:
    """fact, numbers, smallest, quantiles: of the facts that most visitors answered with a number."""
    counted = theirs.groupBy("fact").agg(
        F.count("*").alias("rows"),
        F.count("number").alias("numbers"),
        F.min("number").alias("smallest"),
        F.percentile("number", F.array(*(F.lit(float(q)) for q in QUANTILES))).alias("quantiles"),
    )
    return cluster.fetch(counted.filter(2 * F.col("numbers") > F.col("rows")))


def _texts(cluster: Cluster, theirs: DataFrame) -> pl.DataFrame:
    """fact, value: the frequent ones."""
    texts = (
        theirs.filter(F.col("value").isNotNull()).groupBy("fact", "value").agg(F.count("*").alias("count"))
    )
    frequent = cluster.fetch(texts.filter(F.col("count") >= FEWEST_VISITORS))
    most = frequent.sort("count", "value", descending=[True, False]).group_by("fact").head(MOST_VALUES)
    return most.select("fact", "value")


def _columns(numeric: pl.DataFrame, texts: pl.DataFrame) -> Sequence[FactColumns]:
    """Columns of all facts in the order of their names; who answered them is counted later."""
    numbers = {
        fact: rest for fact, *rest in numeric.select("fact", "numbers", "smallest", "quantiles").rows()
    }
    values: dict[str, list[str]] = {}
    for fact, value in texts.sort("fact", "value").iter_rows():
        values.setdefault(fact, []).append(value)
    found: list[FactColumns] = []
    for fact in sorted({*numbers, *values}):
        first = sum(len(one.values) for one in found)
        if fact in numbers:
            visitors, smallest, quantiles = numbers[fact]
            coded = number_columns(fact, first, np.array(quantiles), smallest, visitors)
            found += [coded] if coded else []
        else:
            found.append(FactColumns(fact, first, tuple(values[fact]), 0))
    return found


def _entries(cluster: Cluster, theirs: DataFrame, found: Sequence[FactColumns]) -> DataFrame:
    """visitor, number of the fact, column of the answer."""
    text_rows = [
        (fact.fact, number, value, fact.first + place)
        for number, fact in enumerate(found)
        if fact.edges is None
        for place, value in enumerate(fact.values)
    ]
    number_rows = [
        (fact.fact, number, fact.first, list(fact.edges))
        for number, fact in enumerate(found)
        if fact.edges is not None
    ]
    text_schema = pl.Schema({"fact": pl.String, "number": pl.Int32, "value": pl.String, "column": pl.Int32})
    edges = pl.List(pl.Float64)
    number_schema = pl.Schema(
        [("fact", pl.String), ("number", pl.Int32), ("first", pl.Int32), ("edges", edges)]
    )
    texts = cluster.send(pl.DataFrame(text_rows, schema=text_schema, orient="row"))
    numbers = cluster.send(pl.DataFrame(number_rows, schema=number_schema, orient="row"))
    said = theirs.withColumnRenamed("number", "said")
    reached = F.size(F.filter("edges", lambda edge: F.col("said") >= edge))
    in_texts = said.join(F.broadcast(texts), ["fact", "value"]).select("visitor", "number", "column")
    in_bins = said.filter(F.col("said").isNotNull()).join(F.broadcast(numbers), "fact")
    in_bins = in_bins.select("visitor", "number", (F.col("first") + reached).cast("int").alias("column"))
    return cluster.settle(in_texts.unionByName(in_bins).distinct())
