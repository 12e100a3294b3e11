"""Pairs of visitor and item: the targets of an evaluation (its history is an events file)."""

from typing import Final

import polars as pl

from recsvc.files.columns import Fault, keep_sound, raw, text
from recsvc.files.events import EVENTS
from recsvc.files.rejects import Rejects
from recsvc.files.tables import Layout, Paths, Table, nothing_usable, read_tables

PAIRS: Final = Layout(
    name="pairs",
    required=("visitor_id", "item_id"),
    optional=EVENTS.optional,
    expects="the columns visitor_id and item_id",
)


def read_pairs(paths: Paths, rejects: Rejects) -> pl.DataFrame:
    """Read visitor_id, item_id and channel (null where it is not named), each distinct row once.

    Rows come in the order met; repeats count as duplicates.

    Raises:
        BadDataError: not one usable row.
        InputOutputError: a path is missing or may not be read.
    """
    frames = [_read_table(table, rejects) for table in read_tables(paths, PAIRS, rejects)]
    if not any(frame.height for frame in frames):
        raise nothing_usable(paths, PAIRS, rejects)
    frame = pl.concat(frames)
    distinct = frame.unique(maintain_order=True)
    rejects.duplicates += frame.height - distinct.height
    return distinct


def _read_table(table: Table, rejects: Rejects) -> pl.DataFrame:
    frame = pl.DataFrame({name: text(raw(table, name)) for name in (*PAIRS.required, "channel")})
    faults = [Fault("null_id", name, frame[name].is_null()) for name in PAIRS.required]
    return keep_sound(table, frame, faults, rejects)
