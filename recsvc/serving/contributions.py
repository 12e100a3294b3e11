"""Contributions: the parts of a score, by what they rest on (docs/scoring.md)."""

from typing import NamedTuple

import numpy as np

from recsvc.model import fold_in
from recsvc.model.artifact import Artifact
from recsvc.model.scoring import Floats, Query
from recsvc.model.vocabulary import Rows


class Contributions(NamedTuple):
    """Each part of the score of k chosen items; the parts of an item sum to its score."""

    labels: tuple[tuple[str, str], ...]  # (kind, id) a part: popularity, then answers, then known items
    n_answers: int
    values: Floats  # (k, parts)


class Contributor:
    """Splits scores of one profile; the solve by known item is done once."""

    def __init__(self, artifact: Artifact, query: Query) -> None:
        self._artifact = artifact
        self._query = query
        ids = artifact.vocabulary.ids
        self._labels = (
            ("popularity", "popularity"),
            *(("answer", answer) for answer in query.answer_parts),
            *(("item", ids[row]) for row in query.known.rows.tolist()),
        )
        self._columns = _columns(artifact, query)

    def of(self, rows: Rows) -> Contributions:
        """Split the scores of chosen rows."""
        artifact, query = self._artifact, self._query
        popular = (query.popularity * artifact.popularity[rows])[:, None]
        values = np.hstack([popular, artifact.factors[rows] @ self._columns])
        if len(query.known.rows):
            by_item = values[:, -len(query.known.rows) :]
            if query.theta:
                by_item += query.theta * _table_parts(artifact, query, rows)
            by_item += np.where(rows[:, None] == query.known.rows, query.own, 0.0)
        return Contributions(self._labels, len(query.answer_parts), values)


def _columns(artifact: Artifact, query: Query) -> Floats:
    """(f + r, answers + known items): what a factor of an item gives to each part."""
    known, width = query.known, artifact.factors.shape[1]
    answers = np.array([*query.answer_parts.values()]).reshape(-1, width) * query.tau
    columns = np.zeros((width, len(answers) + len(known.rows)))
    columns[:, : len(answers)] = answers.T
    if len(known.rows):
        columns[: artifact.parameters.n_factors, len(answers) :] = _by_item(artifact, query)
    return columns.astype(np.float32)


def _by_item(artifact: Artifact, query: Query) -> Floats:
    """(f, known items): what each of them adds to the vector beyond what the prior says of it."""
    known, left = query.known, 1.0 - query.said
    if query.by_item is not None:
        return query.by_item * left
    lam = artifact.parameters.regularizer.of(len(known.rows))
    return fold_in.solve(
        artifact.item_factors, artifact.gram, known.rows, known.confidences, np.diag(left), lam
    )


def _table_parts(artifact: Artifact, query: Query, rows: Rows) -> Floats:
    """(k, m): what the row of each known item in the item-item table gives to each chosen row."""
    near = artifact.arrays["table_rows"][query.known.rows]
    weights = artifact.arrays["table_weights"][query.known.rows] * query.known.table_weights[:, None]
    return np.array([np.where(near == row, weights, 0.0).sum(axis=1) for row in rows])
