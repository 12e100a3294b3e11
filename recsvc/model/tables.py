"""Tables: the rankings that an artifact holds beside the score: near, trending, new, bought again."""

from functools import cached_property
from typing import Literal, NamedTuple

import numpy as np
from numpy.typing import NDArray

from recsvc.model.artifact import Artifact
from recsvc.model.known import Known
from recsvc.model.vocabulary import Rows

AS_EVER = 1.0
"""The trend of what sells as its own past suggests."""


class Ranking(NamedTuple):
    """Rows with what they are ranked by, best first; ties by row, so that answers repeat."""

    rows: Rows  # (m,)
    values: NDArray[np.floating]  # (m,)


Table = Literal["similar", "together", "table"]


def near(artifact: Artifact, table: Table, rows: Rows) -> Ranking:
    """What is near to some items by one of the artifact's tables; what is near to several comes first."""
    others = artifact.arrays[f"{table}_rows"][rows]
    there = others >= 0
    weights = artifact.arrays[f"{table}_weights"][rows][there]
    if len(rows) == 1:  # a list names an item once
        return _ranking(others[there], weights.astype(np.float64))
    found, inverse = np.unique(others[there], return_inverse=True)
    totals = np.bincount(inverse, weights=weights, minlength=len(found)).astype(np.float64)
    return _ranking(found, totals)


def trending(artifact: Artifact) -> Ranking:
    """What sells more than its own past suggests, by how much more."""
    trends = artifact.arrays["trending"]
    rising = np.flatnonzero(trends > AS_EVER)
    return _ranking(rising, trends[rising])


def arrivals(artifact: Artifact) -> Ranking:
    """What is new, by how it is received."""
    received = artifact.arrays["arrivals"]
    new = np.flatnonzero(received > 0)
    return _ranking(new, received[new])


def popular(artifact: Artifact) -> Ranking:
    """Everything, by how many visitors buy it."""
    return _ranking(np.arange(len(artifact.popularity)), artifact.popularity)


class Standing:
    """The rankings that are the same for everybody, each made when it is first asked for."""

    def __init__(self, artifact: Artifact) -> None:
        self.artifact = artifact

    @cached_property
    def trending(self) -> Ranking:
        """What sells more than its own past suggests."""
        return trending(self.artifact)

    @cached_property
    def arrivals(self) -> Ranking:
        """What is new, by how it is received."""
        return arrivals(self.artifact)

    @cached_property
    def popular(self) -> Ranking:
        """Everything, by how many visitors buy it."""
        return popular(self.artifact)

    @cached_property
    def untried(self) -> Rows:
        """What is new, and what nobody has taken yet: what exploring tries."""
        received, counts = self.artifact.arrays["arrivals"], self.artifact.arrays["item_counts"]
        return np.flatnonzero((received > 0) | (counts == 0)).astype(np.int32)


def again(known: Known) -> Ranking:
    """What a visitor may be about to buy again, of what they bought before."""
    habits = np.flatnonzero(known.habits > 0)
    return _ranking(known.rows[habits], known.habits[habits])


def _ranking(rows: NDArray[np.integer], values: NDArray[np.floating]) -> Ranking:
    order = np.lexsort((rows, -values))
    return Ranking(rows[order].astype(np.int32), values[order])
