"""Lines of a point of sale, CSV with Japanese or English headers, as rows of the events file."""

import unicodedata
from collections.abc import Collection
from pathlib import Path
from typing import Final

import polars as pl

from recsvc.domain.currencies import CURRENCIES
from recsvc.domain.events import EventKind
from recsvc.domain.identity import ANONYMOUS, PREFIXES, IdentityKind
from recsvc.files.columns import CODE, NUMBER, TIME, Fault, keep_sound, raw, text_of, unreadable
from recsvc.files.delimited import LINE, read_csv
from recsvc.files.events import SCHEMA
from recsvc.files.moments import parse_moments
from recsvc.files.rejects import Rejects
from recsvc.files.tables import Table

HEADERS: Final = {
    "order_id": "order_id receipt_no receipt_id 伝票番号 取引id 取引番号 レシート番号 注文番号",
    "line_no": "line_no line line_number 明細番号 明細id 取引明細id 行番号 行no",
    "occurred_at": "occurred_at sold_at datetime timestamp 取引日時 販売日時 売上日時 日時",
    "date": "date sale_date 取引日 売上日 販売日 日付",
    "time": "time sale_time 取引時刻 販売時刻 時刻 時間",
    "store_id": "store_id store store_code 店舗id 店舗コード 店舗番号 店舗",
    "channel": "channel チャネル 販売チャネル",
    "member_id": "member_id loyalty_card card_no 会員番号 会員id 会員コード 会員カード番号",
    "customer_id": "customer_id customer_code 顧客id 顧客コード 顧客番号",
    "item_id": "product_id item_id 商品id 商品番号",
    "sku": "sku product_code 商品コード 品番",
    "jan": "jan jan_code barcode janコード バーコード",
    "quantity": "quantity qty 数量 点数 個数",
    "price": "unit_price price 単価 販売単価",
    "currency": "currency 通貨",
}
"""Our name of a column → the headers that mean it, after _plain; the first one of a file counts."""

RESERVED: Final = f"^({'|'.join(PREFIXES.values())})"
ITEMS: Final = ("item_id", "sku", "jan")
NEEDED: Final = frozenset({"order_id", "line_no", "quantity"})
_MEANT: Final = {header: name for name, headers in HEADERS.items() for header in headers.split()}


def is_pos(headers: Collection[str]) -> bool:
    """Whether a file with these headers holds lines of a point of sale: they name an order and its line."""
    names = {_MEANT.get(_plain(header)) for header in headers}
    return names >= NEEDED and not names.isdisjoint(ITEMS) and "visitor_id" not in headers


def read_pos(path: Path, rejects: Rejects, timezone: str) -> pl.DataFrame:
    """Read one file; what is bought with a negative quantity is a return.

    A line is known by its store, order and line, so a file may be read again, and sales and returns stand in
    any order. A member is the loyalty card of that number, a customer the shop's own. Lines of nobody's order
    belong to a visitor of that order alone.

    Returns:
        Columns of files.events.SCHEMA.
    """
    found = read_csv(path, str(path), rejects)
    names: dict[str, str] = {}
    for header in found.columns:
        name = _MEANT.get(_plain(header))
        if name is not None and name not in names.values():
            names[header] = name
    rejects.ignore_columns(one for one in found.columns if one not in names and one != LINE)
    table = Table(str(path), found.select(LINE, *names).rename(names), separated=True)
    return _checked(_with_moment(table), timezone, rejects)


def _plain(header: str) -> str:
    """A header without width, case and space: `ＪＡＮ コード` is `janコード`."""
    return (
        unicodedata.normalize("NFKC", header)
        .strip()
        .casefold()
        .replace(" ", "_")
        .replace("_コード", "コード")
    )


def _with_moment(table: Table) -> Table:
    """Day and time of day as one text where they stand apart."""
    frame = table.frame
    if "occurred_at" in frame.columns or "date" not in frame.columns:
        return table
    at = pl.concat_str("date", "time", separator=" ") if "time" in frame.columns else pl.lit(None, pl.String)
    return table._replace(frame=frame.with_columns(pl.coalesce(at, "date").alias("occurred_at")))


def _checked(table: Table, timezone: str, rejects: Rejects) -> pl.DataFrame:
    quantities, prices, times = raw(table, "quantity"), raw(table, "price"), raw(table, "occurred_at")
    quantity, price = _amounts(quantities), _amounts(prices)
    frame = pl.DataFrame(
        {
            **{
                name: text_of(table, name)
                for name in ("order_id", "line_no", "store_id", "member_id", "customer_id", "channel")
            },
            "item_id": pl.select(pl.coalesce(text_of(table, name) for name in ITEMS)).to_series(),
            "occurred_at": parse_moments(times, timezone),
            "quantity": quantity,
            "price": pl.select(pl.when(quantity < 0).then(price.abs()).otherwise(price)).to_series(),
            "currency": text_of(table, "currency").str.strip_chars().str.to_uppercase(),
        }
    )
    many_stores = "store_id" in table.frame.columns
    faults = [
        *(Fault("null_id", name, frame[name].is_null()) for name in ("order_id", "line_no", "item_id")),
        Fault("null_id", "store_id", frame["store_id"].is_null() & many_stores),
        Fault("unreadable_time", "occurred_at", unreadable(times, frame["occurred_at"]), shown=TIME),
        Fault(
            "bad_quantity",
            "quantity",
            ~(quantity.is_finite() & (quantity != 0)).fill_null(value=False),
            NUMBER,
        ),
        Fault("bad_price", "price", unreadable(prices, price) | _below_zero(frame["price"]), shown=NUMBER),
        Fault("unknown_currency", "currency", ~frame["currency"].is_in(list(CURRENCIES)), shown=CODE),
        Fault("reserved_id", "customer_id", frame["customer_id"].str.contains(RESERVED)),
        Fault("conflicting_line", "line_no", _conflicts(frame)),
    ]
    return _events(keep_sound(table, frame, faults, rejects))


def _conflicts(frame: pl.DataFrame) -> pl.Series:
    """Flags of the lines that an earlier one of the same store, order and line contradicts."""
    told = ("item_id", "quantity", "price", "occurred_at", "member_id", "customer_id")
    said = pl.struct(told).struct.json_encode()
    key = (pl.col("store_id"), pl.col("order_id"), pl.col("line_no"), pl.col("quantity") < 0)
    return frame.select(said != said.first().over(key)).to_series()


def _below_zero(price: pl.Series) -> pl.Series:
    return ~(price.is_finite() & (price >= 0)).fill_null(value=True)


def _amounts(column: pl.Series) -> pl.Series:
    """Numbers as tills print them: `1,280`, `¥1,280`, `１２８０円`, and `△3` or `▲3` for what goes back."""
    text = (
        pl.col("text").str.normalize("NFKC").str.replace_all(r"[,\s¥円$€]", "").str.replace(r"^[△▲−–]", "-")
    )
    return (
        pl.DataFrame({"text": column.cast(pl.String)}).select(text.cast(pl.Float64, strict=False)).to_series()
    )


def _events(lines: pl.DataFrame) -> pl.DataFrame:
    """Lines as rows of the events file."""
    back = pl.col("quantity") < 0
    store = pl.col("store_id").fill_null("")
    kind = pl.when(back).then(pl.lit(EventKind.RETURN.value)).otherwise(pl.lit(EventKind.PURCHASE.value))
    nobody = pl.concat_str(pl.lit(f"{ANONYMOUS}pos:"), store, pl.lit(":"), "order_id")
    card = pl.lit(PREFIXES[IdentityKind.LOYALTY_CARD]) + pl.col("member_id")
    line = pl.concat_str(pl.lit("pos:"), store, pl.lit(":"), "order_id", pl.lit(":"), "line_no")
    return lines.with_columns(
        pl.coalesce("customer_id", card, nobody).alias("visitor_id"),
        kind.alias("kind"),
        pl.when(back).then(line + ":return").otherwise(line).alias("event_id"),
        pl.col("quantity").abs(),
        pl.col("channel").fill_null("pos"),
    ).select(pl.col(name).cast(dtype) for name, dtype in SCHEMA.items())
