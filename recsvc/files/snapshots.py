"""Snapshots: the catalogue, and what visitors said, as they stand; the same state gives the same bytes."""

from collections.abc import Iterable
from datetime import UTC, datetime
from pathlib import Path
from typing import Final

import polars as pl

from recsvc.domain.catalogue import Item
from recsvc.domain.profile import FactValue
from recsvc.files.items import SCHEMA as ITEMS_SCHEMA
from recsvc.files.moments import MOMENT, parse_moments
from recsvc.files.whole import write_whole

ITEMS: Final = "items.parquet"
WORDS: Final = "facts-words.parquet"
SEGMENTS: Final = "segments.parquet"
NUMBERS: Final = "facts-numbers.parquet"
"""Facts that are numbers are so by the type of their column."""

_PLAIN: Final = [name for name in ITEMS_SCHEMA if name not in {"availability", "available_from"}]
_TIMES: Final = ("answered_at", "expires_at")

Fact = tuple[str, str, FactValue]


def write_items(directory: Path, items: Iterable[Item]) -> int:
    """Write the catalogue as the items file has it; how many items there are. Stock is not in that format."""
    rows = sorted(items, key=lambda item: item.item_id)
    columns: dict[str, pl.Series] = {
        name: pl.Series([getattr(item, name) for item in rows], dtype=ITEMS_SCHEMA[name]) for name in _PLAIN
    }
    columns["availability"] = pl.Series([item.availability.value for item in rows], dtype=pl.String)
    starts = pl.Series([item.available_from for item in rows], dtype=pl.String)
    columns["available_from"] = parse_moments(starts, "UTC")
    for locale in sorted({locale for item in rows for locale in item.titles}):
        columns[f"title:{locale}"] = pl.Series([item.titles.get(locale) for item in rows], dtype=pl.String)
    for name in sorted({name for item in rows for name in item.attributes}):
        values = [list(item.attributes.get(name, ())) or None for item in rows]
        columns[f"attr:{name}"] = pl.Series(values, dtype=pl.List(pl.String))
    write_whole(pl.DataFrame(columns), directory / ITEMS)
    return len(rows)


def write_facts(directory: Path, facts: Iterable[Fact]) -> int:
    """Write facts as the facts file has them, one row a value; how many rows there are."""
    words: list[tuple[object, ...]] = []
    numbers: list[tuple[object, ...]] = []
    for visitor_id, fact, value in facts:
        told = (_moment(value.answered_at), _moment(value.expires_at), value.purpose)
        if isinstance(value.values, tuple):
            words += ((visitor_id, fact, choice, *told) for choice in value.values)
        else:
            numbers.append((visitor_id, fact, value.values, *told))
    write_whole(_frame(words, pl.String()), directory / WORDS)
    write_whole(_frame(numbers, pl.Float64()), directory / NUMBERS)
    return len(words) + len(numbers)


def write_segments(directory: Path, members: Iterable[tuple[str, str]]) -> int:
    """Write who is in which segment, one row each; how many rows there are."""
    schema = {"visitor_id": pl.String(), "segment": pl.String()}
    frame = pl.DataFrame(list(members), schema=schema, orient="row")
    write_whole(frame, directory / SEGMENTS)
    return len(frame)


def _frame(rows: list[tuple[object, ...]], value: pl.DataType) -> pl.DataFrame:
    text = dict.fromkeys(("visitor_id", "fact"), pl.String())
    schema = {**text, "value": value, **dict.fromkeys(_TIMES, MOMENT), "purpose": pl.String()}
    return pl.DataFrame(rows, schema=schema, orient="row")


def _moment(at: float | None) -> datetime | None:
    return None if at is None else datetime.fromtimestamp(at, UTC)
