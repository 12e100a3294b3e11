"""The visitors left out: who judges the model, what they had before and what they then bought."""

from collections.abc import Sequence
from datetime import UTC, datetime, timedelta
from hashlib import blake2b
from heapq import nsmallest
from typing import NamedTuple
from zlib import crc32

import polars as pl

from recsvc.domain.events import EventKind
from recsvc.model.confidence import DAY_S, takes_back
from training.config import LeftOutConfig
from training.extract import Extract

FEWEST = 120
"""Left out where 2 % is fewer, as long as they are no more than LARGEST_SHARE: a few dozen judges leave a
standard error as large as what may separate model and popularity."""
LARGEST_SHARE = 0.10
WINDOW_SHARE = 0.10
WINDOW_DAYS = 28.0
ENOUGH_JUDGES = 400
REPEAT_SHARE = 0.10
"""From this share of repeats among the targets on, what a visitor has is judged as well."""


class Sample(NamedTuple):
    """Who is left out: those with a hash up to the highest; any run can tell it of any visitor."""

    seed: int
    highest: int  # -1: nobody

    def holds(self, visitor_id: str) -> bool:
        """Whether a visitor is left out."""
        return _hash(visitor_id, self.seed) <= self.highest


class Split(NamedTuple):
    """Lines for the matrix, and the left-out visitors' lines around the start of the window."""

    kept: pl.DataFrame  # columns of extract.COLUMNS
    history: pl.DataFrame  # the same, of the left-out visitors before the window
    targets: pl.DataFrame  # visitor_id, item_id: what they bought in it
    start: datetime  # aware UTC start of the window
    left_out: int  # visitors
    keep_seen: bool  # whether targets repeat enough to judge with what was seen
    tuners: frozenset[str]  # the half of the left-out visitors that tunes; the other half only judges
    sample: Sample


class Span(NamedTuple):
    """The times of the lines."""

    as_of: datetime  # aware UTC: the newest line, else the time of the run
    first: datetime | None  # the oldest; None where lines have no times

    @property
    def length(self) -> timedelta:
        """From the oldest line to the newest; nothing without times."""
        return self.as_of - self.first if self.first else timedelta(0)


def split(extract: Extract, config: LeftOutConfig, seed: int) -> Split:
    """Leave a hash sample of visitors out of the matrix and cut their lines at the last window.

    The sample does not depend on the order of lines, so a visitor stays in or out from run to run. Whether
    what was seen is judged as well is decided by those who tune: it shapes the tables of the model.
    """
    lines = extract.lines
    chosen = choose(lines["visitor_id"].unique().sort().to_list(), config, seed)
    is_left_out = pl.col("visitor_id").is_in(pl.Series(chosen, dtype=lines["visitor_id"].dtype).implode())
    theirs = lines.filter(is_left_out).with_columns(
        pl.col("visitor_id", "item_id", "kind", "order_id").cast(pl.String)
    )
    found = cut(theirs, chosen, span_of(extract), seed)
    keep_seen = found.keep_seen if chosen else _repeats_of(extract)
    return found._replace(kept=lines.filter(~is_left_out), keep_seen=keep_seen)


def cut(theirs: pl.DataFrame, chosen: list[str], span: Span, seed: int) -> Split:
    """Cut the lines of the visitors left out at the last window; the lines kept are not here."""
    start, after = _cut(theirs, span, seed)
    history = theirs.filter(~after)
    targets = bought(theirs.filter(after))
    tuners = half(chosen, seed)
    tuning = targets.filter(pl.col("visitor_id").is_in(pl.Series([*tuners], dtype=pl.String).implode()))
    sample = Sample(seed, max((_hash(visitor_id, seed) for visitor_id in chosen), default=-1))
    keep_seen = repeats(history, tuning)
    return Split(theirs.clear(), history, targets, start, len(chosen), keep_seen, tuners, sample)


def choose(visitor_ids: list[str], config: LeftOutConfig, seed: int) -> list[str]:
    """The visitors with the smallest hashes, as many as the configuration and the size of the set allow."""
    return sample(visitor_ids, how_many(len(visitor_ids), config), seed)


def sample(visitor_ids: list[str], n: int, seed: int) -> list[str]:
    """The n visitors with the smallest hashes: the same ones whoever else is there."""
    return nsmallest(n, visitor_ids, key=lambda visitor_id: (_hash(visitor_id, seed), visitor_id))


def how_many(visitors: int, config: LeftOutConfig) -> int:
    """How many of all visitors are left out."""
    few = min(FEWEST, int(LARGEST_SHARE * visitors))
    return min(config.at_most, max(int(config.share * visitors), few)) if config.share else 0


def _hash(visitor_id: str, seed: int) -> int:
    return crc32(f"{seed}:{visitor_id}".encode())


def bought(lines: pl.DataFrame, columns: Sequence[str] = ("visitor_id", "item_id")) -> pl.DataFrame:
    """Distinct values of purchases; of every kind that counts where nothing was bought."""
    purchases = lines.filter(pl.col("kind") == EventKind.PURCHASE)
    if purchases.is_empty():
        back = [kind for kind in EventKind if takes_back(kind)]
        purchases = lines.filter(~pl.col("kind").is_in(back))
    return purchases.select(columns).unique(maintain_order=True)


def repeats(history: pl.DataFrame, targets: pl.DataFrame) -> bool:
    """Whether at least a tenth of the targets were in the history."""
    again = targets.join(history, on=["visitor_id", "item_id"], how="semi").height
    return again >= REPEAT_SHARE * max(targets.height, 1)


def _repeats_of(extract: Extract) -> bool:
    """The same of everybody's last window; without times nothing can be said to repeat."""
    late = pl.col("occurred_at") > window_start(span_of(extract))
    lines = extract.lines
    return extract.timed and repeats(lines.filter(~late), bought(lines.filter(late)))


def window_start(span: Span) -> datetime:
    """The start of the last window: a tenth of the time span, at most four weeks."""
    return span.as_of - _first_window(span)


def window_days(span: Span) -> float:
    """The length of the last window; 0 without times."""
    return (span.as_of - window_start(span)).total_seconds() / DAY_S


def span_of(extract: Extract) -> Span:
    """The times of an extract."""
    first = extract.lines["occurred_at"].min()
    return Span(extract.as_of, first if isinstance(first, datetime) else None)


def _first_window(span: Span) -> timedelta:
    return min(span.length * WINDOW_SHARE, timedelta(days=WINDOW_DAYS))


def _cut(theirs: pl.DataFrame, span: Span, seed: int) -> tuple[datetime, pl.Expr]:
    """The start of the window and the lines in it; the window doubles until enough visitors bought in it."""
    if span.first is None:
        # crc32 is affine: a bit of it would deal all visitors one of two hands.
        hashes = theirs.select(
            pl.concat_str("visitor_id", pl.lit("\0"), "item_id").map_elements(
                lambda pair: blake2b(f"{seed}:{pair}".encode(), digest_size=1).digest()[0] & 1,
                return_dtype=pl.Int64,
            )
        ).to_series()
        return span.as_of, pl.Series(hashes == 1)  # type: ignore[return-value]
    length, longest = _first_window(span), span.length / 2
    times = theirs.filter(pl.col("kind") == EventKind.PURCHASE) if _sells(theirs) else theirs
    enough = min(ENOUGH_JUDGES, theirs["visitor_id"].n_unique() // 2)
    while length < longest and _judges(times, span.as_of - length) < enough:
        length = min(length * 2, longest)
    start = span.as_of - length
    return start, pl.col("occurred_at").fill_null(datetime(1970, 1, 1, tzinfo=UTC)) > start


def _sells(lines: pl.DataFrame) -> bool:
    return bool((lines["kind"] == EventKind.PURCHASE).any())


def _judges(lines: pl.DataFrame, start: datetime) -> int:
    return lines.filter(pl.col("occurred_at") > start)["visitor_id"].n_unique()


def half(visitor_ids: list[str], seed: int) -> frozenset[str]:
    """Half of the visitors, by another hash than that of `choose`, so that it is the same from run to run.

    A live model was tuned on these and not on those who judge it.
    """

    def key(visitor_id: str) -> bytes:
        return blake2b(f"{seed}:{visitor_id}".encode(), digest_size=8).digest()

    return frozenset(sorted(visitor_ids, key=key)[: len(visitor_ids) // 2])
