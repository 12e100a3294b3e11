"""Evaluation: judge a model beside its rivals, ranking with the very code that serves."""

from collections.abc import Callable, Sequence
from concurrent.futures import ThreadPoolExecutor
from enum import StrEnum
from typing import Any, NamedTuple

import numpy as np
from numpy.typing import NDArray

from recsvc.model.artifact import Artifact
from recsvc.model.vocabulary import Rows
from training.cases import Case
from training.metrics import Assortment, Interval, Ranked, figures, information, intervals, ndcg
from training.rivals import Rival, Rivals
from training.threads import cores

Floats = NDArray[np.floating]
BATCH = 128  # visitors a pass: 128 × 40,000 float32 are 20 MB


class Segment(StrEnum):
    """Which targets count: all, those the visitor had before, or those that are new to them."""

    ALL = "all"
    REPEAT = "repeat"
    NEW = "new"


class Lists(NamedTuple):
    """What one rival shows each visitor, -1 where nothing is left to show."""

    every: NDArray[np.int32]  # (b, depth) the best of all items
    unseen: NDArray[np.int32]  # (b, depth) the best of what the visitor did not have


class Audience(NamedTuple):
    """Some of the visitors that were ranked, with the targets that count here."""

    cases: Sequence[Case]  # at least one target each
    keep_seen: bool  # which of the two lists is judged


class Evaluation(NamedTuple):
    """Everybody's lists by every rival; judging them is cheap and can be asked for any audience."""

    ks: tuple[int, ...]
    dropped_targets: int
    assortment: Assortment
    everybody: Audience
    seen: list[Rows]  # distinct rows of each history
    lists: dict[Rival, Lists]

    def audience(self, segment: Segment = Segment.ALL) -> Audience:
        """The visitors that have targets in a segment.

        Targets that repeat are always judged among all items, new ones among what the visitor did not have.
        """
        if segment is Segment.ALL:
            return self.everybody
        repeat = segment is Segment.REPEAT
        pairs = zip(self.everybody.cases, self.seen, strict=True)
        narrowed = (_narrow(case, seen, repeat=repeat) for case, seen in pairs)
        return Audience([case for case in narrowed if case.n_targets], keep_seen=repeat)

    def ranked(self, rival: Rival, audience: Audience) -> Ranked:
        """The lists that an audience was shown by a rival, judged."""
        lists = self.lists[rival].every if audience.keep_seen else self.lists[rival].unseen
        places = {case.visitor_id: place for place, case in enumerate(self.everybody.cases)}
        shown = lists[np.array([places[case.visitor_id] for case in audience.cases], dtype=np.intp)]
        targets = [case.targets for case in audience.cases]
        counts = np.array([case.n_targets for case in audience.cases], dtype=np.int64)
        return Ranked(_hits(shown, targets, len(self.assortment.information)), shown, counts)

    def ndcg(self, rival: Rival, k: int, segment: Segment = Segment.ALL) -> Floats:
        """(b,) NDCG@k of each visitor in a segment."""
        return ndcg(self.ranked(rival, self.audience(segment)), k)

    def table(self, audience: Audience) -> dict[str, Any]:
        """The JSON of one segment: every rival's figures, and intervals of the model's."""
        ranked = {rival: self.ranked(rival, audience) for rival in self.lists}
        found = {rival.value: figures(one, self.ks, self.assortment) for rival, one in ranked.items()}
        return {"visitors": len(audience.cases), **found, "ci": self._intervals(ranked)}

    def summary(self) -> dict[str, Any]:
        """The JSON of the contracts."""
        segments = {segment.value: self.table(self.audience(segment)) for segment in Segment}
        everything = segments[Segment.ALL]
        return {
            "visitors": everything["visitors"],
            "k": list(self.ks),
            "dropped_targets": self.dropped_targets,
            "model": everything["model"],
            "popularity": everything["popularity"],
            "segments": segments,
        }

    def _intervals(self, ranked: dict[Rival, Ranked]) -> dict[str, Interval | None]:
        values: dict[str, Floats] = {}
        for k in self.ks:
            model = ndcg(ranked[Rival.MODEL], k)
            others = {rival: ndcg(one, k) for rival, one in ranked.items() if rival is not Rival.MODEL}
            gains = {f"ndcg@{k}_vs_{rival}": model - theirs for rival, theirs in others.items()}
            values |= {f"ndcg@{k}": model, **gains}
        return intervals(values)


def evaluate(
    artifact: Artifact,
    cases: Sequence[Case],
    *,
    ks: Sequence[int],
    keep_seen: bool,
    now: float,
    dropped_targets: int = 0,
    rivals: Sequence[Rival] = tuple(Rival),
    out_of_stock: NDArray[np.bool_] | None = None,
    advance: Callable[[int], None] = lambda _: None,
) -> Evaluation:
    """Rank all items for each visitor and keep the tops.

    Without `keep_seen` nothing the visitor had is ranked, and a target among it is a miss.

    Args:
        artifact: the model.
        cases: visitors with at least one target each, each visitor once.
        ks: lengths of the lists.
        keep_seen: whether lists may hold what the visitor had.
        now: Unix seconds, the reference time of the decay.
        dropped_targets: only reported.
        rivals: what to judge.
        out_of_stock: (n,) by the catalogue; only reported.
        advance: told how many visitors were ranked.
    """
    everybody, depth = Rivals(artifact, now, rivals), max(ks)
    seen = [_seen(artifact, case) for case in cases]
    lists = {rival: _empty(len(cases), depth) for rival in rivals}

    def rank(first: int) -> int:
        batch = slice(first, first + BATCH)
        ranked = everybody.rank(cases[batch], [depth + len(rows) for rows in seen[batch]])
        for rival, found in ranked.items():
            _fill(lists[rival], first, found, seen[batch], len(artifact.popularity))
        return len(seen[batch])

    with ThreadPoolExecutor(cores()) as pool:  # NumPy multiplies and sorts outside the interpreter's lock
        for count in pool.map(rank, range(0, len(cases), BATCH)):
            advance(count)
    assortment = Assortment(information(artifact.arrays["item_counts"]), out_of_stock)
    return Evaluation(tuple(ks), dropped_targets, assortment, Audience(cases, keep_seen), seen, lists)


def _seen(artifact: Artifact, case: Case) -> Rows:
    rows = artifact.vocabulary.rows_or_minus_one(case.history.item_ids)
    return np.unique(rows[rows >= 0])


def _empty(visitors: int, depth: int) -> Lists:
    return Lists(*(np.full((visitors, depth), -1, dtype=np.int32) for _ in Lists._fields))


def _fill(lists: Lists, first: int, ranked: Sequence[Rows], seen: Sequence[Rows], n_items: int) -> None:
    """Put rankings into both lists; they are long enough for what the visitor had to be taken out."""
    depth = lists.every.shape[1]
    had = np.zeros(n_items, dtype=bool)  # a look-up: np.isin sorts anew for each visitor
    for place, (rows, theirs) in enumerate(zip(ranked, seen, strict=True), start=first):
        had[theirs] = True
        for kept, best in zip(lists, (rows, rows[~had[rows]]), strict=True):
            kept[place, : len(best[:depth])] = best[:depth]
        had[theirs] = False


def _narrow(case: Case, seen: Rows, *, repeat: bool) -> Case:
    """The case with its repeated targets alone, or without them; targets the model does not know are new."""
    again = np.isin(case.targets, seen)
    count = int(again.sum())
    if repeat:
        return case._replace(targets=case.targets[again], n_targets=count)
    return case._replace(targets=case.targets[~again], n_targets=case.n_targets - count)


def _hits(shown: NDArray[np.int32], targets: Sequence[Rows], n_items: int) -> NDArray[np.bool_]:
    """(m, depth) whether each place holds a target of its visitor; one search for all of them."""
    visitors = np.repeat(np.arange(len(targets)), [len(rows) for rows in targets])
    wanted = visitors * n_items + np.concatenate([*targets, np.empty(0, dtype=np.int64)])
    keys = np.arange(len(shown))[:, None] * n_items + shown
    return np.isin(keys, wanted) & (shown >= 0)
