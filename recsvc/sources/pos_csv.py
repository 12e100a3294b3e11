"""Lines of a point of sale, CSV with Japanese or English headers, as rows of the events file."""

import re
import unicodedata
from collections.abc import Collection
from pathlib import Path
from typing import Final

import polars as pl

from recsvc.domain.currencies import CURRENCIES
from recsvc.domain.errors import BadDataError
from recsvc.domain.events import EventKind
from recsvc.domain.identity import ANONYMOUS, PREFIXES, IdentityKind
from recsvc.files.columns import CODE, NUMBER, TIME, Fault, keep_sound, raw, text_of, unreadable
from recsvc.files.delimited import LINE, read_csv
from recsvc.files.events import SCHEMA, placed
from recsvc.files.moments import days, parse_moments, zoneless
from recsvc.files.rejects import Rejects
from recsvc.files.tables import Layout, Table

HEADERS: Final = {
    "business_date": "business_date business_day 営業日 精算日",
    "register_id": "register_id register register_no till_no terminal_id pos_no レジ番号 レジid レジ",
    "order_id": "order_id receipt_no receipt_id 伝票番号 取引番号 取引id レシート番号 注文番号 売上番号",
    "line_no": "line_no line line_number 明細番号 明細id 取引明細id 行番号 明細行番号 枝番",
    "occurred_at": "occurred_at sold_at datetime timestamp 取引日時 販売日時 売上日時 会計日時 日時",
    "date": "date sale_date 取引日 売上日 販売日 会計日 日付",
    "time": "time sale_time 取引時刻 取引時間 販売時刻 売上時刻 時刻 時間",
    "store_id": "store_id store store_code 店舗id 店舗コード 店舗番号 店舗",
    "channel": "channel チャネル 販売チャネル",
    "member_id": "member_id loyalty_card card_no 会員番号 会員id 会員コード 会員カード番号",
    "customer_id": "customer_id customer_code 顧客id 顧客コード 顧客番号",
    "item_id": "product_id item_id 商品id 商品番号",
    "sku": "sku product_code 商品コード 品番",
    "jan": "jan jan_code barcode ean janコード バーコード",
    "quantity": "quantity qty 数量 販売数量 売上数量 点数 個数",
    "price": "unit_price price 単価 販売単価 売単価",
    "currency": "currency 通貨",
}
"""Our name of a column → the headers that mean it, after _plain; the first one of a file counts."""

RESERVED: Final = f"^({'|'.join(PREFIXES.values())})"
ITEMS: Final = ("item_id", "sku", "jan")
NEEDED: Final = {
    "its order": ("order_id",),
    "its line within the order": ("line_no",),
    "its quantity": ("quantity",),
    "its item": ITEMS,
}
"""What a line must say, and the columns of which one says it."""
ENOUGH: Final = 3
"""So many of these make a till of a file; what is missing is then told."""
TILL: Final = Layout(
    name="lines of a till",
    required=("order_id", "line_no", "quantity"),
    optional=tuple(HEADERS),
    expects="; ".join(
        f"{what} ({', '.join(HEADERS[columns[0]].split())})" for what, columns in NEEDED.items()
    ),
)


def _plain(header: str) -> str:
    """A header without width, case, spaces, marks and the words in brackets: `伝票Ｎｏ．` is `伝票番号`."""
    bare = re.sub(r"\(.*\)|[\s_.#・-]", "", unicodedata.normalize("NFKC", header)).casefold()
    return re.sub(r"(?<=[^\x00-\x7f])(no|cd)$", lambda found: {"no": "番号", "cd": "コード"}[found[1]], bare)


_MEANT: Final = {_plain(header): name for name, headers in HEADERS.items() for header in headers.split()}


def is_pos(headers: Collection[str]) -> bool:
    """Whether a file with these headers holds lines of a point of sale, if with a column too few."""
    names = {_MEANT.get(_plain(header)) for header in headers}
    said = [what for what, columns in NEEDED.items() if not names.isdisjoint(columns)]
    return len(said) >= ENOUGH and "visitor_id" not in headers


def read_pos(path: Path, rejects: Rejects, timezone: str) -> pl.DataFrame:
    """Read one file; what is bought with a negative quantity is a return.

    A line is known by its store, day, register, order and line, so a file may be read again, and sales and
    returns stand in any order; numbers of receipts that start again every day are as many orders. A member is
    the loyalty card of that number, a customer the shop's own. Lines of nobody's order belong to a visitor of
    that order alone.

    Returns:
        Columns of files.events.PLACED.

    Raises:
        BadDataError: a column is missing that every line needs.
    """
    found = read_csv(path, str(path), rejects)
    headers = [name for name in found.columns if name != LINE]
    names: dict[str, str] = {}
    for header in headers:
        name = _MEANT.get(_plain(header))
        if name is not None and name not in names.values():
            names[header] = name
    _check(str(path), names.values(), headers)
    rejects.ignore_columns(one for one in headers if one not in names)
    table = Table(str(path), found.select(LINE, *names).rename(names), separated=True)
    return _checked(_with_moment(table), timezone, rejects)


def _check(file: str, names: Collection[str], headers: Collection[str]) -> None:
    """Refuse a file that does not say everything a line needs.

    Raises:
        BadDataError: what is missing, and how it may be called.
    """
    for what, columns in NEEDED.items():
        if not any(name in names for name in columns):
            known = ", ".join(header for name in columns for header in HEADERS[name].split())
            raise BadDataError(
                f"{file} looks like lines of a till, but no column is {what}. It may be called {known}; the "
                f"file has {', '.join(headers)}. Rename the column, or see docs/files.md."
            )


def _with_moment(table: Table) -> Table:
    """Day and time of day as one text where they stand apart."""
    frame = table.frame
    day = next((name for name in ("date", "business_date") if name in frame.columns), None)
    if "occurred_at" in frame.columns or day is None:
        return table
    at = pl.concat_str(day, "time", separator=" ") if "time" in frame.columns else pl.lit(None, pl.String)
    return table._replace(frame=frame.with_columns(pl.coalesce(at, day).alias("occurred_at")))


def _checked(table: Table, timezone: str, rejects: Rejects) -> pl.DataFrame:
    quantities, prices, times = raw(table, "quantity"), raw(table, "price"), raw(table, "occurred_at")
    quantity, price = _amounts(quantities), _amounts(prices)
    frame = pl.DataFrame(
        {
            **{
                name: text_of(table, name)
                for name in ("line_no", "store_id", "member_id", "customer_id", "channel")
            },
            LINE: table.frame[LINE],
            "order_id": _orders(table),
            "item_id": pl.select(pl.coalesce(text_of(table, name) for name in ITEMS)).to_series(),
            "occurred_at": parse_moments(times, timezone),
            "quantity": quantity,
            "price": pl.select(pl.when(quantity < 0).then(price.abs()).otherwise(price)).to_series(),
            "currency": text_of(table, "currency").str.strip_chars().str.to_uppercase(),
        }
    )
    rejects.zoneless += zoneless(times)
    many_stores = "store_id" in table.frame.columns
    faults = [
        *(Fault("null_id", name, frame[name].is_null()) for name in ("order_id", "line_no", "item_id")),
        Fault("null_id", "store_id", frame["store_id"].is_null() & many_stores),
        Fault("unreadable_time", "occurred_at", unreadable(times, frame["occurred_at"]), shown=TIME),
        Fault(
            "bad_till_quantity",
            "quantity",
            ~(quantity.is_finite() & (quantity != 0)).fill_null(value=False),
            NUMBER,
        ),
        Fault("bad_price", "price", unreadable(prices, price) | _below_zero(frame["price"]), shown=NUMBER),
        Fault("unknown_currency", "currency", ~frame["currency"].is_in(list(CURRENCIES)), shown=CODE),
        Fault("reserved_id", "customer_id", frame["customer_id"].str.contains(RESERVED)),
    ]
    return placed(_events(keep_sound(table, frame, faults, rejects)), table.file)


def _orders(table: Table) -> pl.Series:
    """What tells one order of a store from all others: its day, its register and its number.

    The day is the till's own where the file says it, else that of the time as it is written: the zone that a
    call names must not make another order of it.
    """
    day = pl.select(
        pl.coalesce(days(raw(table, name)) for name in ("business_date", "occurred_at"))
    ).to_series()
    before = [(part + ":").fill_null("") for part in (day, text_of(table, "register_id"))]
    return pl.select(pl.concat_str(*before, text_of(table, "order_id"))).to_series()


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
    ).select(*SCHEMA, LINE)
