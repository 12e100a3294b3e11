"""The visitors left out, chosen on the cluster by the hash of `training.holdout` and judged here."""

from datetime import datetime
from typing import NamedTuple

import polars as pl
from pyspark.sql import Column, DataFrame
from pyspark.sql import functions as F  # noqa: N812

from recsvc.domain.events import EventKind
from recsvc.model.confidence import takes_back
from training.config import TrainingConfig
from training.holdout import REPEAT_SHARE, Split, cut, how_many, window_start
from training.spark.cluster import Cluster
from training.spark.lines import Lines


class LeftOut(NamedTuple):
    """The lines for the matrix, in the cluster, and the left-out visitors, here."""

    kept: DataFrame  # extract.COLUMNS
    split: Split  # its `kept` is empty
    visitor_ids: DataFrame  # visitor_id of the left-out ones


def split(cluster: Cluster, lines: Lines, config: TrainingConfig) -> LeftOut:
    """Leave out the visitors that the local engine would leave out."""
    wanted = how_many(lines.visitors.count(), config.left_out)
    hashed = F.crc32(F.concat(F.lit(f"{config.seed}:"), "visitor_id").cast("binary"))
    ranked = lines.visitors.select("visitor_id").orderBy(hashed, "visitor_id").limit(wanted)
    ids = cluster.fetch(ranked)["visitor_id"].to_list()
    chosen = cluster.send(pl.DataFrame({"visitor_id": ids}, schema={"visitor_id": pl.String}))
    theirs = cluster.fetch(lines.frame.join(F.broadcast(chosen), "visitor_id", "left_semi"))
    order = ["visitor_id", "occurred_at", "item_id", "kind"]
    theirs = _in_utc(theirs).sort(order, nulls_last=False)
    found = cut(theirs, ids, lines.span, config.seed)
    if not wanted:
        found = found._replace(keep_seen=_everybody_repeats(lines))
    return LeftOut(lines.frame.join(F.broadcast(chosen), "visitor_id", "left_anti"), found, chosen)


def bought(frame: DataFrame) -> DataFrame:
    """Distinct (visitor_id, item_id) of purchases; of every kind that counts where nothing was bought."""
    purchases = frame.filter(F.col("kind") == str(EventKind.PURCHASE))
    if purchases.isEmpty():
        purchases = frame.filter(~F.col("kind").isin([str(kind) for kind in EventKind if takes_back(kind)]))
    return purchases.select("visitor_id", "item_id").distinct()


def after(start: datetime) -> Column:
    """Whether a line is later."""
    return F.col("occurred_at") > F.lit(start)


def _everybody_repeats(lines: Lines) -> bool:
    """Whether at least a tenth of what everybody bought in the last window was bought before."""
    if lines.span.first is None:
        return False
    start = window_start(lines.span)
    targets = bought(lines.frame.filter(after(start)))
    history = lines.frame.filter(~after(start)).select("visitor_id", "item_id").distinct()
    again = targets.join(history, ["visitor_id", "item_id"], "left_semi").count()
    return again >= REPEAT_SHARE * max(targets.count(), 1)


def _in_utc(frame: pl.DataFrame) -> pl.DataFrame:
    return frame.with_columns(pl.col("occurred_at").cast(pl.Datetime("us", "UTC")))
