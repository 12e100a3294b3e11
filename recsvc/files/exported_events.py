"""Exported events: a directory of Parquet files, each named after the numbers of the log that it covers.

The names are the cursor, so one rename moves both: an export that was killed goes on where the last whole
file ends.
"""

import re
from collections.abc import Callable, Iterable, Iterator
from pathlib import Path
from typing import Final

import polars as pl

from recsvc.domain.events import Event
from recsvc.files.events import SCHEMA
from recsvc.files.whole import write_whole

FILE_ROWS: Final = 500_000
"""Rows after which a file is closed: what an export holds in memory."""

_NAME: Final = re.compile(r"events-(\d{20})-(\d{20})\.parquet")

Numbered = tuple[int, Event]


def end_of(directory: Path) -> int:
    """The number of the log up to which a directory goes; 0 for an empty one."""
    return max((int(match[2]) for _, match in _files(directory)), default=0)


def write_events(
    directory: Path, after: int, portions: Iterable[list[Numbered]], may_learn: Callable[[str], bool]
) -> tuple[int, int, int]:
    """Write events as the events file has them, an item a row, for the visitors that training may see.

    Args:
        directory: exists.
        after: the number of the log from which on the portions come.
        portions: events with their numbers, in order.
        may_learn: whether a visitor's events may be written.

    Returns:
        (events read, rows written, the number up to which was read).
    """
    read = written = 0
    first, last = after + 1, after
    rows: list[tuple[object, ...]] = []
    for portion in portions:
        read += len(portion)
        last = portion[-1][0]
        rows += (row for _, event in portion if may_learn(event.visitor_id) for row in _rows(event))
        if len(rows) >= FILE_ROWS:
            written += _close(directory, first, last, rows)
            first, rows = last + 1, []
    return read, written + _close(directory, first, last, rows), last


def forget(directory: Path, may_learn: Callable[[str], bool]) -> int:
    """Rewrite the files without the visitors that training may not see any more; how many rows went."""
    gone = 0
    for path, _ in _files(directory):
        visitors = pl.scan_parquet(path).select(pl.col("visitor_id").unique()).collect()["visitor_id"]
        refused = [visitor_id for visitor_id in visitors if not may_learn(visitor_id)]
        if not refused:
            continue
        before = pl.read_parquet(path)
        after = before.filter(~pl.col("visitor_id").is_in(refused))
        gone += before.height - after.height
        write_whole(after, path)
    return gone


def _files(directory: Path) -> Iterator[tuple[Path, re.Match[str]]]:
    for path in sorted(directory.iterdir()):
        match = _NAME.fullmatch(path.name)
        if match:
            yield path, match


def _close(directory: Path, first: int, last: int, rows: list[tuple[object, ...]]) -> int:
    """Write one file; without rows none, so that the next export looks at the same numbers again."""
    frame = pl.DataFrame(rows, schema=SCHEMA, orient="row")
    write_whole(frame, directory / f"events-{first:020}-{last:020}.parquet")
    return frame.height


def _rows(event: Event) -> Iterator[tuple[object, ...]]:
    """The rows of one event; its lines get ids of their own, for the same event_id counts once."""
    for number, line in enumerate(event.lines):
        yield (
            event.visitor_id,
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
        )
