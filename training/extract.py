"""Extract: from files to the lines that count, with everything that was left aside counted."""

from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import NamedTuple

import polars as pl

from recsvc.domain.errors import BadDataError
from recsvc.domain.events import EventKind
from recsvc.files.events import read_events
from recsvc.files.rejects import Rejects
from recsvc.model.confidence import takes_back
from training.config import TrainingConfig

COLUMNS = ("visitor_id", "item_id", "kind", "occurred_at", "quantity", "order_id")
CLOCK_SKEW = timedelta(days=1)
"""Lines further in the future than this are another clock's; the ingest route allows the same."""


class Extract(NamedTuple):
    """Lines that may count."""

    lines: pl.DataFrame  # COLUMNS; occurred_at Datetime[us, UTC] or null; ids are categories or text
    as_of: datetime  # aware UTC: the newest line, else the time of the run
    timed: bool  # whether lines have times at all
    counts: dict[str, int]  # read, and what was left aside by reason


def read(
    paths: list[Path],
    config: TrainingConfig,
    *,
    rejects: Rejects,
    timezone: str = "UTC",
    as_of: datetime | None = None,
    now: datetime | None = None,
) -> Extract:
    """Read event files and keep what can count.

    Args:
        paths: files or directories of them.
        config: gives the kinds with a weight, the window and the cap a visitor.
        rejects: collects the lines that could not be read.
        timezone: of times without one.
        as_of: leaves later lines out.
        now: the clock, against which times in the future are judged.

    Raises:
        BadDataError: nothing is left.
    """
    frame = read_events(paths, timezone=timezone, rejects=rejects, narrow=_narrow).select(COLUMNS)
    return select(frame, config, as_of=as_of, now=now or datetime.now(UTC))


def _narrow(frame: pl.DataFrame) -> pl.DataFrame:
    """The columns that count, ids as numbers: 29 bytes a line where texts take 100."""
    event_ids = [] if frame["event_id"].null_count() == frame.height else ["event_id"]
    return frame.select(*COLUMNS, *event_ids).cast(
        {
            **dict.fromkeys(("visitor_id", "item_id", "order_id"), pl.Categorical),
            "kind": pl.Enum([kind.value for kind in EventKind]),
        }
    )


def select(
    frame: pl.DataFrame, config: TrainingConfig, *, as_of: datetime | None = None, now: datetime
) -> Extract:
    """Keep the lines of a frame that can count; see `read`."""
    steps = _Steps(frame)
    counted = [kind for kind, weight in config.confidence.kinds.items() if weight > 0]
    kinds = [kind for kind in frame["kind"].unique() if kind in counted or takes_back(kind)]
    steps.keep("kind without weight", pl.col("kind").is_in(kinds))
    steps.keep("in the future", _not_after(now + CLOCK_SKEW))
    if as_of is not None:
        steps.keep("after as-of", _not_after(as_of))
    newest = steps.frame["occurred_at"].max()
    end = newest if isinstance(newest, datetime) else as_of or now
    if config.window_days is not None:
        since_year_1 = end - datetime.min.replace(tzinfo=UTC)
        start = end - min(timedelta(days=config.window_days), since_year_1)
        steps.keep("before the window", pl.col("occurred_at").is_null() | (pl.col("occurred_at") > start))
    _cap(steps, config.max_visitor_lines)
    if steps.frame.is_empty():
        raise BadDataError(
            f"None of {frame.height} lines can be used ({steps.counts}); expected visitor_id, item_id and "
            f"one of the kinds {', '.join(counted)}."
        )
    return Extract(steps.frame, end, isinstance(newest, datetime), steps.counts)


class _Steps:
    """A frame that is narrowed step by step, with a count for each."""

    def __init__(self, frame: pl.DataFrame) -> None:
        self.frame = frame
        self.counts = {"read": frame.height}

    def keep(self, otherwise: str, predicate: pl.Expr) -> None:
        kept = self.frame.select(kept=predicate).to_series().fill_null(value=False)
        if not kept.all():
            self.counts[otherwise] = self.frame.height - int(kept.sum())
            self.frame = self.frame.filter(kept)


def _not_after(end: datetime) -> pl.Expr:
    return pl.col("occurred_at").is_null() | (pl.col("occurred_at") <= end)


def _cap(steps: _Steps, most: int) -> None:
    """Keep the newest lines of a visitor beyond reason; a bot must not own the item-item table."""
    busy = steps.frame["visitor_id"].value_counts().filter(pl.col("count") > most)
    if busy.is_empty():
        return
    newest_first = pl.col("occurred_at").rank("ordinal", descending=True).over("visitor_id")
    place = pl.coalesce(newest_first, pl.int_range(1, pl.len() + 1).over("visitor_id"))
    is_busy = pl.col("visitor_id").is_in(busy["visitor_id"].implode())
    steps.keep("beyond the cap a visitor", ~is_busy | (place <= most))
    steps.counts["visitors capped"] = busy.height
