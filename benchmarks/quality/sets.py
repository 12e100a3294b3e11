"""Sets: how each public data set becomes files of `recsvc train` and `recsvc evaluate`, and who is judged.

Each set has two parts. `test` is what is published; `valid` is cut from the test part's own training side, so
that a search for a configuration never sees what the test judges.
"""

from collections.abc import Callable
from datetime import UTC, datetime
from hashlib import blake2b
from pathlib import Path
from typing import NamedTuple

import polars as pl

from recsvc.sources.complete_journey import FEWEST_HOUSEHOLDS

PAIR = ("visitor_id", "item_id")
HELD_OUT_ONE_IN = 5  # people of a training side that play newcomers for validation
END = datetime(2014, 7, 1, tzinfo=UTC)  # of a set that knows an order and no times
KNOWN = (0, 1, 3, 5)
FEWEST_FILMS, FEWEST_WINES, TASTED = 10, 4, 3
NEWCOMERS_FROM = datetime(2015, 7, 1, tzinfo=UTC)
"""Half a year before the test's: a whole one would leave 500 of the 1,330 products to fit on."""
WEEKS = 4
COLD_ONE_IN = 10


class Judges(NamedTuple):
    """Visitors that are judged in one way."""

    targets: pl.DataFrame  # visitor_id, item_id
    history: pl.DataFrame | None = None  # events; None: nothing is known
    facts: pl.DataFrame | None = None


class Part(NamedTuple):
    """What one fit sees, and who judges it."""

    events: pl.DataFrame
    judges: dict[str, Judges]
    items: pl.DataFrame | None = None
    facts: pl.DataFrame | None = None  # of the visitors in the events
    hidden: pl.DataFrame | None = None  # item_id: products without events, the only ones ranked


Parts = dict[str, Part]  # "valid" and "test"


def joint(judges: dict[str, Judges]) -> Judges:
    """All ways of judging as one, for a search: each visitor once a way, under the way's name."""
    if len(judges) == 1:
        return next(iter(judges.values()))
    columns = []
    for column in Judges._fields:
        frames = {name: getattr(one, column) for name, one in judges.items()}
        named = [
            frame.with_columns(pl.concat_str("visitor_id", pl.lit(f"@{name}")).alias("visitor_id"))
            for name, frame in frames.items() if frame is not None
        ]  # fmt: skip
        columns.append(pl.concat(named) if named else None)
    return Judges(*columns)


def published_split(folder: Path) -> Parts:
    """MovieLens 1M and LastFM as LightGCN++ cuts them: fit on train; validation items stay candidates."""
    train, valid, test = _splits(folder)
    return {
        "valid": Part(train, {"all": _known(train, valid)}),
        "test": Part(train, {"all": _known(train, test)}),
    }


def published_refit(folder: Path) -> Parts:
    """Gowalla as LightGCN cuts it: its training side is train and valid together."""
    train, valid, test = _splits(folder)
    both = pl.concat([train, valid])
    return {
        "valid": Part(train, {"all": _known(train, valid)}),
        "test": Part(both, {"all": _known(both, test)}),
    }


def last_out(folder: Path) -> Parts:
    """Amazon Beauty as S3-Rec cuts it: the last item of each is test, the one before it validation.

    `pos` becomes a time, one day a step; everybody's last step is the same day.
    """
    lines = _named(pl.read_parquet(folder / "interactions.parquet"))
    place = (pl.col("pos").max().over("visitor_id") - pl.col("pos")).alias("left")
    lines = lines.select(*PAIR, place).with_columns(
        occurred_at=pl.lit(END).dt.cast_time_unit("us") - pl.duration(days=pl.col("left"))
    )

    def part(held_out: int) -> Part:
        events = lines.filter(pl.col("left") > held_out).drop("left")
        return Part(events, {"all": _known(events, lines.filter(pl.col("left") == held_out).select(PAIR))})

    return {"valid": part(1), "test": part(0)}


def films_cold(folder: Path) -> Parts:
    """Newcomers who told gender, age and occupation, with 0, 1, 3 and 5 films known."""
    events, facts = _read(folder, "events"), _read(folder, "train_facts")
    fits = events.group_by("visitor_id").len().filter(pl.col("len") >= FEWEST_FILMS)["visitor_id"]
    newcomers = _sample(fits, HELD_OUT_ONE_IN, "films")
    theirs = _of(events, newcomers)
    draws = [_draw("\0".join(pair)) for pair in theirs.select(PAIR).iter_rows()]
    dealt = theirs.with_columns(draw=pl.Series(draws, dtype=pl.UInt64)).with_columns(
        place=pl.col("draw").rank("ordinal").over("visitor_id")
    )
    told = _of(facts, newcomers)
    valid = {
        f"seen{n}": Judges(
            dealt.filter(pl.col("place") > n).select(PAIR),
            dealt.filter(pl.col("place") <= n).select(PAIR) if n else None,
            told,
        )
        for n in KNOWN
    }
    stated = _read(folder, "facts")
    test = {
        f"seen{n}": Judges(
            _read(folder, f"seen{n}_targets"), _read(folder, f"seen{n}_history") if n else None, stated
        )
        for n in KNOWN
    }
    left = _not_of(events, newcomers)
    return {
        "valid": Part(left, valid, facts=_not_of(facts, newcomers)),
        "test": Part(events, test, facts=facts),
    }


def renters_2016(folder: Path) -> Parts:
    """People who rent for the first time in a year, by what they declared; and again with one rental seen."""
    events, facts = _read(folder, "events"), _read(folder, "train_facts")
    before = events.filter(pl.col("occurred_at") < NEWCOMERS_FROM)
    later = events.filter(pl.col("occurred_at") >= NEWCOMERS_FROM)
    newcomers = later.join(before, on="visitor_id", how="anti", maintain_order="left")
    ranked = newcomers.with_columns(place=pl.col("occurred_at").rank("ordinal").over("visitor_id"))
    first = ranked.filter(pl.col("place") == 1).drop("place")
    again = newcomers.join(first, on=PAIR, how="anti", maintain_order="left")
    several = again["visitor_id"].unique()
    told = _of(facts, newcomers["visitor_id"].unique())
    known = before.select("item_id").unique()

    def targets(lines: pl.DataFrame) -> pl.DataFrame:
        known_ones = lines.join(known, on="item_id", how="semi", maintain_order="left")
        return known_ones.select(PAIR).unique(maintain_order=True)

    valid = {
        "answers": Judges(targets(newcomers), facts=told),
        "one_seen": Judges(targets(again), _of(first, several), told),
    }
    stated = _read(folder, "facts")
    test = {
        "answers": Judges(_read(folder, "targets"), facts=stated),
        "one_seen": Judges(_read(folder, "one_seen_targets"), _read(folder, "one_seen_history"), stated),
    }
    return {
        "valid": Part(before, valid, facts=_of(facts, before["visitor_id"].unique())),
        "test": Part(events, test, facts=facts),
    }


def wine_quiz(folder: Path) -> Parts:
    """Tasters whose first three liked wines are their answers; the other wines are what they want."""
    events, facts, items = _read(folder, "events"), _read(folder, "train_facts"), _read(folder, "items")
    fits = events.group_by("visitor_id").len().filter(pl.col("len") >= FEWEST_WINES)["visitor_id"]
    newcomers = _sample(fits, HELD_OUT_ONE_IN, "wines")
    place = pl.int_range(pl.len()).over("visitor_id")
    theirs = _of(events, newcomers).sort("visitor_id", "occurred_at", maintain_order=True)
    targets = theirs.filter(place >= TASTED).select(PAIR)
    left = _not_of(events, newcomers)
    valid = {"answers": Judges(targets, facts=_of(facts, newcomers))}
    test = {"answers": Judges(_read(folder, "targets"), facts=_read(folder, "facts"))}
    return {
        "valid": Part(left, valid, items, _not_of(facts, newcomers)),
        "test": Part(events, test, items, facts),
    }


def complete_journey(folder: Path) -> Parts:
    """A grocer's year: four weeks after 45 and after 49 weeks, products that ten households bought before."""
    lines, items = groceries(folder)

    def part(last_week: int) -> Part:
        events, later = _weeks(lines, last_week, WEEKS)
        targets = later.select(PAIR).unique(maintain_order=True)
        return Part(events, {"all": _known(events, targets)}, _on_sale(items, events))

    return {"valid": part(45), "test": part(49)}


def complete_journey_cold(folder: Path) -> Parts:
    """One product in ten is hidden from training: it is known by its attributes alone."""
    lines, items = groceries(folder)

    def part(last_week: int, weeks: int, salt: str) -> Part:
        events, later = _weeks(lines, last_week, weeks)
        hidden = _sample(events["item_id"].unique(), COLD_ONE_IN, salt)
        is_hidden = pl.col("item_id").is_in(hidden.implode())
        shown = events.filter(~is_hidden)
        targets = later.filter(is_hidden).select(PAIR).unique(maintain_order=True)
        judges = {"cold": _known(shown, targets)}
        return Part(shown, judges, _on_sale(items, events), hidden=hidden.sort().to_frame())

    return {"valid": part(41, WEEKS, "cold-valid"), "test": part(45, 2 * WEEKS, "cold-test")}


PREPARE: dict[str, tuple[Callable[[Path], Parts], str]] = {
    "ml1m": (published_split, "ml1m_lightgcnpp"),
    "lastfm": (published_split, "lastfm_lightgcnpp"),
    "gowalla": (published_refit, "gowalla_lightgcn"),
    "beauty": (last_out, "s3rec_beauty"),
    "films_cold": (films_cold, "cases/films_cold"),
    "renters_2016": (renters_2016, "cases/renters_2016"),
    "wine_quiz": (wine_quiz, "cases/wine_quiz"),
    "complete_journey": (complete_journey, ""),
    "complete_journey_cold": (complete_journey_cold, ""),
}
"""How each set is made, and from which folder of the data; "" = from the demo's data package."""


def _splits(folder: Path) -> list[pl.DataFrame]:
    lines = _named(pl.read_parquet(folder / "interactions.parquet"))
    return [lines.filter(pl.col("split") == name).select(PAIR) for name in ("train", "valid", "test")]


def _named(lines: pl.DataFrame) -> pl.DataFrame:
    return lines.with_columns(
        pl.col("user").cast(pl.String).alias("visitor_id"), pl.col("item").cast(pl.String).alias("item_id")
    )


def _read(folder: Path, name: str) -> pl.DataFrame:
    return pl.read_parquet(folder / f"{name}.parquet")


def _known(events: pl.DataFrame, targets: pl.DataFrame) -> Judges:
    """Judges who are in the training events, which are their history."""
    return Judges(targets, _of(events, targets["visitor_id"].unique()))


def _of(lines: pl.DataFrame, visitor_ids: pl.Series) -> pl.DataFrame:
    return lines.filter(pl.col("visitor_id").is_in(visitor_ids.implode()))


def _not_of(lines: pl.DataFrame, visitor_ids: pl.Series) -> pl.DataFrame:
    return lines.filter(~pl.col("visitor_id").is_in(visitor_ids.implode()))


def _sample(ids: pl.Series, one_in: int, salt: str) -> pl.Series:
    """One id in so many, by its hash: the same ones in every run and on every machine."""
    return ids.filter(pl.Series([_draw(f"{salt}:{one}") % one_in == 0 for one in ids], dtype=pl.Boolean))


def _draw(text: str) -> int:
    return int.from_bytes(blake2b(text.encode(), digest_size=8).digest(), "little")


def groceries(package: Path) -> tuple[pl.DataFrame, pl.DataFrame]:
    """The Complete Journey as event lines, with the number of the week, and items."""
    lines = pl.read_parquet(package / "transactions.parquet").filter(pl.col("quantity") > 0)
    items = pl.read_parquet(package / "products.parquet")
    return lines.select(
        pl.col("household_id").cast(pl.String).alias("visitor_id"),
        pl.col("product_id").cast(pl.String).alias("item_id"),
        pl.col("transaction_timestamp")
        .cast(pl.Datetime("us"))
        .dt.replace_time_zone("UTC")
        .alias("occurred_at"),
        pl.col("quantity").cast(pl.Float64),
        pl.col("basket_id").cast(pl.String).alias("order_id"),
        "week",
    ), items.select(
        pl.col("product_id").cast(pl.String).alias("item_id"),
        pl.col("product_category").alias("category"),
        "brand",
        pl.col("department").alias("attr:department"),
        pl.col("product_type").alias("attr:type"),
        pl.col("manufacturer_id").cast(pl.String).alias("attr:manufacturer"),
    )


def _on_sale(items: pl.DataFrame, events: pl.DataFrame) -> pl.DataFrame:
    """Descriptions of what was bought, hidden products among it: four in five of the file's are long gone."""
    return items.join(events.select("item_id").unique(), on="item_id", how="semi", maintain_order="left")


def _weeks(lines: pl.DataFrame, last_week: int, weeks: int) -> tuple[pl.DataFrame, pl.DataFrame]:
    """Lines of products that enough households bought up to a week, and the lines of the weeks after it."""
    before = lines.filter(pl.col("week") <= last_week)
    households = before.group_by("item_id").agg(pl.col("visitor_id").n_unique())
    often = households.filter(pl.col("visitor_id") >= FEWEST_HOUSEHOLDS).select("item_id")
    after = lines.filter(pl.col("week").is_between(last_week + 1, last_week + weeks))
    kept = before.join(often, on="item_id", how="semi", maintain_order="left").drop("week")
    return kept, after.join(often, on="item_id", how="semi", maintain_order="left").drop("week")
