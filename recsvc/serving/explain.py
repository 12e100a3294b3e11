"""Explain: the reason of every item that is shown, from the real contributions to its score."""

from collections import defaultdict
from collections.abc import Iterable, Sequence
from functools import cached_property
from itertools import groupby
from operator import attrgetter

import numpy as np
from numpy.typing import NDArray

from recsvc.domain.placements import FROM_SCORE, Strategy
from recsvc.domain.profile import Profile
from recsvc.domain.slates import Because, Reason
from recsvc.model.artifact import Artifact
from recsvc.model.scoring import Floats
from recsvc.model.vocabulary import Rows
from recsvc.serving.candidates import Candidate
from recsvc.serving.contributions import ANSWER, POPULARITY, named
from recsvc.serving.queries import Ranked
from recsvc.serving.visitor import bought_items
from recsvc.serving.wording import Wording

SHOWN = 3
"""Contributions named with an item, the largest first."""
PERSONAL_SHARE = 0.2
"""Least share of history or answers from which on they are the reason, not popularity."""
_SMALL = np.nextafter(PERSONAL_SHARE, 0.0)
Named = tuple[Because, ...]

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
        by_source: defaultdict[Strategy, list[int]] = defaultdict(list)
        for source, run in groupby(chosen, key=attrgetter("source")):
            by_source[source] += [one.row for one in run]
        told: dict[int, tuple[str, Named]] = {}
        for source, rows in by_source.items():
            told.update(zip(rows, self._told(source, np.array(rows, dtype=np.int32), context), strict=True))
        reasons: list[Reason] = []
        for one in chosen:
            code, because = told[one.row]
            code = one.because or code
            reasons.append(Reason(code, self._wording.text(code, because), because))
        return reasons

    def _told(self, source: Strategy, rows: Rows, context: Sequence[str]) -> Iterable[tuple[str, Named]]:
        """The code of each row that a source brought, and what is named with it."""
        if source in FROM_SCORE:
            return self._by_score(rows)
        found: Iterable[Named] = [()] * len(rows)
        if source in _TABLES:
            found = self._nearest(_TABLES[source], rows, context)
        elif source in _OF_THEMSELVES:
            ids = self._artifact.vocabulary.ids.texts(rows.tolist())
            found = [(Because("item", item_id, 1.0),) for item_id in ids]
        return [(_CODES[source], because) for because in found]

    def _nearest(self, table: str, rows: Rows, context: Sequence[str]) -> list[Named]:
        """The items of the context to which each row is near, by their part of its score."""
        vocabulary = self._artifact.vocabulary
        near_to = [item_id for item_id in context if item_id in vocabulary]
        weights = named(self._artifact, table, vocabulary.rows(near_to), rows)
        totals = weights.sum(axis=1, keepdims=True)
        totals[totals == 0] = 1.0
        return _largest(weights / totals, weights, ["item"] * len(near_to), near_to)

    def _by_score(self, rows: Rows) -> Iterable[tuple[str, Named]]:
        contributor, ids = self._ranked.contributor(), self._artifact.vocabulary.ids
        positive = np.maximum(contributor.of(rows), 0.0)
        shares = (positive / np.maximum(positive.sum(axis=1, keepdims=True), 1e-12)).astype(np.float64)
        owns = _own_kinds(shares @ contributor.is_kind)
        # What the reason speaks of comes first, then the larger part.
        ranks = shares + contributor.is_kind.T[owns]
        found = _largest(shares, ranks, contributor.kinds, contributor.ids)
        columns = zip(owns.tolist(), ids.texts(rows.tolist()), found, strict=True)
        return [(self._code(own, item_id, because), because) for own, item_id, because in columns]

    def _code(self, own: int, item_id: str, because: Named) -> str:
        if own == POPULARITY:
            return "popular"
        if own == ANSWER:
            return "from_answers"
        if item_id in self._bought:
            return "bought_before"
        return "because_bought" if because and because[0].id in self._bought else "because_viewed"


def _largest(shares: Floats, ranks: Floats, kinds: Sequence[str], ids: Sequence[str]) -> list[Named]:
    """The parts to name with each of k items.

    Args:
        shares: (k, parts) of which those above 0 are named.
        ranks: (k, parts) the highest are named.
        kinds: of the parts.
        ids: of the parts.
    """
    n = min(SHOWN, len(ids))
    if n == 0:
        return [()] * len(shares)
    orders = (-ranks).argsort(axis=1, kind="stable")[:, :n]
    sizes = shares[np.arange(len(shares))[:, None], orders].round(3)
    order = orders.ravel().tolist()
    every = [kinds[part] for part in order], [ids[part] for part in order], sizes.ravel().tolist()
    found: list[Named] = [*zip(*[map(Because, *every)] * n, strict=True)]
    if sizes.min() > 0:
        return found
    return [tuple([one for one in because if one.share > 0]) for because in found]


def _own_kinds(sums: Floats) -> NDArray[np.intp]:
    """(k,) what each reason speaks of: the larger of answers and history, popularity where both are small.

    Args:
        sums: (k, 3) the shares of each kind.
    """
    sums[:, POPULARITY] = _SMALL
    return sums.argmax(axis=1)
