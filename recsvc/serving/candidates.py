"""Candidates: scored items before the rules, from the strategy of a placement and then its fallbacks."""

from collections.abc import Callable, Iterator, Mapping, Sequence
from functools import partial
from typing import NamedTuple

import msgspec
import numpy as np

from recsvc.domain.events import EventKind
from recsvc.domain.placements import Strategy
from recsvc.domain.profile import Profile
from recsvc.model.artifact import Artifact
from recsvc.model.known import BOUGHT
from recsvc.model.scoring import Scores
from recsvc.model.tables import Ranking, Standing, Table, again, near
from recsvc.model.vocabulary import Rows
from recsvc.serving.queries import Ranked

LOOKED_AT = frozenset({EventKind.VIEW, EventKind.CLICK})
ANCHORS = 10
"""Newest purchases of which the first that has neighbours is the one to name."""


class Candidate(msgspec.Struct, frozen=True, gc=False):
    """One scored item, before the rules."""

    row: int
    score: float
    source: Strategy
    because: str | None = None  # code of its reason, where that is not the source's


class Found(NamedTuple):
    """Candidates of one source, best first; rows may come again in another block."""

    rows: Rows
    scores: Scores
    source: Strategy


class Sight(NamedTuple):
    """What the sources of one slate look at."""

    artifact: Artifact
    standing: Standing
    ranked: Ranked
    profile: Profile
    context: Sequence[str] = ()  # item ids of the page or the cart; unknown ones say nothing
    fixed: Sequence[str] = ()  # the list of the placement
    left: Callable[[], Rows] | None = None  # what every rule allows and no source has named yet


def generate(sight: Sight, chain: Sequence[Strategy]) -> Iterator[Found]:
    """Yield the candidates of each strategy in turn, made only as far as somebody asks."""
    for strategy in chain:
        yield from _SOURCES[strategy](sight, strategy)


def anchor(sight: Sight) -> int | None:
    """The row of the newest purchase that something goes with, None without one."""
    tried: set[str] = set()
    table = sight.artifact.arrays["table_rows"]
    for one in reversed(sight.profile.recent):
        if one.kind == BOUGHT and one.item_id not in tried and len(tried) < ANCHORS:
            tried.add(one.item_id)
            row = sight.artifact.vocabulary.row(one.item_id)
            if row is not None and table.shape[1] and table[row, 0] >= 0:
                return row
    return None


def anchored(sight: Sight) -> tuple[str, ...]:
    """The id of that purchase, for a slate that names it."""
    row = anchor(sight)
    return () if row is None else (sight.artifact.vocabulary.ids[row],)


def _near(table: Table, sight: Sight, source: Strategy) -> Iterator[Found]:
    rows = sight.artifact.vocabulary.rows(sight.context)
    if len(rows):
        yield Found(*near(sight.artifact, table, rows), source)


def _because_you_bought(sight: Sight, source: Strategy) -> Iterator[Found]:
    row = anchor(sight)
    if row is not None:
        yield Found(*near(sight.artifact, "table", np.array([row], dtype=np.int32)), source)


def _by_score(sight: Sight, source: Strategy) -> Iterator[Found]:
    for rows, scores in sight.ranked.blocks(sight.left):
        yield Found(rows, scores, source)


def _quiz_result(sight: Sight, source: Strategy) -> Iterator[Found]:
    if sight.ranked.query.answer_parts:
        yield from _by_score(sight, source)


def _buy_again(sight: Sight, source: Strategy) -> Iterator[Found]:
    known = sight.ranked.query.known
    if known.habits.any():
        yield Found(*again(known), source)


def _recently_viewed(sight: Sight, source: Strategy) -> Iterator[Found]:
    looks = (one.item_id for one in reversed(sight.profile.recent) if one.kind in LOOKED_AT)
    yield from _listed(sight, list(dict.fromkeys(looks)), source)


def _fixed(sight: Sight, source: Strategy) -> Iterator[Found]:
    yield from _listed(sight, sight.fixed, source)


def _listed(sight: Sight, item_ids: Sequence[str], source: Strategy) -> Iterator[Found]:
    """Items in their own order; each score is one over its place."""
    if item_ids:
        rows = sight.artifact.vocabulary.rows(item_ids)
        yield Found(rows, 1.0 / np.arange(1, len(rows) + 1), source)


def _standing(of: Callable[[Standing], Ranking], sight: Sight, source: Strategy) -> Iterator[Found]:
    yield Found(*of(sight.standing), source)


_SOURCES: Mapping[Strategy, Callable[[Sight, Strategy], Iterator[Found]]] = {
    Strategy.PERSONAL: _by_score,
    Strategy.SIMILAR: partial(_near, "similar"),
    Strategy.TOGETHER: partial(_near, "together"),
    Strategy.CART: partial(_near, "together"),
    Strategy.SIMILAR_TO_CART: partial(_near, "similar"),
    Strategy.BUY_AGAIN: _buy_again,
    Strategy.RECENTLY_VIEWED: _recently_viewed,
    Strategy.BECAUSE_YOU_BOUGHT: _because_you_bought,
    Strategy.QUIZ_RESULT: _quiz_result,
    Strategy.TRENDING: partial(_standing, lambda standing: standing.trending),
    Strategy.NEW_ARRIVALS: partial(_standing, lambda standing: standing.arrivals),
    Strategy.POPULAR: partial(_standing, lambda standing: standing.popular),
    Strategy.FIXED: _fixed,
}
