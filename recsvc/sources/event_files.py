"""Event files of any known kind, as one frame: our own, and lines of a point of sale."""

from collections.abc import Callable
from pathlib import Path

import polars as pl

from recsvc.files.events import EVENTS, count_once, read_events
from recsvc.files.moments import check_zone
from recsvc.files.rejects import Rejects
from recsvc.files.tables import Paths, find_files, nothing_usable
from recsvc.sources.pos_csv import read_pos
from recsvc.sources.recognised import FileKind, recognise


def read_event_files(
    paths: Paths,
    *,
    timezone: str,
    rejects: Rejects,
    recognised: Callable[[Path, FileKind], None] = lambda *_: None,
) -> pl.DataFrame:
    """Read files of events, of whichever kind each is.

    Args:
        paths: files or directories.
        timezone: of times that name none.
        rejects: takes what is left out.
        recognised: is told of each file that is not our own events file.

    Returns:
        Columns of files.events.SCHEMA.

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
        frames.append(read_events(own, timezone=timezone, rejects=rejects))
    frame = pl.concat(frames)
    if frame.is_empty():
        raise nothing_usable(paths, EVENTS, rejects)
    return count_once(frame, rejects)
