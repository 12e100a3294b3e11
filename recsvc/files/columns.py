"""Raw columns made into text and numbers, and rows checked: a bad row is rejected once, for one fault."""

from collections.abc import Sequence
from typing import Final, NamedTuple

import polars as pl

from recsvc.files.delimited import LINE
from recsvc.files.moments import is_absent
from recsvc.files.rejects import Rejects
from recsvc.files.tables import Table

WORD: Final = "^[a-z_]{1,30}$"
WORDS: Final = "^[a-z_ ]{1,30}$"
NUMBER: Final = (
    r"^(?:[-+]?[A-Za-z]{1,3}|[A-Za-z]{0,3} ?[-+]?[0-9.,]{1,20}(?:[eE][-+]?[0-9]{1,3})? ?[A-Za-z]{0,3})$"
)
CODE: Final = "^[A-Za-z]{1,5}$"
TIME: Final = "^[0-9:TZ+./ 年月日時分秒-]{1,40}$"
"""What values of a column look like. Others may be an e-mail address or an id out of a shifted column."""


class Fault(NamedTuple):
    """One way in which rows may be bad."""

    reason: str  # key of rejects.REASONS
    column: str
    bad: pl.Series  # Boolean, one flag a row
    shown: str | None = None  # pattern of the values that may stand in the rejects file


def raw(table: Table, name: str) -> pl.Series:
    """A column as the file has it, blank text as null; nulls where it has none."""
    if name in table.frame.columns:
        column = table.frame[name]
        return text(column) if column.dtype == pl.String else column
    return pl.repeat(None, table.frame.height, dtype=pl.String, eager=True).alias(name)


def text_of(table: Table, name: str) -> pl.Series:
    """A column as text, null where it is blank or absent."""
    column = raw(table, name)
    return column if column.dtype == pl.String else text(column)  # raw has seen to it; 20 million take 2 s


def text(column: pl.Series) -> pl.Series:
    """Text of a column: whole numbers without a point, null for blank text and NaN."""
    if column.dtype.is_float():
        number = pl.col(column.name)
        whole = pl.when(number == number.round()).then(number.cast(pl.Int64, strict=False).cast(pl.String))
        written = pl.when(number.is_finite()).then(pl.coalesce(whole, number.cast(pl.String)))
        return column.to_frame().select(written.alias(column.name)).to_series()
    written_text = pl.col(column.name).cast(pl.String)
    return (
        column.to_frame().select(pl.when(written_text.str.strip_chars() != "").then(written_text)).to_series()
    )


def numbers(column: pl.Series) -> pl.Series:
    """Float64 of numbers, or of text that is a number; null elsewhere."""
    if is_absent(column):
        return pl.repeat(None, len(column), dtype=pl.Float64, eager=True).alias(column.name)
    if column.dtype.is_numeric() or column.dtype == pl.Boolean:
        return column.cast(pl.Float64, strict=False)
    return text(column).str.strip_chars().cast(pl.Float64, strict=False)


def unreadable(column: pl.Series, parsed: pl.Series) -> pl.Series:
    """Flags of the rows in which something stood that could not be read."""
    return column.is_not_null() & parsed.is_null()


def not_a_price(column: pl.Series, parsed: pl.Series) -> pl.Series:
    """Flags of the rows whose price is unreadable, negative or not finite."""
    return unreadable(column, parsed) | ~(parsed.is_finite() & (parsed >= 0)).fill_null(value=True)


def keep_sound(table: Table, frame: pl.DataFrame, faults: Sequence[Fault], rejects: Rejects) -> pl.DataFrame:
    """Drop the rows with a fault and record them.

    Args:
        table: where the rows came from.
        frame: the parsed columns, aligned with the table.
        faults: in the order in which they are blamed.
        rejects: takes the bad rows.
    """
    blamed = pl.repeat(value=False, n=frame.height, eager=True)
    for fault in faults:
        new = (fault.bad & ~blamed).fill_null(value=False)
        if new.any():
            shown = _shown(raw(table, fault.column).filter(new), fault.shown) if fault.shown else None
            rejects.add_rows(table.file, table.frame[LINE].filter(new), fault.reason, fault.column, shown)
            blamed |= new
    return frame.filter(~blamed) if blamed.any() else frame


def _shown(values: pl.Series, pattern: str) -> pl.Series:
    """The values as text, null where they do not look like the column."""
    texts = values.cast(pl.String)
    return texts.zip_with(
        texts.str.contains(pattern).fill_null(value=False), pl.Series([None], dtype=pl.String)
    )
