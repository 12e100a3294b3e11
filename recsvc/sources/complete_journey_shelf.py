"""What a shelf of the demo shop says: prices in yen, and sizes that somebody buys."""

from typing import Final

import polars as pl

YEN_PER_DOLLAR: Final = 150
"""The shop of the demo is in Japan, and has one currency."""

_CRATE: Final = r"^(1[5-9]|[2-9]\d) LB|\d\d CT"
"""Sizes in which a greengrocer is supplied; nobody buys bananas by 40 pounds."""


def paid_in_yen() -> pl.Expr:
    """What was paid for a piece, in whole yen."""
    return (pl.col("sales_value") / pl.col("quantity") * YEN_PER_DOLLAR).round()


def shelf_price() -> pl.Expr:
    """The `price` paid as on the shelves of a Japanese supermarket, ending in eight: ¥98, ¥158, ¥298."""
    return ((pl.col("price") / 10).round() * 10 - 2).clip(lower_bound=8)


def sold_size() -> pl.Expr:
    """The `package_size`, but none where it is that of a crate."""
    is_crate = (pl.col("department") == "PRODUCE") & pl.col("package_size").str.contains(_CRATE)
    return pl.when(is_crate).then(None).otherwise("package_size")
