"""Explain: the real contributions to a score, and the reason they make."""

from collections.abc import Sequence
from typing import NamedTuple

import numpy as np

from recsvc.domain.placements import Strategy
from recsvc.domain.slates import Because, Reason
from recsvc.model import fold_in
from recsvc.model.artifact import Artifact
from recsvc.model.scoring import Floats, Query
from recsvc.model.vocabulary import Rows
from recsvc.serving.candidates import Candidate
from recsvc.serving.wording import Wording

SHOWN = 3
"""Contributions named with an item, the largest first."""
LEAST_SHARE = 0.0005
"""A contribution below it would be shown as zero."""
PERSONAL_SHARE = 0.2
"""Least share of history or answers from which on they are the reason, not popularity."""


_CONTEXT_CODES = {
    Strategy.SIMILAR: "similar",
    Strategy.TOGETHER: "bought_together",
    Strategy.CART: "goes_with_cart",
}
_KIND = {"popularity": 0, "answer": 1, "item": 2}


class Contributions(NamedTuple):
    """Each part of the score of k chosen items; the parts of an item sum to its score."""

    labels: tuple[tuple[str, str], ...]  # (kind, id) a part: popularity, then answers, then known items
    values: Floats  # (k, parts)


def contributions(artifact: Artifact, query: Query, rows: Rows) -> Contributions:
    """Split the scores of chosen rows by what they rest on (docs/scoring.md)."""
    factors = artifact.factors[rows].astype(np.float64)
    known = query.known
    answers = np.array([*query.answer_parts.values()]).reshape(-1, factors.shape[1]) * query.tau
    columns = [(query.popularity * artifact.popularity[rows])[:, None], factors @ answers.T]
    if len(known.rows):
        prior = query.popularity * artifact.popularity[known.rows] + artifact.factors[
            known.rows
        ] @ answers.sum(0)
        lam = artifact.parameters.regularizer.of(len(known.rows))
        by_item = fold_in.solve(
            artifact.item_factors, artifact.gram, known.rows, known.confidences, np.diag(1.0 - prior), lam
        )
        columns.append(factors[:, : artifact.parameters.n_factors] @ by_item)
        if query.theta:
            columns[-1] += query.theta * _table_parts(artifact, query, rows)
        columns[-1] += np.where(rows[:, None] == known.rows, query.own, 0.0)
    ids = artifact.vocabulary.ids
    labels = (
        ("popularity", "popularity"),
        *(("answer", answer) for answer in query.answer_parts),
        *(("item", ids[row]) for row in known.rows.tolist()),
    )
    return Contributions(labels, np.hstack(columns))


def _table_parts(artifact: Artifact, query: Query, rows: Rows) -> Floats:
    """(k, m): what the row of each known item in the item-item table gives to each chosen row."""
    near = artifact.arrays["table_rows"][query.known.rows]
    weights = artifact.arrays["table_weights"][query.known.rows] * query.known.table_weights[:, None]
    return np.array([np.where(near == row, weights, 0.0).sum(axis=1) for row in rows])


class Explainer:
    """Turns contributions into reasons in the reader's language."""

    def __init__(self, artifact: Artifact, wording: Wording, bought: frozenset[str]) -> None:
        self._artifact = artifact
        self._wording = wording
        self._bought = bought

    def reasons(self, chosen: Sequence[Candidate], query: Query, context: Sequence[str]) -> list[Reason]:
        """One reason a candidate, aligned."""
        personal = [one.row for one in chosen if one.source is Strategy.PERSONAL]
        told = iter(self._personal(np.array(personal, dtype=np.int32), query) if personal else ())
        return [
            next(told) if one.source is Strategy.PERSONAL else self._of_context(one, context)
            for one in chosen
        ]

    def _of_context(self, candidate: Candidate, context: Sequence[str]) -> Reason:
        table = "similar" if candidate.source is Strategy.SIMILAR else "together"
        vocabulary = self._artifact.vocabulary
        weighed = []
        for item_id in context:
            row = vocabulary.row(item_id)
            if row is not None:
                hits = self._artifact.arrays[f"{table}_rows"][row] == candidate.row
                weighed.append((item_id, float(self._artifact.arrays[f"{table}_weights"][row][hits].sum())))
        total = sum(weight for _, weight in weighed) or 1.0
        ordered = sorted(weighed, key=lambda one: -one[1])[:SHOWN]
        shares = (Because("item", item_id, round(weight / total, 3)) for item_id, weight in ordered)
        because = tuple(one for one in shares if one.share > 0)
        code = _CONTEXT_CODES[candidate.source]
        return Reason(code, self._wording.text(code, because), because)

    def _personal(self, rows: Rows, query: Query) -> list[Reason]:
        labels, values = contributions(self._artifact, query, rows)
        positive = np.maximum(values, 0.0)
        shares = positive / np.maximum(positive.sum(axis=1, keepdims=True), 1e-12)
        first_item = 1 + len(query.answer_parts)
        kinds = np.array([_KIND[kind] for kind, _ in labels])
        by_kind = np.stack([shares[:, 1:first_item].sum(axis=1), shares[:, first_item:].sum(axis=1)], axis=1)
        found = []
        for row, share, (answers, items) in zip(rows.tolist(), shares, by_kind.tolist(), strict=True):
            own = _own_kind(answers, items)
            order = np.argsort(-(share + (kinds == _KIND[own])), kind="stable")[:SHOWN].tolist()
            named = [(*labels[part], float(share[part])) for part in order if share[part] >= LEAST_SHARE]
            because = tuple(Because(kind, name, round(part, 3)) for kind, name, part in named)
            code = self._code(own, self._artifact.vocabulary.ids[row], because)
            found.append(Reason(code, self._wording.text(code, because), because))
        return found

    def _code(self, own: str, item_id: str, because: Sequence[Because]) -> str:
        if own == "popularity":
            return "popular"
        if own == "answer":
            return "from_answers"
        if item_id in self._bought:
            return "bought_before"
        return "because_bought" if because and because[0].id in self._bought else "because_viewed"


def _own_kind(answers: float, items: float) -> str:
    """What the reason speaks of: the larger of answers and history, or popularity where both are small."""
    if max(answers, items) < PERSONAL_SHARE:
        return "popularity"
    return "answer" if answers >= items else "item"
