"""Recognised files: what a file holds, by the names of its columns, before anything of it is read."""

from collections.abc import Collection
from enum import StrEnum
from pathlib import Path

import msgspec
import polars as pl

from recsvc.domain.errors import InputOutputError
from recsvc.files.delimited import decode
from recsvc.sources.merchant_feed import first_names, is_local_inventory, is_products
from recsvc.sources.pos_csv import is_pos

HEAD_BYTES = 65_536
SEPARATORS = {".csv": ",", ".tsv": "\t", ".txt": "\t"}


class FileKind(StrEnum):
    """What a file may hold."""

    EVENTS = "events"
    POS = "lines of a point of sale"
    ITEMS = "items"
    STOCK = "stock of stores"
    MERCHANT = "a Google Merchant feed"
    LOCAL_INVENTORY = "a Google local inventory"
    FACTS = "facts"
    UNKNOWN = "unknown"


def recognise(path: Path) -> FileKind:
    """Say what a file holds; UNKNOWN where its columns tell nothing.

    Raises:
        BadDataError: it is text in an encoding that is not read.
        InputOutputError: it may not be read.
        UsageError: a package that its format needs is not installed.
    """
    try:
        names = _columns(path)
    except OSError as error:
        raise InputOutputError(f"{path}: cannot be read ({error.strerror or error}).") from error
    columns = set(names)
    signs = {
        FileKind.POS: path.suffix.lower() == ".csv" and is_pos(columns),
        FileKind.FACTS: {"fact", "value"} <= columns,
        FileKind.EVENTS: {"visitor_id", "item_id"} <= columns,
        FileKind.STOCK: {"item_id", "store_id", "quantity"} <= columns,
        FileKind.ITEMS: "item_id" in columns,
        FileKind.LOCAL_INVENTORY: is_local_inventory(columns),
        FileKind.MERCHANT: is_products(columns),
    }
    return next((kind for kind, is_so in signs.items() if is_so), FileKind.UNKNOWN)


def _columns(path: Path) -> Collection[str]:
    suffix = path.suffix.lower()
    if suffix == ".parquet":
        try:
            return list(pl.read_parquet_schema(path))
        except (pl.exceptions.PolarsError, pl.exceptions.PanicException):
            return []
    if suffix in {".xml", ".json"}:
        return first_names(path)
    with path.open("rb") as stream:
        head, _ = decode(stream.read(HEAD_BYTES), str(path))
    first = head.partition("\n")[0]
    if suffix in SEPARATORS:
        return [name.strip().strip('"') for name in first.split(SEPARATORS[suffix])]
    return _members(first) if suffix in {".ndjson", ".jsonl"} else []


def _members(line: str) -> Collection[str]:
    try:
        return msgspec.json.decode(line, type=dict[str, object])
    except (msgspec.MsgspecError, RecursionError, ValueError):
        return []
