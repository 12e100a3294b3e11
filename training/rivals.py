"""Rivals: the model and what it is judged beside, each a way to rank all items for a visitor."""

from collections.abc import Callable, Sequence
from concurrent.futures import ThreadPoolExecutor
from copy import copy
from enum import StrEnum

import msgspec
import numpy as np
from numpy.typing import NDArray

from recsvc.model.artifact import Artifact
from recsvc.model.parameters import Strengths
from recsvc.model.prior import NO_ANSWERS
from recsvc.model.scoring import NO_HISTORY, Known, Query, build_query, known_items, score_many, top
from recsvc.model.vocabulary import Rows
from training.cases import Case
from training.fit.local import cores

Floats = NDArray[np.floating]
Ranker = Callable[[Sequence[Case], Sequence[int]], list[Rows]]
"""(visitors, how many items each) → the rows of the best items of each, best first."""
TINY = float(np.finfo(np.float32).tiny)
PLAIN = Strengths(tau=(0.0,) * 5, rho=(0.0,) * 5)


class Rival(StrEnum):
    """What is judged side by side."""

    MODEL = "model"
    POPULARITY = "popularity"
    POPULARITY_WINDOW = "popularity_window"
    OWN_COUNTS = "own_counts"
    FOLD_IN = "fold_in"
    ANSWERS = "answers"


def rankers(artifact: Artifact, now: float) -> dict[Rival, Ranker]:
    """How each rival ranks; `now` in Unix seconds is the reference time of the decay."""
    plain = with_strengths(artifact, PLAIN)
    popularity, window = artifact.popularity, artifact.arrays["popularity_window"]
    popular = _order(popularity)
    return {
        Rival.MODEL: _scored(artifact, lambda c: build_query(artifact, c.history, c.answers, now=now)),
        Rival.POPULARITY: _fixed(popular),
        Rival.POPULARITY_WINDOW: _fixed(_order(popularity, window)),
        Rival.OWN_COUNTS: _own_counts(artifact, popular, now),
        Rival.FOLD_IN: _scored(plain, lambda c: build_query(plain, c.history, NO_ANSWERS, now=now)),
        Rival.ANSWERS: _scored(artifact, lambda c: build_query(artifact, NO_HISTORY, c.answers, now=now)),
    }


def with_strengths(artifact: Artifact, strengths: Strengths) -> Artifact:
    """The same model with other strengths."""
    artifact.prepare()
    other = copy(artifact)  # keeps what was prepared; strengths change the answers alone
    other.__dict__.pop("answer_table", None)
    other.parameters = msgspec.structs.replace(artifact.parameters, strengths=strengths)
    other.manifest = msgspec.structs.replace(artifact.manifest, parameters=other.parameters)
    return other


def _scored(artifact: Artifact, query: Callable[[Case], Query]) -> Ranker:
    def rank(cases: Sequence[Case], lengths: Sequence[int]) -> list[Rows]:
        scores = score_many(artifact, [query(case) for case in cases])
        with ThreadPoolExecutor(cores()) as pool:  # NumPy sorts outside the interpreter's lock
            return [*pool.map(top, scores, lengths)]

    return rank


def _fixed(order: Rows) -> Ranker:
    """The same for everybody: sorted once, where scores would be sorted for each visitor."""
    return lambda _, lengths: [order[:length] for length in lengths]


def _own_counts(artifact: Artifact, popular: Rows, now: float) -> Ranker:
    """What the visitor had, by weight and at equal weights by popularity; then everything else by that."""
    liked = artifact.popularity.astype(np.float64)
    liked /= 2.0 * max(float(liked.max()), TINY)

    def rank(cases: Sequence[Case], lengths: Sequence[int]) -> list[Rows]:
        known = [known_items(artifact, case.history, now) for case in cases]
        return [_first(one, liked, popular, length) for one, length in zip(known, lengths, strict=True)]

    return rank


def _first(known: Known, liked: Floats, popular: Rows, length: int) -> Rows:
    if not len(known.rows):
        return popular[:length]
    own = known.rows[_order(known.weights / known.weights.min() + liked[known.rows])]
    rest = popular[: length + len(own)]
    return np.concatenate([own, rest[~np.isin(rest, own)]])[:length]


def _order(*keys: Floats) -> Rows:
    """Places by the last key, then by the one before it, each from high to low; then as they stand."""
    return np.lexsort([-key for key in keys]).astype(np.int32)
