"""The index of a model of many items: lists of like items, and how many of them a search has to look at."""

from collections.abc import Sequence
from copy import copy
from typing import Any, NamedTuple

import numpy as np
from numpy.typing import NDArray

from recsvc.model.artifact import DTYPES, INDEX, Artifact, index_of
from recsvc.model.scoring import Query, Scores, build_queries, score, top
from recsvc.model.shortlist import is_searched, shortlists
from training.cases import Case

Columns = NDArray[np.float32]
LISTS = 8.0
"""Lists beside the root of the items: fewer hold what nobody wants, more take long to choose from."""
SAMPLE, SWEEPS = 24, 5
"""Items a list that k-means learns from, and its sweeps over them."""
PART = 2_048
TINY = np.float32(1e-12)
"""The length of an item of which nothing is known."""
NOT_OF_ITEMS = {"answers", "answer_means", "answer_covariance", "directions", *INDEX}

REACHES = (64, 96, 128, 192, 256, 384, 512, 768, 1_024)
"""Lists that a search may look at; 128 until judges say more."""
PLACES = 24
"""The best so many that a visitor does not have yet are compared: a slate, and what rules may take out."""
JUDGES = 200
"""Each costs a pass over all items."""
ENOUGH = 0.98
"""Share of the best that a search has to find; an index that does not is left out."""


def arranged(model: Artifact, seed: int) -> Artifact:
    """The same model with its items numbered list by list, and an index of these lists.

    k-means on [Y | V | s·pop], what the score sees of an item: answers and strengths are part of the vector
    that is looked for, so that one index serves everybody. Each item counts with the root of its length: with
    all of it, the many that nobody buys would fill most lists, and with none, lie in the lists of liked ones.
    A list stands for the longest of its items, which win: its centre is their mean weighed by length.
    """
    popular = model.parameters.popularity_scale * model.popularity
    columns = np.column_stack([model.factors, popular]).astype(np.float32)
    lengths = np.maximum(np.linalg.norm(columns, axis=1), TINY)
    drawn = columns / lengths[:, None] ** 0.5
    lists = _nearest(drawn, _centres(drawn, round(LISTS * len(columns) ** 0.5), seed))
    order = np.argsort(lists, kind="stable")
    starts = np.flatnonzero(np.diff(lists[order], prepend=-1, append=-1)).astype(np.int32)
    columns *= lengths[:, None]
    sums = np.add.reduceat(columns[order], starts[:-1], axis=0, dtype=np.float64)
    weights = np.add.reduceat(lengths[order], starts[:-1], dtype=np.float64)
    index = {
        "index_centres": (sums / weights[:, None]).astype(np.float32),
        "index_starts": starts,
        "index_reach": np.array([REACHES[2]], dtype=np.int32),
    }
    ids = tuple(model.vocabulary.ids[row] for row in order.tolist())
    return Artifact(model.manifest, ids, _renumbered(model.arrays, order) | index)


class Judged(NamedTuple):
    """A model whose index looks far enough, or that has none."""

    model: Artifact
    recall: float | None  # None: nobody judged it
    judges: int

    def summary(self) -> dict[str, float | int | None]:
        """For the manifest."""
        index = self.model.index
        return {"reach": index.reach if index else None, "recall": self.recall, "judges": self.judges}

    def sentence(self) -> str:
        """One line for people."""
        if self.recall is None:
            return "none: no visitor was left out who could judge it"
        found = f"{self.recall:.1%} of the best {PLACES} of {self.judges} visitors"
        index = self.model.index
        if index is None:
            return f"none: the most lists that are searched hold but {found}"
        return f"{index.reach:,} of {len(index.centres):,} lists hold {found}"


def judged(model: Artifact, judges: Sequence[Case], *, now: float) -> Judged:
    """Look as far as it takes to find what a pass over all items finds.

    Args:
        model: arranged, with its final strengths.
        judges: visitors with what is known of them.
        now: Unix seconds, the reference time of their histories.
    """
    told = [(case.history, case.answers) for case in judges[:JUDGES]]
    queries = build_queries(model, told, now=now)
    queries = [query for query in queries if is_searched(model, query)]
    wanted = [_best(query, score(model, query)) for query in queries]
    reaches = [reach for reach in REACHES if reach < len(model.arrays["index_centres"])] if queries else []
    recall = None
    for reach in reaches:
        found = _with(model, model.arrays | {"index_reach": np.array([reach], dtype=np.int32)})
        recall = float(np.mean([_share(found, *one) for one in zip(queries, wanted, strict=True)]))
        if recall >= ENOUGH:
            return Judged(found, recall, len(queries))
    return Judged(
        _with(model, {name: array for name, array in model.arrays.items() if name in DTYPES}),
        recall,
        len(queries),
    )


def _centres(columns: Columns, count: int, seed: int) -> Columns:
    """(count, w) k-means by Lloyd's sweeps over a sample; a list that nobody is near to begins anew."""
    rng = np.random.default_rng(seed)
    sample = columns[rng.permutation(len(columns))[: SAMPLE * count]]
    centres = sample[:count].copy()
    for _ in range(SWEEPS):
        lists = _nearest(sample, centres)
        order = np.argsort(lists, kind="stable")
        there, firsts, sizes = np.unique(lists[order], return_index=True, return_counts=True)
        centres = sample[rng.integers(len(sample), size=count)]
        centres[there] = np.add.reduceat(sample[order], firsts, axis=0) / sizes[:, None]
    return centres


def _nearest(columns: Columns, centres: Columns) -> NDArray[np.intp]:
    """(n,) the centre that each row is nearest to."""
    half = (centres**2).sum(axis=1) / 2
    parts = (columns[first : first + PART] for first in range(0, len(columns), PART))
    return np.concatenate([np.argmax(part @ centres.T - half, axis=1) for part in parts])


def _renumbered(arrays: dict[str, NDArray[Any]], order: NDArray[np.intp]) -> dict[str, NDArray[Any]]:
    """Arrays whose item i is item order[i] of before."""
    number = np.empty(len(order) + 1, dtype=np.int32)
    number[order] = np.arange(len(order))
    number[-1] = -1  # no neighbour stays none
    of_items = {name: array[order] for name, array in arrays.items() if name not in NOT_OF_ITEMS}
    tables = {name: number[array] for name, array in of_items.items() if name.endswith("_rows")}
    return arrays | of_items | tables


def _with(model: Artifact, arrays: dict[str, NDArray[Any]]) -> Artifact:
    other = copy(model)  # keeps what was prepared
    other.arrays, other.index = arrays, index_of(arrays)
    return other


def _best(query: Query, scores: Scores) -> set[int]:
    scores[query.known.rows] = -np.inf
    return set(top(scores, min(PLACES, len(scores) - len(query.known.rows))).tolist())


def _share(model: Artifact, query: Query, wanted: set[int]) -> float:
    """How much of a visitor's best new items the index finds, 0 to 1."""
    found = shortlists(model, [query])[0].rows
    return len(wanted & set(found[~np.isin(found, query.known.rows)][:PLACES].tolist())) / max(len(wanted), 1)
