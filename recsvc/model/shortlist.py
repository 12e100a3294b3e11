"""The shortlist: a profile's best items among those that the index and the tables name, scored exactly."""

from collections.abc import Sequence
from typing import NamedTuple

import numpy as np

from recsvc.model.artifact import Artifact
from recsvc.model.known import is_first, slices
from recsvc.model.scoring import Query, Scores, score_rows, top
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


def shortlists(artifact: Artifact, queries: Sequence[Query]) -> list[Shortlist]:
    """Find the best items of several profiles without a pass over all.

    The index sees τ·p + Y·δ. What it cannot see adds to few items, which are candidates by themselves: the
    item-item table to those that the rows of the known items name, own repeats to the known items.
    """
    if artifact.index is None:
        raise ValueError(f"{artifact.version} has no index.")
    if not queries:
        return []
    vectors = np.array([np.append(query.vector, query.tau) for query in queries], dtype=np.float32)
    found, counts = artifact.index.rows(vectors)
    return [
        _shortlist(artifact, query, found[own]) for query, own in zip(queries, slices(counts), strict=True)
    ]


def _shortlist(artifact: Artifact, query: Query, found: Rows) -> Shortlist:
    # All three rise, and a stable sort finds such runs: a quarter of quicksort's time.
    named = np.sort(np.concatenate([found, _tabled(query), query.known.rows]), kind="stable")
    rows = named[is_first(named)]
    scores = score_rows(artifact, query, rows)
    best = top(scores, SURE)
    return Shortlist(rows[best], scores[best])


def _tabled(query: Query) -> Rows:
    """The rows that the table raises most."""
    if len(query.table.rows) <= TABLED:
        return query.table.rows
    return query.table.rows[top(query.theta * query.table.sums, TABLED)]
