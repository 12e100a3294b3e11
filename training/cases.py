"""Cases: visitors to be judged, each with what is known of them and what they then took."""

from collections.abc import Mapping
from typing import NamedTuple

import numpy as np
import polars as pl

from recsvc.domain.events import EventKind
from recsvc.model.known import NO_HISTORY, History
from recsvc.model.prior import NO_ANSWERS, Answers
from recsvc.model.vocabulary import Rows, Vocabulary


class Case(NamedTuple):
    """One visitor."""

    visitor_id: str
    history: History
    answers: Answers
    targets: Rows  # rows of the targets that the model knows
    n_targets: int  # with those it does not know


def cases(
    vocabulary: Vocabulary,
    targets: pl.DataFrame,
    history: pl.DataFrame | None = None,
    answers: Mapping[str, Answers] | None = None,
    *,
    known_items: bool = False,
) -> tuple[list[Case], int]:
    """Put together the visitors of `targets`.

    Args:
        vocabulary: of the model to be judged.
        targets: visitor_id, item_id; repeated pairs count once.
        history: event lines; visitor_id and item_id suffice.
        answers: by visitor.
        known_items: leave targets out that the model does not know.

    Returns:
        (cases in order of visitor_id, targets left out).
    """
    pairs = targets.select("visitor_id", "item_id").unique()
    dropped = 0
    if known_items:
        known = pairs.filter(pl.col("item_id").is_in(list(vocabulary.ids)))
        dropped = pairs.height - known.height
        pairs = known
    histories = {} if history is None else histories_of(history, pairs["visitor_id"].unique())
    wanted = pairs.group_by("visitor_id").agg("item_id").sort("visitor_id")
    found = [
        Case(
            visitor_id,
            histories.get(visitor_id, NO_HISTORY),
            (answers or {}).get(visitor_id, NO_ANSWERS),
            np.sort(vocabulary.rows(item_ids)),
            len(item_ids),
        )
        for visitor_id, item_ids in wanted.iter_rows()
    ]
    return found, dropped


def histories_of(lines: pl.DataFrame, visitor_ids: pl.Series) -> dict[str, History]:
    """The history of each of the visitors, oldest line first."""
    lines = _complete(lines).filter(pl.col("visitor_id").is_in(visitor_ids.implode()))
    seconds = (pl.col("occurred_at").dt.epoch("us") / 1e6).fill_null(float("nan"))
    grouped = (
        lines.with_columns(seconds=seconds)
        .sort("visitor_id", "occurred_at", nulls_last=False, maintain_order=True)
        .group_by("visitor_id", maintain_order=True)
        .agg("item_id", "kind", "seconds", "quantity")
    )
    return {
        visitor_id: History(item_ids, kinds, seconds, quantities, [1.0] * len(item_ids))
        for visitor_id, item_ids, kinds, seconds, quantities in grouped.iter_rows()
    }


def newest(history: History, n: int) -> History:
    """The lines of the n distinct items touched last."""
    last: dict[str, None] = {}
    for item_id in reversed(history.item_ids):
        if len(last) == n:
            break
        last.setdefault(item_id)
    keep = [place for place, item_id in enumerate(history.item_ids) if item_id in last]
    return History(
        [history.item_ids[place] for place in keep],
        [history.kinds[place] for place in keep],
        [history.occurred_at[place] for place in keep],
        [history.quantities[place] for place in keep],
        [history.lines[place] for place in keep],
    )


def _complete(lines: pl.DataFrame) -> pl.DataFrame:
    """Add the columns that a history may leave out."""
    absent = {
        "kind": pl.lit(str(EventKind.PURCHASE)),
        "occurred_at": pl.lit(None, dtype=pl.Datetime("us", "UTC")),
        "quantity": pl.lit(1.0),
    }
    return lines.with_columns(**{name: value for name, value in absent.items() if name not in lines.columns})
