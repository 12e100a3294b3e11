"""Every value that a search may try is one that the configuration allows."""

import numpy as np
import pytest

from tests.training.shops import days_ago, lines
from training.config import TrainingConfig
from training.interactions import Interactions, aggregate
from training.strengths import DEFAULT
from training.tune.dimensions import (
    DIMENSIONS,
    METHODS,
    Dimension,
    Needs,
    begin,
    complete,
    config_at,
    even,
    geometric,
    point_of,
    space,
    value_of,
)

WHOLE = complete(TrainingConfig(), alpha=5.0, strengths=DEFAULT)


def some_interactions() -> Interactions:
    rows = [(f"v{v}", f"i{i}", "purchase", days_ago(1), 1.0) for v in range(100) for i in range(v % 7, 60, 2)]
    config = TrainingConfig()
    return aggregate(lines(*rows), config, days_ago(0))


@pytest.mark.parametrize("dimension", DIMENSIONS, ids=lambda dimension: dimension.key)
def test_every_rung_is_a_value_that_the_configuration_takes(dimension: Dimension) -> None:
    for rung in range(len(dimension.rungs)):
        config = config_at(WHOLE, (dimension,), (rung,))
        assert value_of(config, dimension.key) == dimension.rungs[rung]
        assert point_of(config, (dimension,)) == (rung,)
    assert list(dimension.rungs) == sorted(set(dimension.rungs))


def test_a_strength_moves_one_bucket_and_nothing_else() -> None:
    config = config_at(WHOLE, (Dimension("strengths.rho.3", (0.0, 9.0)),), (1,))
    assert config.strengths
    assert WHOLE.strengths
    assert config.strengths.rho == (*WHOLE.strengths.rho[:3], 9.0, *WHOLE.strengths.rho[4:])
    assert config.strengths.tau == WHOLE.strengths.tau


def keys(there: set[Needs], known: list[int]) -> list[str]:
    return [dimension.key for dimension in space(some_interactions(), there, known)]


def test_dimensions_that_cannot_matter_are_left_out() -> None:
    few = keys({Needs.HISTORY, *METHODS["visitors"]}, [0, 0, 25, 24, 0])
    assert few[:3] == ["strengths.rho.2", "strengths.tau.2", "regularization"]
    beyond = {"confidence.half_life_days", "answer_ridge", "item_item.backward", "item_item.ridge"}
    assert not beyond & set(few)
    everything = keys(set(Needs), [0, 0, 25, 0, 0])
    assert set(few) | beyond < set(everything)
    assert {"strengths.answers", "strengths.omega.2", "answer_half_life_days"} <= set(everything)
    assert everything[0] == "strengths.answers"


def test_no_more_factors_are_tried_than_the_data_carry() -> None:
    assert max(space(some_interactions(), set(), [0] * 5)[-1].rungs) <= 30


def test_a_search_without_a_configuration_starts_at_the_strength_of_the_size_of_the_set() -> None:
    interactions = some_interactions()
    pairs, alpha0 = len(interactions.items), 0.25
    expected = 0.003 * 5 * np.sqrt((pairs / 100 + alpha0 * 60) * (pairs / 60 + alpha0 * 100))
    begun = begin(WHOLE, interactions, 5.0)
    assert begun.regularization == pytest.approx(expected, rel=0.01)
    assert begun.factors == 30


def test_the_nearest_rung_is_the_nearest_in_ratio() -> None:
    assert Dimension("regularization", geometric(1, 16, 2.0)).nearest(5.5) == 2
    assert Dimension("regularization", geometric(1, 16, 2.0)).nearest(6.0) == 3
    assert Dimension("strengths.rho.1", even(0, 1, 0.5)).nearest(0.0) == 0
