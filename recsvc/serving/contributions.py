"""Contributions: the parts of a score, by what they rest on (docs/scoring.md)."""

import numpy as np

from recsvc.model import fold_in
from recsvc.model.artifact import Artifact
from recsvc.model.scoring import Floats, Query
from recsvc.model.vocabulary import Rows

POPULARITY, ANSWER, ITEM = range(3)
"""What a part of a score rests on."""
_KINDS = np.eye(3)


class Contributor:
    """Splits scores of one profile; the solve by known item is done once.

    The parts of an item sum to its score: popularity comes first, then the answers, then the known items.

    Attributes:
        kinds: of each part.
        ids: of each part: "popularity", the answer, or the item.
        is_kind: (parts, 3) 1 where a part is of a kind, else 0.
    """

    def __init__(self, artifact: Artifact, query: Query) -> None:
        self._artifact = artifact
        self._query = query
        answers, known = [*query.answer_parts], query.known.rows.tolist()
        self.kinds = ["popularity", *["answer"] * len(answers), *["item"] * len(known)]
        self.ids = ["popularity", *answers, *artifact.vocabulary.ids.texts(known)]
        self._items = 1 + len(answers)  # where they begin
        self.is_kind: Floats = _KINDS.repeat((1, len(answers), len(known)), axis=0)
        self._columns = _columns(artifact, query)
        self._repeats = bool(query.own.any())

    def of(self, rows: Rows) -> Floats:
        """(k, parts) float32: the scores of chosen rows, split."""
        artifact, query = self._artifact, self._query
        parts = artifact.factors.take(rows, axis=0) @ self._columns
        parts[:, 0] = query.popularity * artifact.popularity[rows]
        known = query.known.rows
        by_item = parts[:, self._items :]
        if query.theta:
            by_item += query.theta * query.known.table_weights * named(artifact, "table", known, rows)
        if self._repeats:
            by_item += query.own * (rows[:, None] == known)
        return parts


def named(artifact: Artifact, table: str, by: Rows, rows: Rows) -> Floats:
    """(k, m) float64: by how much the lists of m rows in a table of the artifact name each of k others."""
    others, weights = artifact.arrays[f"{table}_rows"][by], artifact.arrays[f"{table}_weights"][by]
    chosen, lists, places = (others == rows[:, None, None]).nonzero()
    size = (len(rows), len(by))
    sums = np.bincount(chosen * len(by) + lists, weights[lists, places], minlength=size[0] * size[1])
    return sums.reshape(size).astype(np.float64)


def _columns(artifact: Artifact, query: Query) -> Floats:
    """(f + r, parts) float32: what a factor of an item gives to each part; to popularity it gives nothing."""
    known, answers = len(query.known.rows), len(query.answer_parts)
    columns = np.zeros((artifact.factors.shape[1], 1 + answers + known), dtype=np.float32)
    if answers:
        columns[:, 1 : 1 + answers] = np.array([*query.answer_parts.values()]).T * query.tau
    if known:
        columns[: artifact.parameters.n_factors, 1 + answers :] = _by_item(artifact, query)
    return columns


def _by_item(artifact: Artifact, query: Query) -> Floats:
    """(f, known items): what each of them adds to the vector beyond what the prior says of it."""
    known, left = query.known, 1.0 - query.said
    if query.by_item is not None:
        return query.by_item * left
    lam = artifact.parameters.regularizer.of(len(known.rows))
    return fold_in.solve(
        artifact.item_factors, artifact.gram, known.rows, known.confidences, np.diag(left), lam
    )
