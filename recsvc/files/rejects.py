"""What a read left out: each row with its file, line and reason, never an id or anything else personal."""

from collections.abc import Iterable, Sequence
from pathlib import Path
from typing import Final

import polars as pl

REASONS: Final = {
    "malformed_file": "the file cannot be read in the format of its suffix",
    "missing_column": "the file lacks a required column",
    "wrong_type": "the column or the value is of a type that cannot be read here",
    "malformed_line": "the line is not a whole record of this format",
    "null_id": "an id that this row needs is missing",
    "missing_value": "a value that this row needs is missing",
    "unknown_kind": "the kind is not in the closed list of event kinds",
    "unreadable_time": "the time is not ISO 8601, a date or Unix seconds between the years 1900 and 2199",
    "future_time": "the time has not come yet",
    "bad_quantity": "the quantity is not a finite number above 0",
    "bad_till_quantity": "the quantity is 0 or no number",
    "bad_price": "the price is not a finite number of at least 0",
    "bad_number": "the value is not a finite number",
    "unknown_currency": "the currency is not a code of ISO 4217",
    "unknown_item": "the catalogue has no item of this id; import the items first",
    "conflicting_line": "what came before under the same id, of a till the same store, day, register, order "
    "and line, says something else and stays",
    "reserved_id": "a customer's id that begins as a name of another kind does",
    "unknown_availability": "the availability is not in_stock, out_of_stock, preorder or backorder",
}
"""Every reason a rejects file may name."""

ADVICE: Final = {
    "malformed_file": "Write the file again in the format of its suffix, or rename it.",
    "missing_column": "Add the column, or name it as docs/files.md does.",
    "wrong_type": "Write text or numbers; lists only in attr: columns.",
    "malformed_line": "Give the line as many fields as the first one has, in UTF-8 or CP932.",
    "null_id": "Fill in the id, or leave the row out.",
    "missing_value": "Fill in the value, or leave the row out.",
    "unknown_kind": "Use one of the kinds that docs/events.md lists.",
    "unreadable_time": "Write times like 2026-04-01T12:00:00+09:00.",
    "future_time": "Check the clock of whoever wrote the file, and pass its --timezone.",
    "bad_quantity": "Write how many as a number; what goes back is an event of kind return.",
    "bad_till_quantity": "Write how many as a number; what goes back as -1 or △1.",
    "bad_price": "Write the price per unit as a number of at least 0; a feed adds the currency.",
    "bad_number": "Write a number.",
    "unknown_currency": "Write a code like EUR or JPY.",
    "unknown_item": "Import the items first, or in the same call.",
    "conflicting_line": "Tell a correction as a return of the old line and a new line of another number; a "
    "till whose numbers start again within a day needs the column of its register.",
    "reserved_id": "Give the customer an id that begins with none of anon: card: line: shopify: email:.",
    "unknown_availability": "Write one of the four words.",
}
"""What to do about each of them."""

SHOWN_CHARACTERS = 60

_SCHEMA: Final = {
    "file": pl.String,
    "line": pl.Int64,
    "reason": pl.String,
    "column": pl.String,
    "value": pl.String,
}


class Rejects:
    """Counts and keeps what was left out of one or several reads.

    Attributes:
        counts: reason → rows; a file that cannot be read counts as one.
        read: rows seen, the rejected ones included.
        duplicates: rows left out because the same id came before; they are no rejects.
        zoneless: times that name no zone and were read in that of the call; they are no rejects either.
        broken: files that cannot be read, or not to their end.
    """

    def __init__(self) -> None:
        self.counts: dict[str, int] = {}
        self.read = 0
        self.duplicates = 0
        self.zoneless = 0
        self.broken: set[str] = set()
        self._ignored: dict[str, None] = {}
        self._frames: list[pl.DataFrame] = []

    @property
    def total(self) -> int:
        """Rows and files left out."""
        return sum(self.counts.values())

    @property
    def ignored_columns(self) -> list[str]:
        """Columns that no format names, in the order met."""
        return list(self._ignored)

    def add(self, file: str, line: int | None, reason: str, column: str | None = None) -> None:
        """Record one row, or with line None a whole file."""
        self.add_lines(file, [line], reason, column)

    def add_lines(
        self, file: str, lines: Sequence[int | None], reason: str, column: str | None = None
    ) -> None:
        """Record rows of one file by their lines."""
        self.add_rows(file, pl.Series(lines, dtype=pl.Int64), reason, column)

    def add_rows(
        self,
        file: str,
        lines: pl.Series,
        reason: str,
        column: str | None = None,
        values: pl.Series | None = None,
    ) -> None:
        """Record rows of one file.

        Args:
            file: as shown to people.
            lines: data lines, from 1.
            reason: a key of REASONS.
            column: the offending column.
            values: what stood there, aligned with lines; only for columns that hold nothing personal.
        """
        if lines.is_empty():
            return
        self.counts[reason] = self.counts.get(reason, 0) + len(lines)
        shown = None if values is None else values.cast(pl.String).str.slice(0, SHOWN_CHARACTERS)
        self._frames.append(
            pl.DataFrame({"line": lines.cast(pl.Int64)}).select(
                pl.lit(file).alias("file"),
                "line",
                pl.lit(reason).alias("reason"),
                pl.lit(column, dtype=pl.String).alias("column"),
                pl.lit(shown if shown is not None else None, dtype=pl.String).alias("value"),
            )
        )

    def count_rows(self, file: str, rows: int, reason: str, column: str | None = None) -> None:
        """Record rows of one file whose places nobody knows: one line that says how many they are."""
        self.add_rows(file, pl.Series([None], dtype=pl.Int64), reason, column, pl.Series([f"{rows} rows"]))
        self.counts[reason] += rows - 1

    def ignore_columns(self, names: Iterable[str]) -> None:
        """Record columns that are not read; those that begin with `_` are notes of whoever wrote the file."""
        self._ignored.update(dict.fromkeys(name for name in names if not name.startswith("_")))

    def frame(self) -> pl.DataFrame:
        """All rejects: file, line (null = the whole file), reason, column, value."""
        return pl.concat(self._frames) if self._frames else pl.DataFrame(schema=_SCHEMA)

    def write(self, path: Path) -> None:
        """Write one JSON object a line, with the reason in words; replaces what was there."""
        path.parent.mkdir(parents=True, exist_ok=True)
        words = pl.col("reason").replace_strict(REASONS, return_dtype=pl.String).alias("text")
        self.frame().with_columns(words).write_ndjson(path)
