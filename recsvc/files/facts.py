"""The facts file: what visitors said, one value a row."""

from collections.abc import Set as AbstractSet
from datetime import datetime
from typing import Final

import polars as pl

from recsvc.files.columns import TIME, Fault, keep_sound, numbers, raw, text, unreadable
from recsvc.files.json_lines import NUMBER_OF
from recsvc.files.moments import MOMENT, parse_moments, zoneless
from recsvc.files.rejects import Rejects
from recsvc.files.tables import Layout, Paths, Table, nothing_usable, read_tables

FACTS: Final = Layout(
    name="facts",
    required=("visitor_id", "fact", "value"),
    optional=("answered_at", "expires_at", "purpose"),
    expects="the columns visitor_id, fact and value, optionally answered_at, expires_at and purpose",
    apart=("value",),
)
SCHEMA: Final = pl.Schema(
    {
        "visitor_id": pl.String(),
        "fact": pl.String(),
        "value": pl.String(),
        "number": pl.Float64(),
        "answered_at": MOMENT,
        "expires_at": MOMENT,
        "purpose": pl.String(),
    }
)
"""What read_facts answers: value is the id of a choice, or null where number holds."""


def read_facts(
    paths: Paths,
    rejects: Rejects,
    numeric: AbstractSet[str] = frozenset(),
    timezone: str = "UTC",
    now: datetime | None = None,
) -> pl.DataFrame:
    """Read facts files, in the order of their rows.

    Args:
        paths: files or directories.
        rejects: takes what is left out; rows said twice count among its duplicates.
        numeric: facts whose text is a number; elsewhere text stays text, and only values of a numeric
            type are numbers.
        timezone: of times that name none.
        now: aware; rows that were said later are left out. None: whatever time is taken.

    Raises:
        BadDataError: not one usable row.
        InputOutputError: a path is missing or may not be read.
    """
    frames = [
        _read_table(table, numeric, timezone, now, rejects) for table in read_tables(paths, FACTS, rejects)
    ]
    if not any(frame.height for frame in frames):
        raise nothing_usable(paths, FACTS, rejects)
    frame = pl.concat(frames)
    distinct = frame.unique(maintain_order=True)
    rejects.duplicates += frame.height - distinct.height
    return distinct


def _read_table(
    table: Table, numeric: AbstractSet[str], timezone: str, now: datetime | None, rejects: Rejects
) -> pl.DataFrame:
    fact = text(raw(table, "fact"))
    value, number = _values(table, fact.is_in(list(numeric)))
    times = {name: raw(table, name) for name in ("answered_at", "expires_at")}
    frame = pl.DataFrame(
        {
            "visitor_id": text(raw(table, "visitor_id")),
            "fact": fact,
            "value": value,
            "number": number,
            **{name: parse_moments(column, timezone) for name, column in times.items()},
            "purpose": text(raw(table, "purpose")),
        }
    )
    rejects.zoneless += sum(map(zoneless, times.values()))
    said_at = frame["answered_at"]
    to_come = said_at.is_in([]) if now is None else said_at > now
    faults = [
        Fault("null_id", "visitor_id", frame["visitor_id"].is_null()),
        Fault("missing_value", "fact", fact.is_null()),
        Fault("bad_number", "value", frame["number"].is_infinite() | frame["number"].is_nan()),
        Fault("missing_value", "value", value.is_null() & frame["number"].is_null()),
        *(
            Fault("unreadable_time", name, unreadable(column, frame[name]), shown=TIME)
            for name, column in times.items()
        ),
        Fault("future_time", "answered_at", to_come.fill_null(value=False), shown=TIME),
    ]
    return keep_sound(table, frame, faults, rejects).cast(SCHEMA)


def _values(table: Table, is_number: pl.Series) -> tuple[pl.Series, pl.Series]:
    """Split values into texts and numbers; an unreadable number of a numeric fact becomes NaN."""
    column = raw(table, "value")
    if column.dtype.is_numeric():
        return pl.Series([None] * len(column), dtype=pl.String), column.cast(pl.Float64)
    texts = text(column)
    parsed = numbers(texts).fill_null(float("nan"))
    number = parsed.zip_with(is_number & texts.is_not_null(), pl.Series([None], dtype=pl.Float64))
    typed = NUMBER_OF.format("value")
    if typed in table.frame.columns:
        number = number.zip_with(number.is_not_null(), table.frame[typed])
    return texts.zip_with(~is_number, pl.Series([None], dtype=pl.String)), number
