"""Explain: the reason of every item that is shown, from the real contributions to its score."""

from collections.abc import Sequence
from functools import cached_property

import numpy as np
from numpy.typing import NDArray

from recsvc.domain.placements import FROM_SCORE, Strategy
from recsvc.domain.profile import Profile
from recsvc.domain.slates import Because, Reason
from recsvc.model.artifact import Artifact
from recsvc.model.scoring import Floats
from recsvc.model.vocabulary import Rows
from recsvc.serving.candidates import Candidate
from recsvc.serving.queries import Ranked
from recsvc.serving.visitor import bought_items
from recsvc.serving.wording import Wording

SHOWN = 3
"""Contributions named with an item, the largest first."""
PERSONAL_SHARE = 0.2
"""Least share of history or answers from which on they are the reason, not popularity."""


_CODES = {
    Strategy.SIMILAR: "similar",
    Strategy.SIMILAR_TO_CART: "similar",
    Strategy.TOGETHER: "bought_together",
    Strategy.CART: "goes_with_cart",
    Strategy.BECAUSE_YOU_BOUGHT: "because_bought",
    Strategy.BUY_AGAIN: "buy_again",
    Strategy.RECENTLY_VIEWED: "recently_viewed",
    Strategy.TRENDING: "trending",
    Strategy.NEW_ARRIVALS: "new_arrival",
    Strategy.POPULAR: "popular",
    Strategy.FIXED: "chosen_by_shop",
}
_TABLES = {
    Strategy.SIMILAR: "similar",
    Strategy.SIMILAR_TO_CART: "similar",
    Strategy.TOGETHER: "together",
    Strategy.CART: "together",
    Strategy.BECAUSE_YOU_BOUGHT: "table",
}
"""The table of the artifact by which a source knows what is near."""
_OF_THEMSELVES = frozenset({Strategy.BUY_AGAIN, Strategy.RECENTLY_VIEWED})
"""Sources whose items are their own reason."""
POPULARITY, ANSWER, ITEM = range(3)
"""What a reason may speak of."""


class Explainer:
    """Turns contributions into reasons in the reader's language."""

    def __init__(self, artifact: Artifact, wording: Wording, ranked: Ranked, profile: Profile) -> None:
        self._artifact = artifact
        self._wording = wording
        self._ranked = ranked
        self._profile = profile

    @cached_property
    def _bought(self) -> frozenset[str]:
        return bought_items(self._profile)

    def reasons(self, chosen: Sequence[Candidate], context: Sequence[str]) -> list[Reason]:
        """One reason a candidate, aligned.

        Args:
            chosen: what is shown; nothing else is explained.
            context: item ids of the page, of the cart, or the purchase that a slate names.
        """
        scored = [one.row for one in chosen if one.source in FROM_SCORE]
        told = iter(self._personal(np.array(scored, dtype=np.int32)) if scored else ())
        return [next(told) if one.source in FROM_SCORE else self._other(one, context) for one in chosen]

    def _other(self, candidate: Candidate, context: Sequence[str]) -> Reason:
        """The reason of a candidate that the score did not bring."""
        because: tuple[Because, ...] = ()
        if candidate.source in _TABLES:
            because = self._nearest(candidate, context)
        elif candidate.source in _OF_THEMSELVES:
            because = (Because("item", self._artifact.vocabulary.ids[candidate.row], 1.0),)
        code = candidate.because or _CODES[candidate.source]
        return Reason(code, self._wording.text(code, because), because)

    def _nearest(self, candidate: Candidate, context: Sequence[str]) -> tuple[Because, ...]:
        """The items of the context to which a candidate is near, by their part of its score."""
        table = _TABLES[candidate.source]
        rows, weights = self._artifact.arrays[f"{table}_rows"], self._artifact.arrays[f"{table}_weights"]
        weighed = []
        for item_id in context:
            row = self._artifact.vocabulary.row(item_id)
            if row is not None:
                weighed.append((item_id, float(weights[row][rows[row] == candidate.row].sum())))
        total = sum(weight for _, weight in weighed) or 1.0
        ordered = sorted(weighed, key=lambda one: -one[1])[:SHOWN]
        shares = (Because("item", item_id, round(weight / total, 3)) for item_id, weight in ordered)
        return tuple(one for one in shares if one.share > 0)

    def _personal(self, rows: Rows) -> list[Reason]:
        labels, n_answers, values = self._ranked.contributor().of(rows)
        positive = np.maximum(values, 0.0)
        shares = (positive / np.maximum(positive.sum(axis=1, keepdims=True), 1e-12)).astype(np.float64)
        owns = _own_kinds(shares[:, 1 : 1 + n_answers].sum(axis=1), shares[:, 1 + n_answers :].sum(axis=1))
        kinds = np.repeat((POPULARITY, ANSWER, ITEM), (1, n_answers, len(labels) - 1 - n_answers))
        # What the reason speaks of comes first, then the larger part.
        orders = np.argsort(-(shares + (owns[:, None] == kinds)), axis=1, kind="stable")[:, :SHOWN]
        best = np.round(shares[np.arange(len(rows))[:, None], orders], 3)
        told = zip(rows.tolist(), owns.tolist(), orders.tolist(), best.tolist(), strict=True)
        return [
            self._told(row, own, [(*labels[part], share) for part, share in zip(order, sizes, strict=True)])
            for row, own, order, sizes in told
        ]

    def _told(self, row: int, own: int, parts: Sequence[tuple[str, str, float]]) -> Reason:
        """The reason of one item from its largest parts: kind, id, and share of each."""
        because = tuple([Because(*part) for part in parts if part[2]])
        code = self._code(own, self._artifact.vocabulary.ids[row], because)
        return Reason(code, self._wording.text(code, because), because)

    def _code(self, own: int, item_id: str, because: Sequence[Because]) -> str:
        if own == POPULARITY:
            return "popular"
        if own == ANSWER:
            return "from_answers"
        if item_id in self._bought:
            return "bought_before"
        return "because_bought" if because and because[0].id in self._bought else "because_viewed"


def _own_kinds(answers: Floats, items: Floats) -> NDArray[np.intp]:
    """(k,) what each reason speaks of: the larger of answers and history, popularity where both are small."""
    larger = np.where(answers >= items, ANSWER, ITEM)
    return np.where(np.maximum(answers, items) < PERSONAL_SHARE, POPULARITY, larger)
