"""The events file: what happened, one item a row."""

from collections.abc import Callable
from typing import Final

import polars as pl

from recsvc.domain.events import INTERACTIONS, EventKind
from recsvc.files.columns import (
    NUMBER,
    TIME,
    WORD,
    Fault,
    keep_sound,
    not_a_price,
    numbers,
    raw,
    text_of,
    unreadable,
)
from recsvc.files.delimited import LINE
from recsvc.files.moments import MOMENT, check_zone, parse_moments, zoneless
from recsvc.files.rejects import Rejects
from recsvc.files.tables import Layout, Paths, Table, nothing_usable, read_tables

LOGGED_AS: Final = "_logged_as"
"""A note that exports write beside each row: the name that the visitor had in the log."""

NEED_ITEM: Final = INTERACTIONS | {EventKind.IMPRESSION}
"""Kinds whose rows must name an item."""

EVENTS: Final = Layout(
    name="events",
    required=("visitor_id", "item_id"),
    optional=(
        "kind",
        "occurred_at",
        "event_id",
        "quantity",
        "price",
        "currency",
        "order_id",
        "channel",
        "store_id",
    ),
    expects=(
        "the columns visitor_id and item_id, optionally kind (absent = purchase; one of "
        + ", ".join(EventKind)
        + "), occurred_at (ISO 8601 or Unix seconds), event_id, quantity (above 0), price, currency, "
        "order_id, channel and store_id"
    ),
)
SCHEMA: Final = pl.Schema(
    {
        "visitor_id": pl.String(),
        "item_id": pl.String(),
        "kind": pl.String(),
        "occurred_at": MOMENT,
        "event_id": pl.String(),
        "quantity": pl.Float64(),
        "price": pl.Float64(),
        "currency": pl.String(),
        "order_id": pl.String(),
        "channel": pl.String(),
        "store_id": pl.String(),
    }
)
"""What read_events answers; item_id is null only for kinds outside NEED_ITEM."""
FILE: Final = "#file"
PLACED: Final = pl.Schema({**SCHEMA, FILE: pl.Categorical(), LINE: pl.Int64()})
"""The same, with the place of each row, so that what contradicts another row can be named."""
SAID: Final = ("visitor_id", "item_id", "kind", "occurred_at", "quantity", "price")
"""What rows of one event_id must agree on."""
ROWS_AT_ONCE: Final = 1_000_000
"""Eleven columns of them are about 200 MB."""


def read_events(
    paths: Paths,
    *,
    timezone: str = "UTC",
    rejects: Rejects,
    narrow: Callable[[pl.DataFrame], pl.DataFrame] = lambda frame: frame.select(*SCHEMA),
    rows_at_once: int = ROWS_AT_ONCE,
) -> pl.DataFrame:
    """Read events files, in the order of their rows.

    Args:
        paths: files or directories.
        timezone: of times that name none.
        rejects: takes what is left out; a repeated event_id counts among its duplicates.
        narrow: makes some rows, columns of PLACED, smaller as soon as they are read, so that a large log is
            never held whole. What keeps all of them has rows that contradict an earlier one rejected.
        rows_at_once: rows of Parquet in hand at a time.

    Returns:
        Columns of SCHEMA, or what `narrow` left; kind defaults to purchase and quantity to 1.

    Raises:
        BadDataError: not one usable row.
        InputOutputError: a path is missing or may not be read.
        UsageError: no such time zone.
    """
    check_zone(timezone)
    tables = read_tables(paths, EVENTS, rejects, rows_at_once)
    found = [(table.file, narrow(_read_table(table, timezone, rejects))) for table in tables]
    frames = [frame for file, frame in found if file not in rejects.broken]
    frame = pl.concat(frames, how="diagonal") if frames else pl.DataFrame(schema=SCHEMA)
    if frame.is_empty():
        raise nothing_usable(paths, EVENTS, rejects)
    return count_once(frame, rejects)


def _read_table(table: Table, timezone: str, rejects: Rejects) -> pl.DataFrame:
    kind_text = text_of(table, "kind")
    times, quantities, prices = raw(table, "occurred_at"), raw(table, "quantity"), raw(table, "price")
    frame = pl.DataFrame(
        {
            "visitor_id": text_of(table, "visitor_id"),
            "item_id": text_of(table, "item_id"),
            "kind": kind_text.fill_null(EventKind.PURCHASE.value),
            "occurred_at": parse_moments(times, timezone),
            "event_id": text_of(table, "event_id"),
            "quantity": numbers(quantities),
            "price": numbers(prices),
            **{name: text_of(table, name) for name in ("currency", "order_id", "channel", "store_id")},
            LINE: table.frame[LINE],
        }
    )
    rejects.zoneless += zoneless(times)
    quantity = frame["quantity"]
    needs_item = frame["kind"].is_in([kind.value for kind in NEED_ITEM])
    faults = [
        Fault("unknown_kind", "kind", ~frame["kind"].is_in([kind.value for kind in EventKind]), shown=WORD),
        Fault("null_id", "visitor_id", frame["visitor_id"].is_null()),
        Fault("null_id", "item_id", frame["item_id"].is_null() & needs_item),
        Fault("unreadable_time", "occurred_at", unreadable(times, frame["occurred_at"]), shown=TIME),
        Fault(
            "bad_quantity",
            "quantity",
            unreadable(quantities, quantity) | _not_positive(quantity),
            shown=NUMBER,
        ),
        Fault("bad_price", "price", not_a_price(prices, frame["price"]), shown=NUMBER),
    ]
    sound = keep_sound(table, frame, faults, rejects)
    return placed(sound.with_columns(pl.col("quantity").fill_null(1.0)), table.file)


def _not_positive(quantity: pl.Series) -> pl.Series:
    return ~(quantity.is_finite() & (quantity > 0)).fill_null(value=True)


def placed(rows: pl.DataFrame, file: str) -> pl.DataFrame:
    """Rows of a file, with LINE, as columns of PLACED."""
    named = rows.with_columns(pl.lit(file, dtype=pl.Categorical()).alias(FILE))
    return named.select(pl.col(name).cast(dtype) for name, dtype in PLACED.items())


def count_once(frame: pl.DataFrame, rejects: Rejects) -> pl.DataFrame:
    """The first row of each event_id; of the others, equal ones count among the duplicates.

    Those that say something else are rejected, where the frame has all columns of PLACED.
    """
    if "event_id" not in frame.columns or frame["event_id"].null_count() == frame.height:
        return frame
    once = pl.col("event_id").is_null() | pl.col("event_id").is_first_distinct()
    kept, again = frame.filter(once), frame.filter(~once)
    if FILE in frame.columns:
        without_repeats(again, kept, rejects)
    else:
        rejects.duplicates += again.height
    return kept


def without_repeats(rows: pl.DataFrame, earlier: pl.DataFrame, rejects: Rejects) -> pl.DataFrame:
    """The rows whose event_id no earlier row has.

    Args:
        rows: columns of PLACED.
        earlier: columns of PLACED, no event_id twice.
        rejects: takes the rows that say something else than the earlier one; equal ones are its duplicates.
    """
    before = earlier.select("event_id", pl.col(SAID).name.suffix("_before"))
    again = rows.join(before, on="event_id", maintain_order="left")
    differs = (pl.when(pl.col(name).ne_missing(pl.col(f"{name}_before"))).then(pl.lit(name)) for name in SAID)
    different = again.with_columns(pl.coalesce(differs).alias("differs")).drop_nulls("differs")
    for (file, column), some in different.group_by(FILE, "differs", maintain_order=True):
        rejects.add_rows(str(file), some[LINE], "conflicting_line", str(column))
    rejects.duplicates += again.height - different.height
    return rows.join(before, on="event_id", how="anti", maintain_order="left")
