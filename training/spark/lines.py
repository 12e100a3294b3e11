"""Lines on a cluster: what `recsvc.files.events` and `training.extract` do; no line ever leaves it."""

from collections.abc import Sequence
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import NamedTuple

import polars as pl
from pyspark.sql import Column, DataFrame, Window
from pyspark.sql import functions as F  # noqa: N812 (its name everywhere)

from recsvc.domain.errors import BadDataError
from recsvc.domain.events import EventKind
from recsvc.files.events import EVENTS, NEED_ITEM
from recsvc.files.rejects import Rejects
from recsvc.model.confidence import takes_back
from training.config import TrainingConfig
from training.extract import CLOCK_SKEW, COLUMNS
from training.holdout import Span
from training.spark import columns
from training.spark.cluster import Cluster
from training.spark.columns import EARLIEST

LINES_A_PARTITION = 250_000
COLUMN_OF = {
    "unknown_kind": "kind",
    "null_id": None,
    "unreadable_time": "occurred_at",
    "bad_quantity": "quantity",
    "bad_price": "price",
}
"""Why a row is rejected, and the column that is blamed."""


class Lines(NamedTuple):
    """Lines that may count."""

    frame: DataFrame  # extract.COLUMNS
    visitors: DataFrame  # visitor_id, lines
    span: Span
    counts: dict[str, int]  # read, and what was left aside by reason


def read(
    cluster: Cluster,
    paths: Sequence[Path],
    config: TrainingConfig,
    *,
    rejects: Rejects,
    timezone: str = "UTC",
    as_of: datetime | None = None,
    now: datetime | None = None,
) -> Lines:
    """Read Parquet and keep what can count; the arguments are those of `extract.read`.

    Raises:
        BadDataError: a file is no Parquet, lacks a column or has one of a type that is not read here; or
            nothing is left.
    """
    schemas = columns.schemas(paths, EVENTS, rejects)
    _spread(cluster, list(schemas))
    events = columns.read(cluster, schemas, lambda schema: _typed(schema, timezone))
    events = _count_once(cluster, events, schemas, rejects)
    now = now or datetime.now(UTC)
    judged = events.withColumn("verdict", F.coalesce("reason", _left_aside(config, as_of, now)))
    counts, newest = _census(judged, rejects)
    end = newest or as_of or now
    kept = judged.filter(F.col("verdict").isNull()).select(*COLUMNS)
    frame = cluster.settle(_within_window(kept, config.window_days, end, counts))
    lines = _capped(cluster, frame, config.max_visitor_lines, counts)
    if not counts["read"] or lines.visitors.isEmpty():
        raise BadDataError(
            f"None of {counts['read']} lines can be used ({counts}); expected visitor_id, item_id and one of "
            f"the kinds {', '.join(kind for kind, weight in config.confidence.kinds.items() if weight > 0)}."
        )
    (first,) = lines.frame.agg(F.min(F.unix_micros("occurred_at"))).first()
    return lines._replace(span=Span(end, None if first is None else _of_micros(first)))


def _spread(cluster: Cluster, files: list[Path]) -> None:
    """As many partitions as there are cores twice, more where they would be large."""
    height = sum(int(pl.scan_parquet(file).select(pl.len()).collect().item()) for file in files)
    cores = cluster.session.sparkContext.defaultParallelism
    partitions = max(2 * cores, height // LINES_A_PARTITION)
    cluster.session.conf.set("spark.sql.shuffle.partitions", str(partitions))


def _typed(schema: pl.Schema, timezone: str) -> dict[str, Column]:
    names = ("visitor_id", "item_id", "event_id", "order_id")
    ids = {name: columns.text(name, schema) for name in names}
    kind = F.coalesce(columns.text("kind", schema), F.lit(str(EventKind.PURCHASE)))
    moment = columns.moment("occurred_at", schema, timezone)
    quantity, price = columns.number("quantity", schema), columns.number("price", schema)

    def unreadable(name: str, parsed: Column) -> Column:
        return columns.raw(name, schema).isNotNull() & parsed.isNull()

    reason = (
        F.when(~kind.isin([str(kind) for kind in EventKind]), "unknown_kind")
        .when(ids["visitor_id"].isNull(), "null_id")
        .when(ids["item_id"].isNull() & kind.isin([str(kind) for kind in NEED_ITEM]), "null_id")
        .when(unreadable("occurred_at", moment), "unreadable_time")
        .when(unreadable("quantity", quantity) | (quantity <= 0), "bad_quantity")
        .when(unreadable("price", price) | (price < 0), "bad_price")
    )
    quantity = F.coalesce(quantity, F.lit(1.0))
    return ids | {"kind": kind, "occurred_at": moment, "quantity": quantity, "reason": reason}


def _count_once(
    cluster: Cluster, events: DataFrame, schemas: dict[Path, pl.Schema], rejects: Rejects
) -> DataFrame:
    """One row for each event_id; of several rows with one, which is kept is left to chance."""
    if not any("event_id" in schema for schema in schemas.values()):
        return events.drop("event_id")
    numbered = F.col("event_id").isNotNull() & F.col("reason").isNull()
    before = events.count()
    once = events.filter(numbered).dropDuplicates(["event_id"]).unionByName(events.filter(~numbered))
    once = cluster.settle(once.drop("event_id"))
    rejects.duplicates += before - once.count()
    rejects.read += before - once.count()
    return once


def _left_aside(config: TrainingConfig, as_of: datetime | None, now: datetime) -> Column:
    """Why a sound row does not count; the window and the cap come later."""
    kinds = [kind for kind in EventKind if config.confidence.kinds.get(kind, 0.0) > 0 or takes_back(kind)]
    verdict = F.when(~F.col("kind").isin([str(kind) for kind in kinds]), "kind without weight")
    verdict = verdict.when(F.col("occurred_at") > F.lit(now + CLOCK_SKEW), "in the future")
    return verdict if as_of is None else verdict.when(F.col("occurred_at") > F.lit(as_of), "after as-of")


def _census(judged: DataFrame, rejects: Rejects) -> tuple[dict[str, int], datetime | None]:
    """What is left aside by reason, and the newest time of the rest."""
    found = judged.groupBy("file", "verdict").agg(F.count("*"), F.max(F.unix_micros("occurred_at")))
    counts = {"read": 0}
    times: list[int] = []
    for file, verdict, rows, newest in found.orderBy("file", "verdict").collect():
        rejects.read += rows
        if verdict in COLUMN_OF:
            rejects.count_rows(file, rows, verdict, COLUMN_OF[verdict])
            continue
        counts["read"] += rows
        if verdict is not None:
            counts[verdict] = counts.get(verdict, 0) + rows
        elif newest is not None:
            times.append(newest)
    return counts, _of_micros(max(times)) if times else None


def _of_micros(micros: int) -> datetime:
    return datetime(1970, 1, 1, tzinfo=UTC) + timedelta(microseconds=micros)


def _within_window(frame: DataFrame, days: float | None, end: datetime, counts: dict[str, int]) -> DataFrame:
    if days is None:
        return frame
    start = end - min(timedelta(days=days), end - EARLIEST)
    inside = F.col("occurred_at").isNull() | (F.col("occurred_at") > F.lit(start))
    left = frame.filter(~inside).count()
    if left:
        counts["before the window"] = left
    return frame.filter(inside)


def _capped(cluster: Cluster, frame: DataFrame, most: int, counts: dict[str, int]) -> Lines:
    """Keep the newest lines of a visitor beyond reason; without times, those with the smallest item_id."""
    visitors = cluster.settle(frame.groupBy("visitor_id").agg(F.count("*").alias("lines")))
    busy = visitors.filter(F.col("lines") > most).select("visitor_id")
    found = visitors.filter(F.col("lines") > most).agg(F.count("*"), F.sum(F.col("lines") - most)).first()
    if found[0]:
        counts |= {"beyond the cap a visitor": found[1], "visitors capped": found[0]}
        newest = Window.partitionBy("visitor_id").orderBy(F.desc_nulls_last("occurred_at"), "item_id")
        theirs = frame.join(busy, "visitor_id", "left_semi").withColumn("place", F.row_number().over(newest))
        others = frame.join(busy, "visitor_id", "left_anti")
        frame = cluster.settle(theirs.filter(F.col("place") <= most).drop("place").unionByName(others))
    return Lines(frame, visitors, Span(datetime.now(UTC), None), counts)
