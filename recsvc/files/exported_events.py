"""Exported events: a directory of Parquet files, each named after the numbers of the log that it covers.

The names are the cursor, so one rename moves both: an export that was killed goes on where the last whole
file ends.
"""

import re
from collections.abc import Callable, Iterable, Iterator
from datetime import datetime
from pathlib import Path
from typing import Final

import polars as pl

from recsvc.domain.events import Event
from recsvc.domain.learner import Learner
from recsvc.files.events import LOGGED_AS, SCHEMA
from recsvc.files.moments import MOMENT
from recsvc.files.whole import write_whole

FILE_ROWS: Final = 500_000
"""Rows after which a file is closed: what an export holds in memory."""

_NAME: Final = re.compile(r"events-(\d{20})-(\d{20})\.parquet")

Numbered = tuple[int, Event]
Learners = Callable[[str], Learner | None]
"""Name in the log → whom training may see behind it."""


def end_of(directory: Path) -> int:
    """The number of the log up to which a directory goes; 0 for an empty one."""
    return max((int(match[2]) for _, match in _files(directory)), default=0)


def write_events(
    directory: Path, after: int, portions: Iterable[list[Numbered]], learners: Learners
) -> tuple[int, int, int]:
    """Write events as the events file has them, an item a row, for the visitors that training may see.

    Args:
        directory: exists.
        after: the number of the log from which on the portions come.
        portions: events with their numbers, in order.
        learners: whose events may be written, and under which name.

    Returns:
        (events read, rows written, the number up to which was read).
    """
    read = written = 0
    first, last = after + 1, after
    rows: list[tuple[object, ...]] = []
    for portion in portions:
        read += len(portion)
        last = portion[-1][0]
        rows += (row for _, event in portion for row in _rows(event, learners(event.visitor_id)))
        if len(rows) >= FILE_ROWS:
            written += _close(directory, first, last, rows)
            first, rows = last + 1, []
    return read, written + _close(directory, first, last, rows), last


def renew(directory: Path, learners: Learners, is_erased: Callable[[str, int], bool]) -> int:
    """Rewrite the files as they would be written today; how many rows went.

    Names that are of one visitor now get one id, and the rows go of whoever training may not see any more.

    Args:
        directory: exists.
        learners: who is behind a name.
        is_erased: whether what a name did up to a number of the log was erased.
    """
    gone = 0
    for path, match in _files(directory):
        frame = pl.scan_parquet(path)
        if LOGGED_AS not in frame.collect_schema():
            frame = frame.with_columns(pl.col("visitor_id").alias(LOGGED_AS))
        named = frame.group_by(LOGGED_AS, "visitor_id").agg(pl.col("occurred_at").min()).collect()
        found = {
            name: None if is_erased(name, int(match[2])) else learners(name) for name in named[LOGGED_AS]
        }
        if any(
            _is_stale(found[name], *rest)
            for name, *rest in named.select(LOGGED_AS, pl.exclude(LOGGED_AS)).rows()
        ):
            before = frame.collect()
            after = _as_today(before, found)
            gone += before.height - after.height
            write_whole(after, path)
    return gone


def _is_stale(learner: Learner | None, visitor_id: str, earliest: datetime) -> bool:
    if learner is None or learner.visitor_id != visitor_id:
        return True
    return learner.after is not None and earliest <= learner.after


def _as_today(frame: pl.DataFrame, found: dict[str, Learner | None]) -> pl.DataFrame:
    kept = [(name, *one) for name, one in found.items() if one is not None]
    schema = pl.Schema({LOGGED_AS: pl.String(), "of": pl.String(), "after": MOMENT})
    today = frame.join(pl.DataFrame(kept, schema=schema, orient="row"), on=LOGGED_AS, maintain_order="left")
    return (
        today.filter(pl.col("after").is_null() | (pl.col("occurred_at") > pl.col("after")))
        .with_columns(pl.col("of").alias("visitor_id"))
        .select(*SCHEMA, LOGGED_AS)
    )


def _files(directory: Path) -> Iterator[tuple[Path, re.Match[str]]]:
    for path in sorted(directory.iterdir()):
        match = _NAME.fullmatch(path.name)
        if match:
            yield path, match


def _close(directory: Path, first: int, last: int, rows: list[tuple[object, ...]]) -> int:
    """Write one file; without rows none, so that the next export looks at the same numbers again."""
    frame = pl.DataFrame(rows, schema={**SCHEMA, LOGGED_AS: pl.String}, orient="row")
    write_whole(frame, directory / f"events-{first:020}-{last:020}.parquet")
    return frame.height


def _rows(event: Event, learner: Learner | None) -> Iterator[tuple[object, ...]]:
    """The rows of one event; its lines get ids of their own, for the same event_id counts once."""
    if learner is None or (learner.after is not None and event.occurred_at <= learner.after):
        return
    for number, line in enumerate(event.lines):
        yield (
            learner.visitor_id,
            line.item_id,
            event.kind.value,
            event.occurred_at,
            event.event_id if len(event.lines) == 1 else f"{event.event_id}#{number}",
            line.quantity,
            line.price,
            event.currency,
            event.order_id,
            event.channel,
            event.store_id,
            event.visitor_id,
        )
