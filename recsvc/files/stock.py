"""The stock file: how many of an item each store has, one store and item a row."""

from collections.abc import Callable, Iterator, Sequence
from typing import Final

import msgspec
import polars as pl

from recsvc.domain.catalogue import Item
from recsvc.files.columns import NUMBER, Fault, keep_sound, numbers, raw, text_of
from recsvc.files.delimited import LINE
from recsvc.files.rejects import Rejects
from recsvc.files.tables import Layout, Table

STOCK: Final = Layout(
    name="stock",
    required=("item_id", "store_id", "quantity"),
    optional=(),
    expects="the columns item_id, store_id and quantity (a number of at least 0)",
)
MOST: Final = 1e9
"""Of one item in one store, as the API has it."""


def read_stock_table(table: Table, rejects: Rejects) -> pl.DataFrame:
    """Parse and check the rows of one table.

    Returns:
        file, line, item_id, store_id (String) and quantity (Float64, at least 0).
    """
    quantities = raw(table, "quantity")
    quantity = numbers(quantities)
    frame = pl.DataFrame(
        {
            "line": table.frame[LINE].cast(pl.Int64),
            "item_id": text_of(table, "item_id"),
            "store_id": text_of(table, "store_id"),
            "quantity": quantity,
        }
    )
    wrong = ~(quantity.is_finite() & (quantity >= 0) & (quantity <= MOST)).fill_null(value=False)
    faults = [
        Fault("null_id", "item_id", frame["item_id"].is_null()),
        Fault("null_id", "store_id", frame["store_id"].is_null()),
        Fault("missing_value", "quantity", quantities.is_null()),
        Fault("bad_number", "quantity", wrong, shown=NUMBER),
    ]
    sound = keep_sound(table, frame, faults, rejects)
    return sound.select(pl.lit(table.file).alias("file"), pl.all())


def stocked(
    levels: Sequence[pl.DataFrame], known: Callable[[str], Item | None], rejects: Rejects
) -> Iterator[Item]:
    """The items of some levels, with these in place of what the same stores had; other stores stay.

    Args:
        levels: frames as read_stock_table answers them; of one item and store the last row holds.
        known: the item of an id, as it will be before this; rows of others are rejected.
        rejects: takes those.
    """
    rows = pl.concat(levels).unique(["item_id", "store_id"], keep="last", maintain_order=True)
    for _, own in rows.group_by("item_id", maintain_order=True):
        item = known(own["item_id"][0])
        if item is None:
            for file, line in own.select("file", "line").iter_rows():
                rejects.add(file, line, "unknown_item", "item_id")
        else:
            news = dict(own.select("store_id", "quantity").iter_rows())
            yield msgspec.structs.replace(item, stock=item.stock | news)
