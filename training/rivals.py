"""Rivals: the model and what it is judged beside, each a way to rank all items for a visitor."""

from collections.abc import Callable, Mapping, Sequence
from copy import copy
from enum import StrEnum

import msgspec
import numpy as np
from numpy.typing import NDArray

from recsvc.model.artifact import Artifact
from recsvc.model.known import NO_HISTORY, Known
from recsvc.model.parameters import Strengths
from recsvc.model.scoring import Query, Solved, build_queries, score_many, solve, top, weigh
from recsvc.model.vocabulary import Rows
from training.cases import Case

Floats = NDArray[np.floating]
Ranker = Callable[[Sequence[Case], Sequence[Solved], Sequence[int]], list[Rows]]
"""(visitors, each solved, how many items each) → the rows of the best items of each, best first."""
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


class Rivals:
    """How each rival ranks. What takes time is done once for all of them: each visitor is solved once."""

    def __init__(self, artifact: Artifact, now: float, rivals: Sequence[Rival]) -> None:
        """Take `now` in Unix seconds as the reference time of the decay."""
        artifact.prepare()
        self._artifact = artifact
        self._now = now
        rankers = _rankers(artifact, now)
        self._rankers = {rival: rankers[rival] for rival in rivals}

    def rank(self, cases: Sequence[Case], lengths: Sequence[int]) -> dict[Rival, list[Rows]]:
        """The rows of the best items of each visitor, best first, as many as asked for."""
        solved = solve(self._artifact, [(case.history, case.answers) for case in cases], now=self._now)
        return {rival: rank(cases, solved, lengths) for rival, rank in self._rankers.items()}


def _rankers(artifact: Artifact, now: float) -> Mapping[Rival, Ranker]:
    popularity, window = artifact.popularity, artifact.arrays["popularity_window"]
    popular = _order(popularity)
    return {
        Rival.MODEL: _weighed(artifact, artifact.parameters.strengths),
        Rival.POPULARITY: _fixed(popular),
        Rival.POPULARITY_WINDOW: _fixed(_order(popularity, window)),
        Rival.OWN_COUNTS: _own_counts(popularity, popular),
        Rival.FOLD_IN: _weighed(artifact, PLAIN),
        Rival.ANSWERS: _answers(artifact, popular, now),
    }


def with_strengths(artifact: Artifact, strengths: Strengths) -> Artifact:
    """The same model with other strengths."""
    artifact.prepare()
    other = copy(artifact)  # keeps what was prepared; strengths change the answers alone
    other.__dict__.pop("answer_table", None)
    other.parameters = msgspec.structs.replace(artifact.parameters, strengths=strengths)
    other.manifest = msgspec.structs.replace(artifact.manifest, parameters=other.parameters)
    return other


def _best(artifact: Artifact, queries: Sequence[Query], lengths: Sequence[int]) -> list[Rows]:
    every = score_many(artifact, queries)
    return [top(scores, length) for scores, length in zip(every, lengths, strict=True)]


def _weighed(artifact: Artifact, strengths: Strengths) -> Ranker:
    return lambda _, solved, lengths: _best(artifact, weigh(artifact, solved, strengths), lengths)


def _answers(artifact: Artifact, popular: Rows, now: float) -> Ranker:
    """By the answers without the history; where there are none that is popularity, and nothing is scored."""

    def rank(cases: Sequence[Case], _: Sequence[Solved], lengths: Sequence[int]) -> list[Rows]:
        told = [place for place, case in enumerate(cases) if case.answers]
        found = [popular[:length] for length in lengths]
        queries = build_queries(artifact, [(NO_HISTORY, cases[place].answers) for place in told], now=now)
        best = _best(artifact, queries, [lengths[place] for place in told]) if told else []
        for place, rows in zip(told, best, strict=True):
            found[place] = rows
        return found

    return rank


def _fixed(order: Rows) -> Ranker:
    """The same for everybody: sorted once, where scores would be sorted for each visitor."""
    return lambda _, __, lengths: [order[:length] for length in lengths]


def _own_counts(popularity: Floats, popular: Rows) -> Ranker:
    """What the visitor had, by weight and at equal weights by popularity; then everything else by that."""
    liked = popularity.astype(np.float64)
    liked /= 2.0 * max(float(liked.max()), TINY)
    return lambda _, solved, lengths: [
        _first(one.known, liked, popular, length) for one, length in zip(solved, lengths, strict=True)
    ]


def _first(known: Known, liked: Floats, popular: Rows, length: int) -> Rows:
    if not len(known.rows):
        return popular[:length]
    own = known.rows[_order(known.weights / known.weights.min() + liked[known.rows])]
    rest = popular[: length + len(own)]
    return np.concatenate([own, rest[~np.isin(rest, own)]])[:length]


def _order(*keys: Floats) -> Rows:
    """Places by the last key, then by the one before it, each from high to low; then as they stand."""
    return np.lexsort([-key for key in keys]).astype(np.int32)
