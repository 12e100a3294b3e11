"""Event files of any known kind, as one frame: our own, and lines of a point of sale."""

from collections.abc import Callable
from datetime import datetime, timedelta
from pathlib import Path
from typing import Final

import polars as pl

from recsvc.files.delimited import LINE
from recsvc.files.events import EVENTS, FILE, count_once, read_events
from recsvc.files.moments import check_zone
from recsvc.files.rejects import Rejects
from recsvc.files.tables import Paths, find_files, nothing_usable
from recsvc.sources.pos_csv import TILL, read_pos
from recsvc.sources.recognised import FileKind, recognise

AHEAD: Final = timedelta(minutes=5)
"""How far ahead of now a time may lie, as ingest has it."""


def read_event_files(
    paths: Paths,
    *,
    timezone: str,
    rejects: Rejects,
    now: datetime,
    recognised: Callable[[Path, FileKind], None] = lambda *_: None,
) -> pl.DataFrame:
    """Read files of events, of whichever kind each is.

    Args:
        paths: files or directories.
        timezone: of times that name none.
        rejects: takes what is left out, what contradicts an earlier row, too.
        now: aware; rows that say they happened later are left out.
        recognised: is told of each file that is not our own events file.

    Returns:
        Columns of files.events.PLACED.

    Raises:
        BadDataError: not one usable row.
        InputOutputError: a path is missing or may not be read.
        UsageError: no such time zone.
    """
    check_zone(timezone)
    found = find_files(paths)
    tills = [path for path in found if recognise(path) is FileKind.POS]
    frames = []
    for path in tills:
        recognised(path, FileKind.POS)
        frames.append(read_pos(path, rejects, timezone))
    own = [path for path in found if path not in tills]
    if own:
        frames.append(read_events(own, timezone=timezone, rejects=rejects, narrow=lambda frame: frame))
    frame = _without_future(pl.concat(frames), now, rejects)
    if frame.is_empty():
        raise nothing_usable(paths, EVENTS if own else TILL, rejects)
    return count_once(frame, rejects)


def _without_future(frame: pl.DataFrame, now: datetime, rejects: Rejects) -> pl.DataFrame:
    to_come = (pl.col("occurred_at") > now + AHEAD).fill_null(value=False)
    for (file,), rows in frame.filter(to_come).group_by(FILE, maintain_order=True):
        rejects.add_rows(str(file), rows[LINE], "future_time", "occurred_at")
    return frame.filter(~to_come)
