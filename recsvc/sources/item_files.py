"""Item files of any known kind: our own, Merchant feeds, and what stores have."""

from collections.abc import Callable, Iterable
from pathlib import Path
from typing import NamedTuple

import msgspec
import polars as pl

from recsvc.domain.catalogue import Item
from recsvc.domain.errors import InputOutputError
from recsvc.files.items import ITEMS, SCHEMA, newest_items, read_item_table, to_items
from recsvc.files.rejects import Rejects
from recsvc.files.stock import STOCK, read_stock_table, stocked
from recsvc.files.tables import Paths, find_files, nothing_usable, read_tables
from recsvc.sources.merchant_feed import SUFFIXES, item_table, read_feed, stock_table
from recsvc.sources.recognised import FileKind, recognise


class ItemFiles(NamedTuple):
    """What some files say."""

    items: pl.DataFrame  # columns of files.items.SCHEMA and its open ones
    levels: list[pl.DataFrame]  # as read_stock_table answers them

    @property
    def total(self) -> int:
        """How many items are named."""
        named = [frame["item_id"] for frame in (self.items, *self.levels)]
        return pl.concat(named).n_unique()


def read_item_files(
    paths: Paths,
    *,
    timezone: str,
    rejects: Rejects,
    recognised: Callable[[Path, FileKind], None] = lambda *_: None,
) -> ItemFiles:
    """Read files of items and of stock, of whichever kind each is.

    Args:
        paths: files or directories.
        timezone: of times that name none.
        rejects: takes what is left out.
        recognised: is told of each file that is not our own items file.

    Raises:
        BadDataError: not one usable row, or a feed that cannot be read.
        InputOutputError: a path is missing or may not be read.
        UsageError: a package that the format needs is not installed.
    """
    frames: list[pl.DataFrame] = []
    levels: list[pl.DataFrame] = []
    for path in _files(paths):
        kind = recognise(path)
        if kind not in {FileKind.ITEMS, FileKind.UNKNOWN}:
            recognised(path, kind)
        if kind is FileKind.MERCHANT:
            frames.append(
                read_item_table(item_table(path, read_feed(path, rejects), rejects), timezone, rejects)
            )
        elif kind is FileKind.LOCAL_INVENTORY:
            levels.append(read_stock_table(stock_table(path, read_feed(path, rejects)), rejects))
        elif kind is FileKind.STOCK:
            levels += [read_stock_table(table, rejects) for table in read_tables(path, STOCK, rejects)]
        else:
            tables = read_tables(path, ITEMS, rejects)
            frames += [read_item_table(table, timezone, rejects) for table in tables]
    if not any(frame.height for frame in (*frames, *levels)):
        raise nothing_usable(paths, ITEMS, rejects)
    items = newest_items(frames, paths, rejects) if any(one.height for one in frames) else None
    return ItemFiles(pl.DataFrame(schema=SCHEMA) if items is None else items, levels)


def made_items(found: ItemFiles, catalogue: Iterable[Item], rejects: Rejects) -> list[Item]:
    """The items as they will be: what stores have stays with an item that is described anew.

    Args:
        found: what the files say.
        catalogue: the items as they are.
        rejects: takes stock of items that nobody described.
    """
    known = {item.item_id: item for item in catalogue}
    made: dict[str, Item] = {}
    for item in to_items(found.items):
        before = known.get(item.item_id)
        kept = {} if before is None else {"stock": before.stock, "counts": before.counts}
        made[item.item_id] = msgspec.structs.replace(item, **kept)
    if found.levels:
        news = stocked(found.levels, (known | made).get, rejects)
        made |= {item.item_id: item for item in news}
    return list(made.values())


def _files(paths: Paths) -> list[Path]:
    """The files that paths mean; a feed is read where it is named itself."""
    found: list[Path] = []
    for path in map(Path, [paths] if isinstance(paths, str | Path) else paths):
        if path.suffix.lower() not in SUFFIXES or path.is_dir():
            found += find_files(path)
        elif path.exists():
            found.append(path)
        else:
            raise InputOutputError(f"{path}: no such file or directory.")
    return found
