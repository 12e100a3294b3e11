"""Each table is held against its formula, written down in the slowest way."""

from collections import defaultdict

import numpy as np
import pytest
from numpy.typing import NDArray

from recsvc.domain.errors import UsageError
from tests.training.shops import NOW, days_ago, lines
from training.config import ConfidenceConfig, ItemItemConfig, TrainingConfig
from training.interactions import Interactions, aggregate
from training.item_item import MOST_REGRESSED, SEEDS, item_item
from training.tables import Table

CONFIG = TrainingConfig(min_item_visitors=1, confidence=ConfidenceConfig(half_life_days=None))
ITEMS, K = 20, 4
BARE = ({}, np.empty(0))
"""No item is described, and nobody asks how popular it is."""


def shop(*, visitors: int = 60, items: int = ITEMS, timed: bool = True) -> Interactions:
    """Visitors with two to eight of the items, several of them on one day."""
    rng = np.random.default_rng(3)
    rows = [
        (f"v{v:02}", f"i{i:02}", "purchase", days_ago(float(rng.integers(6))) if timed else None, 1.0)
        for v in range(visitors)
        for i in rng.choice(items, rng.integers(2, 9), replace=False)
    ]
    return aggregate(lines(*rows), CONFIG, NOW)


def of(*days: tuple[str, float]) -> Interactions:
    """One visitor who took items so many days ago."""
    return aggregate(lines(*[("a", item, "purchase", days_ago(age), 1.0) for item, age in days]), CONFIG, NOW)


def is_the_top_of(table: Table, full: NDArray[np.floating]) -> bool:
    """Whether a table holds the entries of largest size in each row of a whole matrix."""
    best = np.take_along_axis(full, np.argsort(-np.abs(full), axis=1)[:, :K], axis=1)
    named = np.take_along_axis(full, np.maximum(table.rows, 0).astype(int), axis=1)
    named = np.where(table.rows >= 0, named, 0.0)
    return np.allclose(table.weights, best, rtol=1e-4) and np.allclose(table.weights, named, rtol=1e-4)


def entry(table: Table, seed: int, other: int) -> float:
    return float(table.weights[seed][table.rows[seed] == other].sum())


@pytest.mark.parametrize("exponents", [(1.0, 0.6, 0.3), (0.0, 0.0, 1.0), (0.5, 1.0, 0.0)])
def test_the_table_of_visitors_holds_the_largest_entries_of_its_formula(
    exponents: tuple[float, float, float],
) -> None:
    a, b, c = exponents
    found = shop()
    x = found.matrix(np.ones(len(found.items))).toarray()
    n = x.sum(axis=0)
    full = n[:, None] ** -b * (x.T @ (x * x.sum(axis=1, keepdims=True) ** -a)) * n[None, :] ** -c
    np.fill_diagonal(full, 0)
    config = ItemItemConfig(neighbours=K, visitor_exponent=a, seen_exponent=b, candidate_exponent=c)
    assert is_the_top_of(item_item(found, config, 1, *BARE), full)


def test_beyond_the_budget_only_busy_visitors_are_thinned() -> None:
    rows = [("bot", f"i{i:03}", "purchase", None, 1.0) for i in range(400)]
    rows += [(f"v{v}", f"i{i:03}", "purchase", None, 1.0) for v in range(30) for i in (0, 1)]
    found = aggregate(lines(*rows), CONFIG, NOW)
    config = ItemItemConfig(neighbours=399, visitor_exponent=0.0, seen_exponent=0.0, candidate_exponent=0.0)
    table = item_item(found, config, 1, *BARE, pair_budget=10_000)
    assert (table.rows[5] >= 0).sum() < 200
    assert entry(table, 0, 1) >= 30


def test_thinning_leaves_the_interactions_as_they_are() -> None:
    found = shop()
    items, counts = found.items.copy(), found.item_counts
    item_item(found, ItemItemConfig(), 1, *BARE, pair_budget=200)
    assert np.array_equal(found.items, items)
    assert np.array_equal(found.item_counts, counts)


@pytest.mark.parametrize("items", [20, SEEDS + 80])
def test_the_table_of_sequences_adds_up_all_pairs_of_a_visitor(items: int) -> None:
    found = shop(visitors=3 * items, items=items)
    config = ItemItemConfig(
        method="sequences", neighbours=K, steps=3, half_life_steps=1.5, backward=0.4,
        visitor_exponent=0.7, seen_exponent=0.6, candidate_exponent=0.3,
    )  # fmt: skip
    histories: dict[int, list[tuple[float, int]]] = defaultdict(list)
    for visitor, item, age in zip(found.visitors, found.items, found.ages, strict=True):
        histories[int(visitor)].append((-float(age), int(item)))
    full = np.zeros((found.shape[1], found.shape[1]))
    for history in histories.values():
        moments = sorted({time for time, _ in history})
        for seen_at, seen in history:
            for taken_at, taken in history:
                gap = moments.index(taken_at) - moments.index(seen_at)
                if seen != taken and abs(gap) <= 3:
                    worth = 1.0 if gap == 0 else 0.5 ** ((abs(gap) - 1) / 1.5) * (0.4 if gap < 0 else 1.0)
                    full[seen, taken] += len(history) ** -0.7 * worth
    n = found.item_counts.astype(np.float64)
    assert is_the_top_of(item_item(found, config, 1, *BARE), n[:, None] ** -0.6 * full * n[None, :] ** -0.3)


def test_a_pair_counts_in_its_order_more_than_against_it_and_less_by_distance() -> None:
    found = of(("a", 9.0), ("b", 7.0), ("c", 5.0), ("d", 1.0))
    config = ItemItemConfig(
        method="sequences", neighbours=4, steps=2, half_life_steps=1.0, backward=0.25, visitor_exponent=0.0
    )
    table = item_item(found, config, 1, *BARE)
    assert entry(table, 0, 1) == 1.0
    assert entry(table, 0, 2) == 0.5
    assert entry(table, 0, 3) == 0.0  # three moments later
    assert entry(table, 1, 0) == 0.25


def test_what_happened_in_one_moment_or_at_no_time_counts_both_ways() -> None:
    config = ItemItemConfig(method="sequences", neighbours=4, visitor_exponent=0.0, backward=0.0)
    together = item_item(of(("a", 2.0), ("b", 2.0)), config, 1, *BARE)
    assert entry(together, 0, 1) == entry(together, 1, 0) == 1.0
    timeless = shop(timed=False)
    as_visitors = ItemItemConfig(neighbours=K)
    assert np.allclose(
        item_item(timeless, ItemItemConfig(method="sequences", neighbours=K), 1, *BARE).weights,
        item_item(timeless, as_visitors, 1, *BARE).weights,
        rtol=1e-4,
    )


@pytest.mark.parametrize("exponent", [0.0, 1.0])
def test_the_table_of_regression_guesses_each_item_from_the_others(exponent: float) -> None:
    found = shop()
    config = ItemItemConfig(
        method="regression", neighbours=K, ridge=5.0, dropout=0.4, visitor_exponent=exponent
    )
    x = found.matrix(np.ones(len(found.items))).toarray().astype(np.float64)
    weights = x.sum(axis=1, keepdims=True) ** -exponent
    gram = x.T @ (weights * x)
    ridge = 5.0 * (weights * x).sum() / x.sum() + 0.4 / 0.6 * np.diag(gram)
    full = np.zeros((ITEMS, ITEMS))
    for target in range(ITEMS):
        others = np.arange(ITEMS) != target
        system = gram[np.ix_(others, others)] + np.diag(ridge[others])
        full[others, target] = np.linalg.solve(system, gram[others, target])
    assert is_the_top_of(item_item(found, config, 1, *BARE), full)


def test_items_that_take_each_other_s_place_speak_against_each_other() -> None:
    rows = [(f"v{v:02}", item, "purchase", None, 1.0) for v in range(40) for item in ("bread", f"tea{v % 2}")]
    found = aggregate(lines(*rows), CONFIG, NOW)
    config = ItemItemConfig(method="regression", neighbours=2, ridge=1.0, visitor_exponent=0.0)
    table = item_item(found, config, 1, *BARE)
    assert entry(table, 1, 2) < 0 < entry(table, 1, 0)


def test_a_regression_of_more_items_than_fit_is_refused_with_both_numbers() -> None:
    rows = [("v", f"i{row}", "purchase", None, 1.0) for row in range(MOST_REGRESSED + 1)]
    found = aggregate(lines(*rows), CONFIG, NOW)
    with pytest.raises(UsageError, match="12,001 are more than the 12,000"):
        item_item(found, ItemItemConfig(method="regression"), 1, *BARE)


@pytest.mark.parametrize("method", ["visitors", "sequences", "regression"])
def test_no_item_is_its_own_neighbour_and_one_alone_has_none(method: str) -> None:
    config = ItemItemConfig(method=method, neighbours=30)  # type: ignore[arg-type]
    table = item_item(shop(), config, 1, *BARE)
    assert all(row not in table.rows[row] for row in range(ITEMS))
    assert np.isfinite(table.weights).all()
    assert (table.weights[table.rows < 0] == 0).all()
    alone = item_item(of(("a", 1.0)), config, 1, *BARE)
    assert (alone.rows == -1).all()
    assert (alone.weights == 0).all()
