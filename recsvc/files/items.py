"""The items file: the catalogue, one item a row."""

from collections.abc import Iterator, Sequence
from typing import Any, Final

import polars as pl

from recsvc.domain.catalogue import Availability, Item
from recsvc.domain.currencies import CURRENCIES
from recsvc.files.columns import (
    CODE,
    NUMBER,
    TIME,
    WORDS,
    Fault,
    keep_sound,
    not_a_price,
    numbers,
    raw,
    text,
    unreadable,
)
from recsvc.files.moments import MOMENT, parse_moments
from recsvc.files.rejects import Rejects
from recsvc.files.tables import Layout, Paths, Table, nothing_usable, read_tables

TEXTS: Final = ("item_group_id", "title", "category", "brand", "currency", "image_link", "link")
PRICES: Final = ("price", "sale_price")
ITEMS: Final = Layout(
    name="items",
    required=("item_id",),
    optional=(*TEXTS, *PRICES, "margin", "availability", "available_from", "age_limit"),
    prefixes=("title:", "attr:"),
    expects=(
        "the column item_id, optionally item_group_id, title, title:LOCALE, category, brand, price, "
        "sale_price, currency, margin, availability (one of "
        + ", ".join(Availability)
        + "), available_from, age_limit, "
        "image_link, link and attr:NAME"
    ),
)
SCHEMA: Final = pl.Schema(
    {
        "item_id": pl.String(),
        **dict.fromkeys(TEXTS, pl.String()),
        **dict.fromkeys((*PRICES, "margin"), pl.Float64()),
        "availability": pl.String(),
        "available_from": MOMENT,
        "age_limit": pl.Int64(),
    }
)
"""What read_items answers, besides title:LOCALE (String) and attr:NAME (List of String)."""


def read_items(paths: Paths, rejects: Rejects, timezone: str = "UTC") -> pl.DataFrame:
    """Read items files; of an item that comes twice the last row holds, the others count as duplicates.

    Raises:
        BadDataError: not one usable row.
        InputOutputError: a path is missing or may not be read.
    """
    frames = [read_item_table(table, timezone, rejects) for table in read_tables(paths, ITEMS, rejects)]
    return newest_items(frames, paths, rejects)


def newest_items(frames: Sequence[pl.DataFrame], paths: Paths, rejects: Rejects) -> pl.DataFrame:
    """One frame of several, of each item its last row.

    Raises:
        BadDataError: not one usable row.
    """
    if not any(frame.height for frame in frames):
        raise nothing_usable(paths, ITEMS, rejects)
    frame = pl.concat(frames, how="diagonal")
    newest = frame.unique("item_id", keep="last", maintain_order=True)
    rejects.duplicates += frame.height - newest.height
    return newest


def to_items(frame: pl.DataFrame) -> Iterator[Item]:
    """Make domain items of a frame as read_items answers it."""
    locales = [name for name in frame.columns if name.startswith("title:")]
    attributes = [name for name in frame.columns if name.startswith("attr:")]
    plain = [name for name in SCHEMA if name not in {"availability", "available_from"}]
    for row in frame.iter_rows(named=True):
        from_time = row["available_from"]
        yield Item(
            **{name: row[name] for name in plain},
            availability=Availability(row["availability"]),
            available_from=from_time.isoformat() if from_time else None,
            titles={name.removeprefix("title:"): row[name] for name in locales if row[name]},
            attributes={name.removeprefix("attr:"): tuple(row[name]) for name in attributes if row[name]},
        )


def read_item_table(table: Table, timezone: str, rejects: Rejects) -> pl.DataFrame:
    """Parse and check the rows of one table."""
    found = {name: raw(table, name) for name in (*PRICES, "margin", "age_limit", "available_from")}
    parsed = {name: numbers(found[name]) for name in (*PRICES, "margin", "age_limit")}
    starts = parse_moments(found["available_from"], timezone)
    availability = text(raw(table, "availability")).fill_null(Availability.IN_STOCK.value)
    columns: dict[str, Any] = {
        **{name: text(raw(table, name)) for name in ("item_id", *TEXTS)},
        **parsed,
        "availability": availability,
        "available_from": starts,
        **{name: text(raw(table, name)) for name in table.frame.columns if name.startswith("title:")},
        **{name: _lists(table, name) for name in table.frame.columns if name.startswith("attr:")},
    }
    faults = [
        Fault("null_id", "item_id", columns["item_id"].is_null()),
        *(Fault("bad_price", name, not_a_price(found[name], parsed[name]), shown=NUMBER) for name in PRICES),
        Fault("bad_number", "margin", _not_finite(found["margin"], parsed["margin"]), shown=NUMBER),
        Fault("bad_number", "age_limit", _not_an_age(found["age_limit"], parsed["age_limit"]), shown=NUMBER),
        Fault("unreadable_time", "available_from", unreadable(found["available_from"], starts), shown=TIME),
        Fault("unknown_currency", "currency", _no_code(columns["currency"]), shown=CODE),
        Fault(
            "unknown_availability",
            "availability",
            ~availability.is_in([word.value for word in Availability]),
            shown=WORDS,
        ),
    ]
    frame = keep_sound(table, pl.DataFrame(columns), faults, rejects)
    return frame.with_columns(pl.col(name).cast(dtype) for name, dtype in SCHEMA.items())


def _no_code(currency: pl.Series) -> pl.Series:
    return ~currency.str.strip_chars().str.to_uppercase().is_in(list(CURRENCIES))


def _not_finite(column: pl.Series, parsed: pl.Series) -> pl.Series:
    return unreadable(column, parsed) | ~parsed.is_finite().fill_null(value=True)


def _not_an_age(column: pl.Series, parsed: pl.Series) -> pl.Series:
    years = (parsed >= 0) & (parsed <= 150) & (parsed == parsed.floor())  # noqa: PLR2004 (nobody is older)
    return unreadable(column, parsed) | ~years.fill_null(value=True)


def _lists(table: Table, name: str) -> pl.Series:
    """Lists of text without blanks and repeats; in CSV | stands between the values."""
    column = table.frame[name]
    if isinstance(column.dtype, pl.List):
        lists = column.cast(pl.List(pl.String))
    elif table.separated:
        lists = text(column).str.split("|")
    else:
        lists = (
            text(column)
            .to_frame()
            .select(pl.when(pl.col(name).is_not_null()).then(pl.concat_list(name)))[name]
        )
    value = pl.element().str.strip_chars()
    return lists.to_frame().select(
        pl.col(name).list.eval(value.filter(value != "").unique(maintain_order=True))
    )[name]
