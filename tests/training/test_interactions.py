from datetime import datetime

import numpy as np
import pytest

from recsvc.domain.errors import BadDataError
from recsvc.model.confidence import Confidence
from tests.training.shops import NOW, days_ago, lines
from training.config import FACTORS, ConfidenceConfig, TrainingConfig
from training.interactions import Interactions, aggregate, choose_alpha, confidences, noted, sized

CONFIG = TrainingConfig(min_item_visitors=1, confidence=ConfidenceConfig(half_life_days=None))


def weight_of(found: Interactions, visitor: str, item: str) -> float:
    row, column = found.visitor_ids.index(visitor), found.item_ids.index(item)
    return float(found.matrix(found.weights)[row, column])


def test_lines_of_a_pair_are_summed_by_kind_and_age() -> None:
    config = TrainingConfig(min_item_visitors=1, confidence=ConfidenceConfig(half_life_days=10))
    found = aggregate(
        lines(
            ("a", "x", "purchase", days_ago(10), 1),
            ("a", "x", "purchase", days_ago(20), 2),
            ("a", "x", "view", NOW, 1),
        ),
        config,
        NOW,
    )
    assert weight_of(found, "a", "x") == pytest.approx(0.5 + 0.25 + 0.1)
    assert found.ages[0] == 10


def test_age_of_a_pair_is_that_of_other_kinds_only_where_nothing_was_bought() -> None:
    found = aggregate(
        lines(
            ("a", "x", "purchase", days_ago(300), 1),
            ("a", "x", "view", days_ago(1), 1),
            ("b", "x", "view", days_ago(2), 1),
            ("b", "x", "view", days_ago(4), 1),
        ),
        CONFIG,
        NOW,
    )
    assert found.ages.tolist() == [300, 2]


def test_returns_take_back_what_was_bought_and_nothing_more() -> None:
    found = aggregate(
        lines(
            ("a", "x", "purchase", None, 2),
            ("a", "x", "return", None, 1),
            ("b", "x", "purchase", None, 1),
            ("b", "x", "view", None, 1),
            ("b", "x", "return", None, 5),
            ("c", "x", "purchase", None, 1),
            ("c", "x", "cancel", None, 1),
            ("c", "y", "purchase", None, 1),
            ("d", "y", "return", None, 1),
        ),
        CONFIG,
        NOW,
    )
    assert weight_of(found, "a", "x") == pytest.approx(0.5)
    assert weight_of(found, "b", "x") == pytest.approx(0.1)
    assert found.visitor_ids == ("a", "b", "c")
    assert found.item_counts.tolist() == [2, 1]
    assert found.bought.tolist() == [True, False, True]


def test_items_of_too_few_visitors_are_left_out() -> None:
    rows = [(visitor, "x", "purchase", None, 1.0) for visitor in "abc"] + [("a", "y", "purchase", None, 1.0)]
    found = aggregate(lines(*rows), TrainingConfig(min_item_visitors=2), NOW)
    assert found.item_ids == ("x",)
    with pytest.raises(BadDataError, match="9 visitors"):
        aggregate(lines(*rows), TrainingConfig(min_item_visitors=9), NOW)


def test_confidences_exceed_one_and_average_to_alpha_for_single_purchases() -> None:
    rows = [(f"v{v}", f"i{i}", "purchase", None, 1.0) for v in range(30) for i in range(v % 7 + 1)]
    found = aggregate(lines(*rows), CONFIG, NOW)
    confidence = Confidence(alpha=5.0, visitor_exponent=0.5, item_exponent=0.25)
    matrix, normaliser = confidences(found, confidence)
    assert matrix.data.min() > 1
    assert matrix.data.mean() == pytest.approx(5.0, rel=1e-5)
    assert normaliser > 0
    assert matrix.has_sorted_indices


def test_alpha_rises_with_sparsity_and_falls_with_repeats() -> None:
    def shop(items: int, times: int) -> Interactions:
        rng = np.random.default_rng(0)
        rows = [
            (f"v{v}", f"i{i}", "purchase", None, 1.0)
            for v in range(50)
            for i in rng.choice(items, 4, replace=False)
            for _ in range(times)
        ]
        return aggregate(lines(*rows), CONFIG, NOW)

    assert choose_alpha(shop(500, 1)) > choose_alpha(shop(20, 1)) > choose_alpha(shop(20, 3)) >= 2.0


def test_more_factors_than_the_data_can_carry_are_refused_with_the_numbers() -> None:
    found = aggregate(lines(*everybody_has_everything(20, 10)), CONFIG, NOW)
    assert sized(TrainingConfig(factors=5), found).factors == 5
    with pytest.raises(BadDataError, match=r"6 factors: 20 visitors, 10 items and 200.*--set factors=5`"):
        sized(TrainingConfig(factors=6), found)


@pytest.mark.parametrize(("visitors", "items", "factors"), [(20, 10, 5), (8, 30, 4), (130, 140, 64)])
def test_factors_that_nobody_names_are_as_many_as_the_data_carry(
    visitors: int, items: int, factors: int
) -> None:
    found = aggregate(lines(*everybody_has_everything(visitors, items)), CONFIG, NOW)
    given = sized(TrainingConfig(), found)
    assert given.factors == factors
    assert ("they carry" in noted(found, TrainingConfig(), given)) == (factors < FACTORS)


def test_too_few_pairs_carry_no_factor() -> None:
    found = aggregate(lines(*everybody_has_everything(1, 10)), TrainingConfig(min_item_visitors=1), NOW)
    with pytest.raises(BadDataError, match="carry at most 0; give more"):
        sized(TrainingConfig(), found)


def everybody_has_everything(visitors: int, items: int) -> list[tuple[str, str, str, datetime | None, float]]:
    return [(f"v{v}", f"i{i}", "purchase", None, 1.0) for v in range(visitors) for i in range(items)]


@pytest.mark.parametrize("at_once", [1, 7, 100])
def test_lines_taken_some_at_a_time_give_the_same(at_once: int) -> None:
    rng = np.random.default_rng(5)
    kinds = ("purchase", "view", "return", "wishlist")
    rows = [
        (f"v{rng.integers(12)}", f"i{rng.integers(9)}", kinds[rng.integers(4)], days_ago(day), 1.0)
        for day in rng.integers(0, 90, 300).astype(float)
    ]
    whole = aggregate(lines(*rows), TrainingConfig(), NOW)
    parts = aggregate(lines(*rows), TrainingConfig(), NOW, at_once=at_once)
    for name, one, other in zip(Interactions._fields, whole, parts, strict=True):
        assert np.array_equal(one, other), name


def test_what_has_faded_to_nothing_is_no_interaction() -> None:
    rows = [("a", item, "purchase", days_ago(age), 1.0) for item, age in (("x", 1.0), ("y", 40_000.0))]
    found = aggregate(lines(*rows), TrainingConfig(min_item_visitors=1), NOW)
    assert found.item_ids == ("x",)
    assert (found.weights > 0).all()
