"""Known items: what a model can use of the histories of some visitors, all of them in one pass."""

from collections.abc import Sequence
from itertools import accumulate, chain, pairwise
from typing import Any, NamedTuple

import numpy as np
from numpy.typing import ArrayLike, NDArray

from recsvc.domain.events import TAKE_BACK, EventKind
from recsvc.model.artifact import Artifact
from recsvc.model.confidence import DAY_S, kept_share, net_weights, saturate
from recsvc.model.repeats import activations
from recsvc.model.vocabulary import Rows

Floats = NDArray[np.floating]
BOUGHT = EventKind.PURCHASE.value
"""Plain text: an enumeration of texts compares at a tenth of the pace."""


class History(NamedTuple):
    """Interactions of one visitor as columns of equal length, in any order."""

    item_ids: Sequence[str]
    kinds: Sequence[str]
    occurred_at: Sequence[float]  # Unix seconds; NaN where unknown
    quantities: Sequence[float]  # units
    lines: Sequence[float]  # how many lines this entry stands for


NO_HISTORY = History((), (), (), (), ())


class Known(NamedTuple):
    """What the model can use of a history."""

    rows: Rows  # (m,) distinct
    weights: Floats  # (m,) saturated weights, > 0
    confidences: Floats  # (m,) > 1
    table_weights: Floats  # (m,) the weights, faded by how much happened since: w_j of the item-item table
    habits: Floats  # (m,) how much each was bought before, by item and age; 0 where it was not bought


NOTHING_KNOWN = Known(np.empty(0, dtype=np.int32), *(np.empty(0) for _ in range(len(Known._fields) - 1)))


class Beside(NamedTuple):
    """The known items of several visitors, one's behind the other's."""

    known: Known  # (k,) of all of them
    counts: NDArray[np.intp]  # (b,) known items of each

    def apart(self) -> list[Known]:
        """Those of each visitor."""
        columns: tuple[NDArray[Any], ...] = self.known
        return [Known(*(column[own] for column in columns)) for own in slices(self.counts)]


class _Lines(NamedTuple):
    """The interactions of all visitors, by visitor and item."""

    visitors: NDArray[np.intp]  # (l,) rising
    rows: Rows  # (l,) rising within each visitor, -1 for an unknown item
    starts: NDArray[np.intp]  # where another item begins
    occurred_at: Floats  # (l,)
    columns: Floats  # (5, l) bought, other, bought units, returned units, habits
    takes_back: bool  # whether anything was returned


def known_items(artifact: Artifact, history: History, now: float) -> Known:
    """What `known_beside` says of one history."""
    return known_beside(artifact, [history], now).known


def known_beside(artifact: Artifact, histories: Sequence[History], now: float) -> Beside:
    """Aggregate histories to known items with weights and confidences.

    A NumPy call takes longer than what it adds up of one visitor, so all of them share each.

    Args:
        artifact: gives the weights of kinds, the decay and the counts.
        histories: unknown items and kinds without weight are dropped.
        now: Unix seconds, the reference time of the decay.
    """
    if not any(history.item_ids for history in histories):
        return Beside(NOTHING_KNOWN, np.zeros(len(histories), dtype=np.intp))
    p = artifact.parameters
    lines = _lines_of(artifact, histories, now)
    # All sums in one pass: a function a column takes longer than what it adds up.
    bought, other, bought_units, returned_units, habits = np.add.reduceat(lines.columns, lines.starts, axis=1)
    net = bought + other
    if lines.takes_back:
        kept = kept_share(bought_units, returned_units)
        habits *= kept
        net = net_weights(bought, kept, other)
    rows, visitors = lines.rows[lines.starts], lines.visitors[lines.starts]
    keep = (rows >= 0) & (net > 0)
    rows, net = rows[keep], net[keep]
    counts = np.bincount(visitors[keep], minlength=len(histories))
    weights = table_weights = saturate(net)
    confidences = p.confidence.confidences(
        net, np.repeat(counts, counts), artifact.arrays["item_counts"][rows], p.normaliser
    )
    if p.half_life_steps is not None:
        table_weights = weights * np.exp2(-_steps(lines)[keep] / p.half_life_steps)
    habits = habits[keep] * artifact.arrays["repeats"][rows]
    return Beside(Known(rows, weights, confidences, table_weights, habits), counts)


def slices(counts: ArrayLike) -> list[slice]:
    """Where the parts of so many places each stand, one behind the other."""
    ends = [0, *accumulate(np.asarray(counts).tolist())]
    return [slice(*own) for own in pairwise(ends)]


def is_first(ordered: NDArray[np.integer]) -> NDArray[np.bool_]:
    """(m,) whether each of some rows, rising, is the first of its kind."""
    first = np.empty(len(ordered), dtype=bool)
    first[:1] = True
    np.not_equal(ordered[1:], ordered[:-1], out=first[1:])
    return first


def _lines_of(artifact: Artifact, histories: Sequence[History], now: float) -> _Lines:
    p = artifact.parameters
    item_ids, kinds, moments, quantities, counts = (
        [*chain.from_iterable(one)] for one in zip(*histories, strict=True)
    )
    rows = artifact.vocabulary.rows_or_minus_one(item_ids)
    occurred_at = np.array(moments, dtype=np.float64)
    age_days = (now - occurred_at) / DAY_S
    kind_weights = np.array([p.confidence.kinds.get(kind, 0.0) for kind in kinds], dtype=np.float64)
    lines = np.array(counts, dtype=np.float64)
    weights = p.confidence.line_weights(kind_weights, age_days) * lines
    purchase = np.array([kind == BOUGHT for kind in kinds], dtype=bool)
    back = np.array([kind in TAKE_BACK for kind in kinds], dtype=bool)
    units = np.array(quantities, dtype=np.float64)
    active = activations(age_days, artifact.arrays["repeat_intervals"][rows]) * lines
    columns = np.array(
        [weights * purchase, weights * ~(purchase | back), units * purchase, units * back, active * purchase]
    )
    visitors = np.repeat(np.arange(len(histories)), [len(one.item_ids) for one in histories])
    keys = visitors * (len(artifact.popularity) + 1) + rows
    order = np.argsort(keys, kind="stable")
    starts = is_first(keys[order]).nonzero()[0]
    ordered = visitors[order], rows[order], starts, occurred_at[order], columns[:, order]
    return _Lines(*ordered, takes_back=bool(back.any()))


def _steps(lines: _Lines) -> Floats:
    """How many later moments a history has than the newest of each item; 0 where times are unknown."""
    newest = np.maximum.reduceat(np.nan_to_num(lines.occurred_at, nan=-np.inf), lines.starts)
    visitors = lines.visitors[lines.starts]
    order = np.lexsort((-newest, visitors))
    visitor, moment = visitors[order], newest[order]
    is_new = np.append(False, (moment[1:] != moment[:-1]) & (visitor[1:] == visitor[:-1]))
    later = np.cumsum(is_new)
    of_visitor = is_first(visitor)
    steps = np.empty(len(newest))
    steps[order] = later - later[of_visitor][np.cumsum(of_visitor) - 1]
    return steps
