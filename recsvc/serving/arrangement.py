"""Arrangement: boosts, margin, rotation and diversity among the best candidates of one source."""

from collections.abc import Sequence
from itertools import groupby

import numpy as np

from recsvc.domain.placements import Placement
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


def arranged(
    placement: Placement, found: Sequence[Candidate], artifact: Artifact, offered: Offered, seed: int
) -> list[Candidate]:
    """Candidates in the order of the placement; those of a fallback stay behind those before it."""
    draws = np.random.default_rng(seed)
    ordered: list[Candidate] = []
    for _, group in groupby(found, key=lambda one: one.source):
        part = [*group]
        rows = np.array([one.row for one in part], dtype=np.int32)
        scores = np.array([one.score for one in part])
        spread = float(scores.std()) or 1.0
        lifted = scores + spread * _lift(placement, rows, offered)
        if placement.rotation:
            lifted += spread * placement.rotation * draws.standard_normal(len(part))
        order = np.lexsort((rows, -lifted))
        if placement.diversity:
            order = order[_diverse(artifact.factors[rows[order]], lifted[order], placement.diversity)]
        ordered += [part[place] for place in order.tolist()]
    return ordered


def _lift(placement: Placement, rows: Rows, offered: Offered) -> Floats:
    """(k,) by how many standard deviations each candidate moves up."""
    lift = np.zeros(len(rows))
    for boost in placement.boosts:
        lift += boost.by * offered.accepted(boost.where)[rows]
    if placement.margin_weight:
        margins = offered.columns.number("margin")[rows]
        known = margins[np.isfinite(margins)]
        if len(known) and known.std() > 0:  # an unknown margin moves nothing
            lift += placement.margin_weight * np.nan_to_num((margins - known.mean()) / known.std())
    return lift


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
