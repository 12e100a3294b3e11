"""Arrangement: boosts, margin, rotation and diversity among the best candidates of one source."""

from collections.abc import Iterator, Sequence
from itertools import groupby
from typing import NamedTuple

import numpy as np
from msgspec.structs import replace
from numpy.typing import NDArray

from recsvc.domain.placements import Placement, Strategy
from recsvc.domain.slates import Moves
from recsvc.model.artifact import Artifact
from recsvc.model.scoring import Floats
from recsvc.model.vocabulary import Rows
from recsvc.serving.candidates import Candidate
from recsvc.serving.offered import Offered

POOL = 5
"""Candidates a place that are arranged; those behind them keep their order."""


def is_plain(placement: Placement) -> bool:
    """Whether candidates are shown in the order of their scores."""
    return not (placement.boosts or placement.margin_weight or placement.rotation or placement.diversity)


class Arranged(NamedTuple):
    """Candidates in the order of a placement."""

    candidates: list[Candidate]
    moves: dict[int, Moves]  # row → what moved it; empty where nobody asked


class _Lift(NamedTuple):
    """(k,) by how many standard deviations of the scores each candidate moves up."""

    boosts: Floats
    margin: Floats
    rotation: Floats


def arranged(
    placement: Placement,
    found: Sequence[Candidate],
    artifact: Artifact,
    offered: Offered,
    seed: int,
    places: int,
    *,
    is_told: bool = False,
) -> Arranged:
    """Candidates in the order of the placement; those of a fallback stay behind those before it.

    Args:
        placement: says what moves them.
        found: best first, by source.
        artifact: knows what is alike.
        offered: knows boosts and margins.
        seed: of the draws.
        places: still free; whom only the shop's own hand brings among them is there for that reason.
        is_told: whether to say what moved each.
    """
    draws = np.random.default_rng(seed)
    ordered = Arranged([], {})
    for _, group in groupby(found, key=lambda one: one.source):
        part = [*group]
        rows = np.array([one.row for one in part], dtype=np.int32)
        scores = np.array([one.score for one in part])
        spread = float(scores.std()) or 1.0
        lift = _lift(placement, rows, offered, draws)
        lifted = scores + spread * (lift.boosts + lift.margin + lift.rotation)
        order = first = np.lexsort((rows, -lifted))
        if placement.diversity:
            order = first[_diverse(artifact.factors[rows[first]], lifted[first], placement.diversity)]
        best = [part[row] for row in order.tolist()]
        if placement.boosts or placement.margin_weight:
            brought = _brought(scores + spread * lift.rotation, lift, rows, places - len(ordered.candidates))
            for place in np.flatnonzero(brought[order]).tolist():
                best[place] = replace(best[place], source=Strategy.FIXED, because="chosen_by_shop")
        ordered.candidates.extend(best)
        if is_told:
            ordered.moves.update(_moves(rows, lift, first, order))
    return ordered


def _lift(placement: Placement, rows: Rows, offered: Offered, draws: np.random.Generator) -> _Lift:
    boosts, margin, rotation = np.zeros((3, len(rows)))
    for boost in placement.boosts:
        boosts += boost.by * offered.accepted(boost.where)[rows]
    if placement.margin_weight:
        margins = offered.columns.number("margin")[rows]
        known = margins[np.isfinite(margins)]
        if len(known) and known.std() > 0:  # an unknown margin moves nothing
            margin += placement.margin_weight * np.nan_to_num((margins - known.mean()) / known.std())
    if placement.rotation:
        rotation += placement.rotation * draws.standard_normal(len(rows))
    return _Lift(boosts, margin, rotation)


def _brought(scores: Floats, lift: _Lift, rows: Rows, places: int) -> NDArray[np.bool_]:
    """(k,) who is lifted by the shop and would stand beyond the places without it."""
    is_lifted = lift.boosts + lift.margin > 0
    is_lifted[np.lexsort((rows, -scores))[: max(0, places)]] = False
    return is_lifted


def _moves(
    rows: Rows, lift: _Lift, before: NDArray[np.intp], after: NDArray[np.intp]
) -> Iterator[tuple[int, Moves]]:
    """What moved each candidate; `before` and `after` diversity, (k,) positions within `rows`."""
    stood = np.argsort(before)
    for place, row in enumerate(after.tolist()):
        boosts, margin, rotation = (round(float(part[row]), 3) for part in lift)
        yield int(rows[row]), Moves(boosts, margin, rotation, int(stood[row]) - place)


def _diverse(factors: Floats, scores: Floats, weight: float) -> list[int]:
    """Places in the order of maximal marginal relevance (Carbonell and Goldstein 1998), by cosine."""
    norms = np.linalg.norm(factors, axis=1, keepdims=True)
    unit = factors / np.maximum(norms, 1e-12)
    likeness = unit @ unit.T
    span = float(np.ptp(scores)) or 1.0
    worth = (1.0 - weight) * (scores - scores.min()) / span
    nearest = np.zeros(len(scores))
    left = np.ones(len(scores), dtype=bool)
    order: list[int] = []
    for _ in range(len(scores)):
        best = int(np.argmax(np.where(left, worth - weight * nearest, -np.inf)))
        order.append(best)
        left[best] = False
        nearest = np.maximum(nearest, likeness[best])
    return order
