"""Facts: what visitors declared, as centred columns; a question that was not asked is 0, never "no"."""

from collections.abc import Mapping
from datetime import datetime
from typing import NamedTuple

import numpy as np
import polars as pl
from numpy.typing import NDArray
from scipy import sparse

from recsvc.model.prior import Answers, FactColumns

Floats = NDArray[np.floating]
FEWEST_VISITORS = 5
"""A value declared by fewer says nothing that its ridge would believe, and points at persons."""
MOST_VALUES = 200
QUANTILES = np.arange(1, 10) / 10  # deciles: ten bins
PAIRS_BELIEVED = 50.0
"""What n visitors asked both show of how two facts go together counts n/(n + 50)."""


class AnswerMatrix(NamedTuple):
    """Centred one-hot answers of the visitors in the matrix, kept as sparse parts: H = hot - asked·means."""

    facts: tuple[FactColumns, ...]
    means: Floats  # (q,) among those asked
    hot: sparse.csr_matrix  # (U, q)
    asked: sparse.csr_matrix  # (U, number of facts)
    spread: sparse.csr_matrix  # (number of facts, q) the means in the columns of their fact

    def against(self, other: Floats | sparse.csc_matrix) -> Floats:
        """Hᵀ·other, dense."""
        part = self.hot.T @ other - self.spread.T @ (self.asked.T @ other)
        return part.toarray() if sparse.issparse(part) else np.asarray(part)

    def times(self, weights: Floats) -> Floats:
        """H·weights: (q, r) → (U, r)."""
        return self.hot @ weights - self.asked @ (self.spread @ weights)

    def gram(self, weights: Floats) -> Floats:
        """Hᵀ·diag(weights)·H, (q, q)."""
        diagonal = sparse.diags(weights)
        half = self.against((diagonal @ self.hot).tocsc())
        return half - self.against((diagonal @ self.asked).tocsc()) @ self.spread.toarray()

    def covariance(self) -> Floats:
        """(q, q) covariance of the answers, see `covariance_of`."""
        together = (self.asked.T @ self.asked).toarray()
        return covariance_of(self.facts, self.gram(np.ones(self.hot.shape[0])), together)


def covariance_of(facts: tuple[FactColumns, ...], gram: Floats, together: Floats) -> Floats:
    """Covariance of answers as if everybody were asked everything; positive semidefinite.

    Each pair of facts is divided by the visitors asked both: by all visitors, a question that few were
    asked would seem to have no variance, and would never be asked. Estimates on different visitors need
    not fit each other, so what makes no covariance (negative eigenvalues) is cut off.

    Args:
        facts: whose columns these are.
        gram: (q, q) HᵀH.
        together: (facts, facts) visitors asked both.
    """
    doubt = PAIRS_BELIEVED * (1.0 - np.eye(len(together)))
    of_fact = np.repeat(np.arange(len(facts)), [len(fact.values) for fact in facts])
    visitors = np.maximum(together + doubt, 1.0)[np.ix_(of_fact, of_fact)]
    found = gram / visitors
    values, vectors = np.linalg.eigh((found + found.T) / 2.0)
    return (vectors * np.maximum(values, 0.0)) @ vectors.T


def answer_matrix(frame: pl.DataFrame | None, visitor_ids: tuple[str, ...], as_of: datetime) -> AnswerMatrix:
    """Code the facts of the visitors in the matrix.

    Args:
        frame: columns visitor_id, fact, value, number, answered_at, expires_at; None without facts.
        visitor_ids: (U,) in row order.
        as_of: what was answered later or ended before is left out.
    """
    frame = current(frame, as_of)
    rows = pl.DataFrame({"visitor_id": visitor_ids}).with_row_index("row")
    theirs = frame.join(rows, on="visitor_id", how="inner").sort("fact", "row")
    columns: list[FactColumns] = []
    entries: list[tuple[NDArray[np.int64], NDArray[np.int64]]] = []
    for (fact,), part in theirs.group_by("fact", maintain_order=True):
        coded = _code(str(fact), part, sum(len(c.values) for c in columns))
        if coded:
            columns.append(coded[0])
            entries.append(coded[1:])
    return _matrix(tuple(columns), entries, len(visitor_ids))


def answers_of(frame: pl.DataFrame | None, as_of: datetime) -> Mapping[str, Answers]:
    """The answers of each visitor, as serving holds them."""
    found: dict[str, dict[str, tuple[str, ...] | float]] = {}
    columns = ("visitor_id", "fact", "value", "number")
    for visitor_id, fact, value, number in current(frame, as_of).select(columns).iter_rows():
        theirs = found.setdefault(visitor_id, {})
        earlier = theirs.get(fact, ())
        theirs[fact] = (
            number if number is not None else (*(earlier if isinstance(earlier, tuple) else ()), value)
        )
    return {visitor_id: Answers(theirs) for visitor_id, theirs in found.items()}


def current(frame: pl.DataFrame | None, as_of: datetime) -> pl.DataFrame:
    """What each visitor's newest answers say at a time; an empty frame without any."""
    if frame is None:
        text = dict.fromkeys(("visitor_id", "fact", "value"), pl.String)
        return pl.DataFrame(schema={**text, "number": pl.Float64})
    no_time = pl.lit(None, dtype=pl.Datetime("us", "UTC"))
    times = ("answered_at", "expires_at")
    frame = frame.with_columns(**{name: no_time for name in times if name not in frame.columns})
    known = frame.filter(
        pl.col("answered_at").is_null() | (pl.col("answered_at") <= as_of),
        pl.col("value").is_not_null() | pl.col("number").is_finite(),
    )
    # An answer that ended does not bring back the one that it replaced.
    return _newest(known).filter(pl.col("expires_at").is_null() | (pl.col("expires_at") > as_of))


def _newest(frame: pl.DataFrame) -> pl.DataFrame:
    """The rows of each visitor's newest answer to each question: several choices, or the last number."""
    pair = ("visitor_id", "fact")
    newest = pl.col("answered_at").max().over(pair)
    frame = frame.filter(newest.is_null() | (pl.col("answered_at") == newest))
    is_number = pl.col("number").is_not_null()
    is_last = pl.int_range(pl.len()).over(pair) == pl.len().over(pair) - 1
    return frame.filter(pl.when(is_number.last().over(pair)).then(is_last).otherwise(~is_number))


def _code(
    fact: str, part: pl.DataFrame, first: int
) -> tuple[FactColumns, NDArray[np.int64], NDArray[np.int64]] | None:
    """Columns of one fact and its entries (visitor row, column); None where nobody's value is frequent."""
    numbers = part.filter(pl.col("number").is_not_null())
    if 2 * numbers.height > part.height:
        return _code_numbers(fact, numbers, first)
    texts = part.filter(pl.col("value").is_not_null()).unique(["row", "value"], maintain_order=True)
    frequent = texts["value"].value_counts().filter(pl.col("count") >= FEWEST_VISITORS)
    values = frequent.sort("count", "value", descending=[True, False])["value"].head(MOST_VALUES).sort()
    texts = texts.filter(pl.col("value").is_in(values.implode()))
    if texts.is_empty():
        return None
    columns = first + texts["value"].cast(pl.Enum(values)).to_physical().to_numpy().astype(np.int64)
    visitors = texts["row"].n_unique()
    return (
        FactColumns(fact, first, tuple(values), visitors),
        texts["row"].to_numpy().astype(np.int64),
        columns,
    )


def _code_numbers(
    fact: str, part: pl.DataFrame, first: int
) -> tuple[FactColumns, NDArray[np.int64], NDArray[np.int64]] | None:
    part = part.unique("row", keep="last", maintain_order=True)
    numbers = part["number"].to_numpy()
    coded = number_columns(fact, first, np.quantile(numbers, QUANTILES), float(numbers.min()), part.height)
    if coded is None:
        return None
    columns = first + np.searchsorted(np.array(coded.edges), numbers, side="right")
    return coded, part["row"].to_numpy().astype(np.int64), columns.astype(np.int64)


def number_columns(
    fact: str, first: int, quantiles: Floats, smallest: float, visitors: int
) -> FactColumns | None:
    """The columns of a fact whose values are numbers; None where they tell nobody apart.

    Args:
        fact: its name.
        first: its first column.
        quantiles: those of QUANTILES.
        smallest: of its numbers.
        visitors: that gave one.
    """
    edges = np.unique(quantiles)
    edges = edges[edges > smallest]
    if visitors < FEWEST_VISITORS or not len(edges):
        return None
    names = (f"<{edges[0]:g}", *(f"{edge:g}+" for edge in edges))
    return FactColumns(fact, first, names, visitors, tuple(edges.tolist()))


def _matrix(
    columns: tuple[FactColumns, ...],
    entries: list[tuple[NDArray[np.int64], NDArray[np.int64]]],
    n_visitors: int,
) -> AnswerMatrix:
    q = sum(len(fact.values) for fact in columns)
    hot = _ones([(rows, cells) for rows, cells in entries], (n_visitors, q))
    asked_entries = [(np.unique(rows), np.full(len(np.unique(rows)), number))
                     for number, (rows, _) in enumerate(entries)]  # fmt: skip
    asked = _ones(asked_entries, (n_visitors, len(columns)))
    of_fact = np.repeat(np.arange(len(columns)), [len(fact.values) for fact in columns])
    declared = np.asarray(hot.sum(axis=0)).ravel()
    means = declared / np.maximum(np.asarray(asked.sum(axis=0)).ravel()[of_fact], 1.0)
    spread = sparse.csr_matrix((means, (of_fact, np.arange(q))), shape=(len(columns), q))
    return AnswerMatrix(columns, means, hot, asked, spread)


def _ones(
    entries: list[tuple[NDArray[np.int64], NDArray[np.int64]]], shape: tuple[int, int]
) -> sparse.csr_matrix:
    rows = np.concatenate([rows for rows, _ in entries]) if entries else np.empty(0, dtype=np.int64)
    columns = np.concatenate([cells for _, cells in entries]) if entries else np.empty(0, dtype=np.int64)
    return sparse.csr_matrix((np.ones(len(rows)), (rows, columns)), shape=shape)
