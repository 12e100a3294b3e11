"""The visitors left out: who judges the model, what they had before and what they then bought."""

from datetime import UTC, datetime, timedelta
from hashlib import blake2b
from typing import NamedTuple
from zlib import crc32

import numpy as np
import polars as pl

from recsvc.domain.events import EventKind
from recsvc.model.confidence import takes_back
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


class Split(NamedTuple):
    """Lines for the matrix, and the left-out visitors' lines around the start of the window."""

    kept: pl.DataFrame  # columns of extract.COLUMNS
    history: pl.DataFrame  # the same, of the left-out visitors before the window
    targets: pl.DataFrame  # visitor_id, item_id: what they bought in it
    start: datetime  # aware UTC start of the window
    left_out: int  # visitors
    keep_seen: bool  # whether targets repeat enough to judge with what was seen


def split(extract: Extract, config: LeftOutConfig, seed: int) -> Split:
    """Leave a hash sample of visitors out of the matrix and cut their lines at the last window.

    The sample does not depend on the order of lines, so a visitor stays in or out from run to run.
    """
    lines = extract.lines
    chosen = choose(lines["visitor_id"].unique().sort().to_list(), config, seed)
    is_left_out = pl.col("visitor_id").is_in(pl.Series(chosen, dtype=pl.String).implode())
    theirs = lines.filter(is_left_out)
    start, after = _cut(theirs, extract, seed)
    history = theirs.filter(~after)
    targets = bought(theirs.filter(after))
    kept = lines.filter(~is_left_out)
    keep_seen = repeats(history, targets) if chosen else _repeats_of(extract)
    return Split(kept, history, targets, start, len(chosen), keep_seen)


def choose(visitor_ids: list[str], config: LeftOutConfig, seed: int) -> list[str]:
    """The visitors with the smallest hashes, as many as the configuration and the size of the set allow."""
    if not config.share:
        return []
    total = len(visitor_ids)
    wanted = min(config.at_most, max(int(config.share * total), min(FEWEST, int(LARGEST_SHARE * total))))
    return sample(visitor_ids, wanted, seed)


def sample(visitor_ids: list[str], n: int, seed: int) -> list[str]:
    """The n visitors with the smallest hashes: the same ones whoever else is there."""
    ranked = sorted(visitor_ids, key=lambda visitor_id: (crc32(f"{seed}:{visitor_id}".encode()), visitor_id))
    return ranked[:n]


def bought(lines: pl.DataFrame) -> pl.DataFrame:
    """Distinct (visitor_id, item_id) of purchases; of every kind that counts where nothing was bought."""
    purchases = lines.filter(pl.col("kind") == EventKind.PURCHASE)
    if purchases.is_empty():
        back = [kind for kind in EventKind if takes_back(kind)]
        purchases = lines.filter(~pl.col("kind").is_in(back))
    return purchases.select("visitor_id", "item_id").unique(maintain_order=True)


def repeats(history: pl.DataFrame, targets: pl.DataFrame) -> bool:
    """Whether at least a tenth of the targets were in the history."""
    again = targets.join(history, on=["visitor_id", "item_id"], how="semi").height
    return again >= REPEAT_SHARE * max(targets.height, 1)


def _repeats_of(extract: Extract) -> bool:
    """The same of everybody's last window; without times nothing can be said to repeat."""
    late = pl.col("occurred_at") > window_start(extract)
    lines = extract.lines
    return extract.timed and repeats(lines.filter(~late), bought(lines.filter(late)))


def window_start(extract: Extract) -> datetime:
    """The start of the last window: a tenth of the time span, at most four weeks."""
    return extract.as_of - _first_window(_span(extract))


def _span(extract: Extract) -> timedelta:
    first = extract.lines["occurred_at"].min()
    return extract.as_of - first if isinstance(first, datetime) else timedelta(0)


def _first_window(span: timedelta) -> timedelta:
    return min(span * WINDOW_SHARE, timedelta(days=WINDOW_DAYS))


def _cut(theirs: pl.DataFrame, extract: Extract, seed: int) -> tuple[datetime, pl.Expr]:
    """The start of the window and the lines in it; the window doubles until enough visitors bought in it."""
    if not extract.timed:
        # crc32 is affine: a bit of it would deal all visitors one of two hands.
        hashes = theirs.select(
            pl.concat_str("visitor_id", pl.lit("\0"), "item_id").map_elements(
                lambda pair: blake2b(f"{seed}:{pair}".encode(), digest_size=1).digest()[0] & 1,
                return_dtype=pl.Int64,
            )
        ).to_series()
        return extract.as_of, pl.Series(hashes == 1)  # type: ignore[return-value]
    span = _span(extract)
    length, longest = _first_window(span), span / 2
    times = theirs.filter(pl.col("kind") == EventKind.PURCHASE) if _sells(theirs) else theirs
    enough = min(ENOUGH_JUDGES, theirs["visitor_id"].n_unique() // 2)
    while length < longest and _judges(times, extract.as_of - length) < enough:
        length = min(length * 2, longest)
    start = extract.as_of - length
    return start, pl.col("occurred_at").fill_null(datetime(1970, 1, 1, tzinfo=UTC)) > start


def _sells(lines: pl.DataFrame) -> bool:
    return bool((lines["kind"] == EventKind.PURCHASE).any())


def _judges(lines: pl.DataFrame, start: datetime) -> int:
    return lines.filter(pl.col("occurred_at") > start)["visitor_id"].n_unique()


def halves(visitor_ids: list[str], seed: int) -> tuple[frozenset[str], frozenset[str]]:
    """Two random halves: one to tune on, one to judge."""
    order = np.random.default_rng(seed).permutation(len(visitor_ids))
    middle = len(visitor_ids) // 2
    first = frozenset(visitor_ids[row] for row in order[:middle])
    return first, frozenset(visitor_ids) - first
