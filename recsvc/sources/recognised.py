"""Recognised files: what a file holds, by the names of its columns, before anything of it is read."""

from collections.abc import Collection
from enum import StrEnum
from pathlib import Path

import msgspec
import polars as pl

from recsvc.domain.errors import InputOutputError
from recsvc.files.delimited import decode
from recsvc.sources.pos_csv import is_pos

HEAD_BYTES = 65_536


class FileKind(StrEnum):
    """What a file may hold."""

    EVENTS = "events"
    POS = "lines of a point of sale"
    ITEMS = "items"
    FACTS = "facts"
    UNKNOWN = "unknown"


def recognise(path: Path) -> FileKind:
    """Say what a file holds; UNKNOWN where its columns tell nothing.

    Raises:
        InputOutputError: it may not be read.
    """
    try:
        names = _columns(path)
    except OSError as error:
        raise InputOutputError(f"{path}: cannot be read ({error.strerror or error}).") from error
    if path.suffix.lower() == ".csv" and is_pos(names):
        return FileKind.POS
    if {"fact", "value"} <= set(names):
        return FileKind.FACTS
    if {"visitor_id", "item_id"} <= set(names):
        return FileKind.EVENTS
    return FileKind.ITEMS if "item_id" in names else FileKind.UNKNOWN


def _columns(path: Path) -> Collection[str]:
    suffix = path.suffix.lower()
    if suffix == ".parquet":
        try:
            return list(pl.read_parquet_schema(path))
        except (pl.exceptions.PolarsError, pl.exceptions.PanicException):
            return []
    with path.open("rb") as stream:
        head, _ = decode(stream.read(HEAD_BYTES))
    first = head.partition("\n")[0]
    if suffix == ".csv":
        return [name.strip().strip('"') for name in first.split(",")]
    return _members(first) if suffix in {".ndjson", ".jsonl"} else []


def _members(line: str) -> Collection[str]:
    try:
        return msgspec.json.decode(line, type=dict[str, object])
    except (msgspec.MsgspecError, RecursionError, ValueError):
        return []
