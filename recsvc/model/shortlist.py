"""The shortlist: a profile's best items among those that the index and the tables name, scored exactly."""

from typing import NamedTuple

import numpy as np

from recsvc.model.artifact import Artifact
from recsvc.model.scoring import Query, Scores, is_first, score_rows, top
from recsvc.model.vocabulary import Rows

SURE = 128
"""Of the candidates so many are kept: behind them an item that nobody named may well be better."""
TABLED = 1_024
"""Items of the item-item table that are scored: those of which it says most."""


class Shortlist(NamedTuple):
    """The best items, best first, but for what the index overlooks."""

    rows: Rows  # (k,)
    scores: Scores  # (k,)


def is_searched(artifact: Artifact, query: Query) -> bool:
    """Whether the index answers a query; that of nobody in particular is popularity, sorted once."""
    return artifact.index is not None and bool(query.vector.any())


def shortlist(artifact: Artifact, query: Query) -> Shortlist:
    """Find the best items without a pass over all.

    The index sees τ·p + Y·δ. What it cannot see adds to few items, which are candidates by themselves: the
    item-item table to those that the rows of the known items name, own repeats to the known items.
    """
    if artifact.index is None:
        raise ValueError(f"{artifact.version} has no index.")
    found = artifact.index.rows(np.append(query.vector, query.tau).astype(np.float32))
    named = np.sort(np.concatenate([found, _tabled(query), query.known.rows]))
    rows = named[is_first(named)]
    scores = score_rows(artifact, query, rows)
    best = top(scores, SURE)
    return Shortlist(rows[best], scores[best])


def _tabled(query: Query) -> Rows:
    """The rows that the table raises most."""
    if len(query.table.rows) <= TABLED:
        return query.table.rows
    return query.table.rows[top(query.theta * query.table.sums, TABLED)]
