"""Evaluation: judge a model beside its rivals, ranking with the very code that serves."""

from collections.abc import Callable, Sequence
from copy import copy
from enum import StrEnum
from typing import Any, NamedTuple

import msgspec
import numpy as np
from numpy.typing import NDArray

from recsvc.model.artifact import Artifact
from recsvc.model.parameters import Strengths
from recsvc.model.prior import NO_ANSWERS
from recsvc.model.scoring import NO_HISTORY, build_query, known_items, score_many, top
from recsvc.model.vocabulary import Rows
from training.cases import Case
from training.metrics import Figures, Ranked, figures, interval, ndcg

Scores = NDArray[np.floating]
Scorer = Callable[[Sequence[Case]], Scores]
BATCH = 128  # visitors a pass: 128 × 40,000 float32 are 20 MB
PLAIN = Strengths(tau=(0.0,) * 5, rho=(0.0,) * 5)


class Segment(StrEnum):
    """Which targets count: all, those the visitor had before, or those that are new to them."""

    ALL = "all"
    REPEAT = "repeat"
    NEW = "new"


class Rival(StrEnum):
    """What is judged side by side."""

    MODEL = "model"
    POPULARITY = "popularity"
    OWN_COUNTS = "own_counts"
    FOLD_IN = "fold_in"
    ANSWERS = "answers"


class Judged(NamedTuple):
    """The lists of one rival in one segment."""

    ranked: Ranked
    visitors: list[str]


class Evaluation(NamedTuple):
    """Everything that was judged."""

    ks: tuple[int, ...]
    n_items: int
    dropped_targets: int
    judged: dict[Segment, dict[Rival, Judged]]

    def ndcg(self, rival: Rival, k: int, segment: Segment = Segment.ALL) -> Scores:
        """(b,) NDCG@k of each visitor in a segment."""
        return ndcg(self.judged[segment][rival].ranked, k)

    def summary(self) -> dict[str, Any]:
        """The JSON of the contracts."""
        segments = {segment.value: self._segment(segment) for segment in Segment}
        everything = segments[Segment.ALL]
        return {
            "visitors": everything["visitors"],
            "k": list(self.ks),
            "dropped_targets": self.dropped_targets,
            "model": everything["model"],
            "popularity": everything["popularity"],
            "segments": segments,
        }

    def _segment(self, segment: Segment) -> dict[str, Any]:
        rivals = self.judged[segment]
        found: dict[str, Figures] = {
            rival.value: figures(judged.ranked, self.ks, self.n_items) for rival, judged in rivals.items()
        }
        ci = {f"ndcg@{k}": interval(ndcg(rivals[Rival.MODEL].ranked, k)) for k in self.ks}
        return {"visitors": len(rivals[Rival.MODEL].visitors), **found, "ci": ci}


def evaluate(
    artifact: Artifact,
    cases: Sequence[Case],
    *,
    ks: Sequence[int],
    keep_seen: bool,
    now: float,
    dropped_targets: int = 0,
    rivals: Sequence[Rival] = tuple(Rival),
    advance: Callable[[int], None] = lambda _: None,
) -> Evaluation:
    """Rank all items for each visitor and judge the tops.

    Without `keep_seen` nothing the visitor had is ranked, and a target among it is a miss. Targets that
    repeat are always judged among all items, new ones always among what the visitor did not have.

    Args:
        artifact: the model.
        cases: visitors with at least one target each.
        ks: lengths of the lists.
        keep_seen: whether lists may hold what the visitor had.
        now: Unix seconds, the reference time of the decay.
        dropped_targets: only reported.
        rivals: what to judge.
        advance: told how many visitors were ranked.
    """
    scorers = _scorers(artifact, now)
    depth = max(ks)
    parts: dict[Segment, dict[Rival, list[_Top]]] = {s: {r: [] for r in rivals} for s in Segment}
    for first in range(0, len(cases), BATCH):
        batch = [_seen(artifact, case) for case in cases[first : first + BATCH]]
        for rival in rivals:
            scores = scorers[rival]([one.case for one in batch])
            for one, row in zip(batch, scores, strict=True):
                for segment, tops in _judge(one, row, depth, keep_seen=keep_seen).items():
                    parts[segment][rival].append(tops)
        advance(len(batch))
    judged = {s: {r: _stack(tops, depth) for r, tops in of.items()} for s, of in parts.items()}
    return Evaluation(tuple(ks), len(artifact.popularity), dropped_targets, judged)


class _Seen(NamedTuple):
    case: Case
    seen: Rows  # rows in the history
    repeated: Rows  # targets among them


class _Top(NamedTuple):
    visitor_id: str
    shown: Rows  # (≤ k,)
    hits: NDArray[np.bool_]
    targets: int


def _seen(artifact: Artifact, case: Case) -> _Seen:
    rows = artifact.vocabulary.rows_or_minus_one(case.history.item_ids)
    seen = np.unique(rows[rows >= 0])
    return _Seen(case, seen, case.targets[np.isin(case.targets, seen)])


def _judge(one: _Seen, scores: Scores, depth: int, *, keep_seen: bool) -> dict[Segment, _Top]:
    """The tops of one visitor in the segments where they have targets."""
    case, repeated = one.case, len(one.repeated)
    every = _best(scores, depth) if keep_seen or repeated else None
    scores[one.seen] = -np.inf
    unseen = _best(scores, depth)
    found = {Segment.ALL: _top(case, every if keep_seen and every is not None else unseen, case.targets,
                               case.n_targets)}  # fmt: skip
    if repeated and every is not None:
        found[Segment.REPEAT] = _top(case, every, one.repeated, repeated)
    if case.n_targets > repeated:
        fresh = np.setdiff1d(case.targets, one.repeated)
        found[Segment.NEW] = _top(case, unseen, fresh, case.n_targets - repeated)
    return found


def _best(scores: Scores, depth: int) -> Rows:
    rows = top(scores, depth)
    return rows[np.isfinite(scores[rows])]


def _top(case: Case, shown: Rows, targets: Rows, n_targets: int) -> _Top:
    # Targets are sorted: a search needs none of what np.isin sets up for each of many short arrays.
    found = np.searchsorted(targets, shown) if len(targets) else np.full(len(shown), -1)
    hits = np.append(targets, -1)[found] == shown
    return _Top(case.visitor_id, shown, hits, n_targets)


def _stack(tops: list[_Top], depth: int) -> Judged:
    shown = np.full((len(tops), depth), -1, dtype=np.int32)
    hits = np.zeros((len(tops), depth), dtype=bool)
    for place, one in enumerate(tops):
        shown[place, : len(one.shown)] = one.shown
        hits[place, : len(one.hits)] = one.hits
    targets = np.array([one.targets for one in tops], dtype=np.int64)
    return Judged(Ranked(hits, shown, targets), [one.visitor_id for one in tops])


def with_strengths(artifact: Artifact, strengths: Strengths) -> Artifact:
    """The same model with other strengths."""
    artifact.prepare()
    other = copy(artifact)  # keeps what was prepared but for the answers: strengths change no other
    other.__dict__.pop("answer_table", None)
    other.parameters = msgspec.structs.replace(artifact.parameters, strengths=strengths)
    other.manifest = msgspec.structs.replace(artifact.manifest, parameters=other.parameters)
    return other


def _scorers(artifact: Artifact, now: float) -> dict[Rival, Scorer]:
    plain = with_strengths(artifact, PLAIN)

    def model(cases: Sequence[Case]) -> Scores:
        return score_many(artifact, [build_query(artifact, c.history, c.answers, now=now) for c in cases])

    def fold_in(cases: Sequence[Case]) -> Scores:
        return score_many(plain, [build_query(plain, c.history, NO_ANSWERS, now=now) for c in cases])

    def answers(cases: Sequence[Case]) -> Scores:
        return score_many(artifact, [build_query(artifact, NO_HISTORY, c.answers, now=now) for c in cases])

    def popularity(cases: Sequence[Case]) -> Scores:
        return np.tile(artifact.popularity, (len(cases), 1))

    def own_counts(cases: Sequence[Case]) -> Scores:
        return np.stack([_own_counts(artifact, case, now) for case in cases])

    return {
        Rival.MODEL: model,
        Rival.POPULARITY: popularity,
        Rival.OWN_COUNTS: own_counts,
        Rival.FOLD_IN: fold_in,
        Rival.ANSWERS: answers,
    }


def _own_counts(artifact: Artifact, case: Case, now: float) -> Scores:
    """What the visitor had, by weight; then everything else by popularity."""
    known = known_items(artifact, case.history, now)
    popularity = np.asarray(artifact.popularity, dtype=np.float64)
    scores = popularity / max(float(popularity.max(initial=0.0)), np.finfo(np.float64).tiny) / 2
    if len(known.rows):
        scores[known.rows] += known.weights / known.weights.min()
    return scores
