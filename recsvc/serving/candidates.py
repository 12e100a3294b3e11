"""Candidates: scored items before the rules, from the strategy of the placement and then its fallback."""

from collections.abc import Iterator, Sequence
from typing import Literal, NamedTuple

from recsvc.domain.placements import Placement, Strategy
from recsvc.model.artifact import Artifact
from recsvc.model.scoring import Scores, top
from recsvc.model.tables import near
from recsvc.model.vocabulary import Rows

FIRST_LOOK = 64
"""Best rows taken at first; a slate that the rules empty looks at eight times as many."""


class Candidate(NamedTuple):
    """One scored item, before the rules."""

    row: int
    score: float
    source: Strategy


def generate(
    artifact: Artifact, placement: Placement, context: Sequence[str], scores: Scores
) -> Iterator[Candidate]:
    """Yield candidates best first: those of the strategy, then the visitor's own score; rows may repeat.

    Args:
        artifact: gives the tables of similar products and of products bought together.
        placement: says the strategy.
        context: item ids of the page or the cart; unknown ones say nothing.
        scores: (n,) the visitor's own score of every item.
    """
    rows = artifact.vocabulary.rows(context)
    match placement.strategy:
        case Strategy.SIMILAR:
            yield from _from_table(artifact, "similar", rows, Strategy.SIMILAR)
        case Strategy.TOGETHER:
            yield from _from_table(artifact, "together", rows, Strategy.TOGETHER)
        case Strategy.CART:
            yield from _from_table(artifact, "together", rows, Strategy.CART)
        case Strategy.PERSONAL:
            pass
    for row in _ranked(scores):
        yield Candidate(row, float(scores[row]), Strategy.PERSONAL)


def _from_table(
    artifact: Artifact, table: Literal["similar", "together"], rows: Rows, source: Strategy
) -> Iterator[Candidate]:
    found = near(artifact, table, rows)
    for row, value in zip(found.rows.tolist(), found.values.tolist(), strict=True):
        yield Candidate(row, value, source)


def _ranked(scores: Scores) -> Iterator[int]:
    """All rows, best first, sorted only as far as somebody asks."""
    k, done = FIRST_LOOK, 0
    while done < len(scores):
        best = top(scores, k)
        yield from best[done:].tolist()
        done, k = len(best), k * 8
