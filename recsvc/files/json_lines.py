"""NDJSON: one object a line, values brought to columns of text; lists only where a column may hold them."""

from collections.abc import Callable, Iterable
from pathlib import Path
from typing import Any, Final

import msgspec
import polars as pl

from recsvc.files.delimited import LINE, decode
from recsvc.files.rejects import Rejects

NUMBER_OF: Final = "#number:{}"
"""Column that holds the numbers of a column whose numbers and texts differ in meaning."""

_LARGEST: Final = 2**63
_NUMBERS: Final = {int, float}


def read_json_lines(
    path: Path, file: str, wanted: Callable[[str], bool], rejects: Rejects, apart: tuple[str, ...] = ()
) -> pl.DataFrame:
    """Read the wanted columns, with the column LINE.

    Args:
        path: the file.
        file: its name for the rejects.
        wanted: whether a column is read; `attr:` columns may hold lists.
        rejects: takes the lines that are no objects, and values of a wrong type.
        apart: columns whose numbers go into a column of their own (NUMBER_OF), not into the text.
    """
    rows, lines = _objects(*decode(path.read_bytes(), file), file, rejects)
    names = dict.fromkeys(name for row in rows for name in row)
    rejects.ignore_columns(name for name in names if not wanted(name))
    columns: dict[str, pl.Series] = {}
    wrong: dict[int, str] = {}
    for name in filter(wanted, names):
        values: list[Any] = [row.get(name) for row in rows]
        if name.startswith("attr:"):
            columns[name] = pl.Series(name, [_list(value) for value in values], dtype=pl.List(pl.String))
            continue
        if name in apart:
            numbers = [float(value) if type(value) in _NUMBERS else None for value in values]
            columns[NUMBER_OF.format(name)] = pl.Series(numbers, dtype=pl.Float64)
            values = [None if type(value) in _NUMBERS else value for value in values]
        texts = [_text(value) for value in values]
        columns[name] = pl.Series(name, texts, dtype=pl.String)
        for row, (value, text) in enumerate(zip(values, texts, strict=True)):
            if text is None and value is not None and value != "":
                wrong.setdefault(row, name)
    for row, name in wrong.items():
        rejects.add(file, lines[row], "wrong_type", name)
    table = pl.DataFrame({LINE: pl.Series(lines, dtype=pl.Int64), **columns})
    kept = pl.Series([row not in wrong for row in range(len(rows))], dtype=pl.Boolean)
    return table.filter(kept) if wrong else table


def _objects(
    text: str, broken: str | None, file: str, rejects: Rejects
) -> tuple[list[dict[str, Any]], list[int]]:
    read = msgspec.json.Decoder().decode
    rows: list[dict[str, Any]] = []
    lines: list[int] = []
    bad: list[int] = []
    for line, record in enumerate(text.split("\n"), 1):
        if not record or record.isspace():
            continue
        try:
            row = read(record)
        except (msgspec.MsgspecError, RecursionError, ValueError):
            row = None
        if isinstance(row, dict) and not (broken and broken in record):
            rows.append(row)
            lines.append(line)
        else:
            bad.append(line)
    rejects.read += len(rows) + len(bad)
    rejects.add_rows(file, pl.Series(bad, dtype=pl.Int64), "malformed_line")
    return rows, lines


def _text(value: Any) -> str | None:
    """Text as it is, numbers as text; everything else is no value of a cell."""
    if type(value) is str:
        return value or None
    if type(value) is int and abs(value) < _LARGEST:
        return str(value)
    if type(value) is float:
        return str(int(value)) if value.is_integer() and abs(value) < _LARGEST else repr(value)
    return None


def _list(value: Any) -> list[str] | None:
    values: Iterable[Any] = value if isinstance(value, list) else [value]
    return [text for text in map(_text, values) if text is not None] or None
