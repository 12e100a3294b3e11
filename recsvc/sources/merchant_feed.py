"""Google Merchant feeds, XML, TSV, CSV or JSON: products as items, the local inventory as stock of stores."""

import re
from collections.abc import Iterator
from pathlib import Path
from typing import Any, Final

import msgspec
import polars as pl

from recsvc.domain.errors import BadDataError, UsageError
from recsvc.files.delimited import LINE, read_csv
from recsvc.files.rejects import Rejects
from recsvc.files.tables import Table

SUFFIXES: Final = (".xml", ".tsv", ".txt", ".json", ".csv")
MOST_BYTES: Final = 512 * 1024 * 1024
MOST_NUMBER: Final = 1e15
PIECES: Final = frozenset({"item", "entry", "product"})
"""What one product is called in RSS, in Atom, and without either."""

ITEM_COLUMNS: Final = {
    "id": "item_id",
    "item_group_id": "item_group_id",
    "title": "title",
    "product_type": "category",
    "brand": "brand",
    "availability_date": "available_from",
    "image_link": "image_link",
    "link": "link",
}
ATTRIBUTES: Final = (
    *("color", "size", "material", "pattern", "gender", "age_group", "condition"),
    "google_product_category",
)
STOCK_COLUMNS: Final = {"id": "item_id", "store_code": "store_id", "quantity": "quantity"}
AMOUNT: Final = r"^\s*([0-9][0-9,]*(?:\.[0-9]+)?)\s*([A-Za-z]{3})?\s*$"


def is_local_inventory(names: Any) -> bool:
    """Whether a feed with these attributes tells what stores have."""
    return {"id", "store_code"} <= {_plain(name) for name in names}


def is_products(names: Any) -> bool:
    """Whether a feed with these attributes tells of products."""
    plain = {_plain(name) for name in names}
    return "id" in plain and not plain.isdisjoint({"title", "price", "availability", "image_link"})


def read_feed(path: Path, rejects: Rejects) -> pl.DataFrame:
    """Read the rows of a feed as text, named as Google's attributes with underscores, with LINE.

    Raises:
        BadDataError: the file is too large, or no whole document of its format.
    """
    if path.stat().st_size > MOST_BYTES:
        raise BadDataError(f"{path}: feeds of more than {MOST_BYTES >> 20} MB are not read; split it.")
    suffix = path.suffix.lower()
    if suffix in {".tsv", ".txt", ".csv"}:
        found = read_csv(path, str(path), rejects, "," if suffix == ".csv" else "\t")
        return found.rename({name: _plain(name) for name in found.columns if name != LINE})
    rows = list(_xml_rows(path) if suffix == ".xml" else _json_rows(path))
    rejects.read += len(rows)
    names = dict.fromkeys(name for row in rows for name in row)
    columns = {name: pl.Series([row.get(name) for row in rows], dtype=pl.String) for name in names}
    return pl.DataFrame({LINE: pl.Series(range(1, len(rows) + 1), dtype=pl.Int64), **columns})


def item_table(path: Path, feed: pl.DataFrame, rejects: Rejects) -> Table:
    """The rows of a feed with the columns of the items file."""
    known = {*ITEM_COLUMNS, *ATTRIBUTES, "price", "sale_price", "availability", "additional_image_link", LINE}
    rejects.ignore_columns(name for name in feed.columns if name not in known)
    word = pl.col("availability").str.strip_chars().str.to_lowercase().str.replace_all(r"[\s-]+", "_")
    columns = [
        pl.col(LINE),
        *(pl.col(name).alias(own) for name, own in ITEM_COLUMNS.items() if name in feed.columns),
        *(pl.col(name).alias(f"attr:{name}") for name in ATTRIBUTES if name in feed.columns),
        *(_amount(name) for name in ("price", "sale_price") if name in feed.columns),
    ]
    if "product_type" in feed.columns:
        columns.append(pl.col("product_type").str.split(">").alias("attr:product_type"))
    if "price" in feed.columns:
        columns.append(pl.col("price").str.extract(AMOUNT, 2).str.to_uppercase().alias("currency"))
    if "availability" in feed.columns:
        columns.append(word)
    return Table(str(path), feed.select(columns), separated=False)


def stock_table(path: Path, feed: pl.DataFrame) -> Table:
    """The rows of a local inventory with the columns of the stock file; sold out without a count is none."""
    sold_out = (
        pl.col("availability").str.to_lowercase().str.contains("out") if "availability" in feed else None
    )
    names = [name for name in STOCK_COLUMNS if name in feed.columns]
    frame = feed.select(LINE, *(pl.col(name).alias(STOCK_COLUMNS[name]) for name in names))
    if "quantity" not in frame.columns:
        frame = frame.with_columns(pl.lit(None, pl.String).alias("quantity"))
    if sold_out is not None:
        none_left = feed.select(sold_out.fill_null(value=False)).to_series()
        filled = pl.when(pl.col("quantity").is_null() & none_left).then(pl.lit("0")).otherwise("quantity")
        frame = frame.with_columns(filled.alias("quantity"))
    return Table(str(path), frame, separated=False)


def first_names(path: Path) -> list[str]:
    """The attributes of the first product of an XML or JSON feed; none where it cannot be read.

    Raises:
        UsageError: the package that reads XML is not installed.
    """
    try:
        rows = _xml_rows(path) if path.suffix.lower() == ".xml" else _json_rows(path)
        return list(next(rows, {}))
    except BadDataError:
        return []


def _plain(name: str) -> str:
    """`g:item_group_id`, `item group id` and `itemGroupId` are one attribute; an offer's id is its id."""
    bare = re.sub(r"(?<=[a-z])(?=[A-Z])", "_", name.strip().removeprefix("g:"))
    plain = re.sub(r"\s+", "_", bare).lower()
    return {"offer_id": "id", "itemid": "id", "product_types": "product_type"}.get(plain, plain)


def _amount(name: str) -> pl.Expr:
    """The number of `1,200.50 EUR`; what is no amount stays as it is, to be rejected."""
    number = pl.col(name).str.extract(AMOUNT, 1).str.replace_all(",", "")
    return pl.coalesce(number, name).alias(name)


def _xml_rows(path: Path) -> Iterator[dict[str, str]]:
    """Products of RSS or Atom, one at a time; entities and document types are refused.

    Raises:
        BadDataError: no whole XML document, or one with a document type.
        UsageError: the package that reads XML is not installed.
    """
    try:
        from defusedxml import DefusedXmlException  # noqa: PLC0415 (an extra)
        from defusedxml.ElementTree import ParseError, iterparse  # noqa: PLC0415
    except ImportError as error:
        raise UsageError(
            "Reading XML needs the extra `files`; docs/installing.md says how to install it."
        ) from error
    try:
        for _, element in iterparse(path, events=("end",), forbid_dtd=True):
            if element.tag.rpartition("}")[2] in PIECES:
                row: dict[str, str] = {}
                for member in element:
                    row.setdefault(_plain(member.tag.rpartition("}")[2]), _inside(member))
                element.clear()
                yield {name: text for name, text in row.items() if text}
    except (ParseError, DefusedXmlException, LookupError, ValueError) as error:
        raise BadDataError(f"{path}: no whole XML document without a document type ({error}).") from error


def _inside(member: Any) -> str:
    """Text of an element; Atom keeps a link in an attribute."""
    return str(member.text or member.get("href") or "").strip()


def _json_rows(path: Path) -> Iterator[dict[str, str]]:
    """Products of a list, or of the first list within an object.

    Raises:
        BadDataError: no JSON, or no list of objects.
    """
    try:
        found = msgspec.json.decode(path.read_bytes())
    except (msgspec.MsgspecError, RecursionError, ValueError) as error:
        raise BadDataError(f"{path}: no JSON document ({str(error)[:100]}).") from error
    if isinstance(found, dict):
        found = next((value for value in found.values() if isinstance(value, list)), None)
    if not isinstance(found, list) or not all(isinstance(one, dict) for one in found):
        raise BadDataError(
            f"{path}: no list of products; a feed is a list of objects, or an object with one."
        )
    for one in found:
        texts = {_plain(name): _text(value) for name, value in one.items()}
        yield {name: text for name, text in texts.items() if text}


def _text(value: Any) -> str | None:
    """A value of JSON as a feed writes it: `{"value": "8.50", "currency": "EUR"}` is `8.50 EUR`."""
    if isinstance(value, dict) and "value" in value:
        return f"{value['value']} {value.get('currency', '')}".strip()
    if isinstance(value, list):
        return next((one for one in value if isinstance(one, str)), None)
    if isinstance(value, str):
        return value
    if isinstance(value, bool) or not isinstance(value, int | float):
        return None
    return str(value) if abs(value) < MOST_NUMBER else "too large"
