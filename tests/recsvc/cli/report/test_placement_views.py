"""What the page shows of outcomes: which lifts stand where, and what can be believed."""

from collections.abc import Mapping

import msgspec
import pytest

from recsvc.cli.report import placement_views as views
from recsvc.cli.report.placement_views import Found, Ratio
from recsvc.domain.placements import Placement, Strategy
from recsvc.serving.arms import HOLDOUT, STANDARD
from recsvc.serving.outcomes import Outcomes, PlacementOutcome
from recsvc.serving.tallies import outcomes_of
from tests.simulated_shop import HOME, MEASURED, SIGNER, Habits, simulated

PLAIN = Placement(id="home", strategy=Strategy.PERSONAL)
BETTER: dict[str | None, Habits] = {HOLDOUT: Habits(), STANDARD: Habits(clicks=0.3, buys=0.5)}
LOSSY: dict[str | None, Habits] = {HOLDOUT: Habits(), STANDARD: Habits(reports=0.7)}
QUIET: dict[str | None, Habits] = {HOLDOUT: Habits(0, 0), STANDARD: Habits(0, 0)}
PLACEMENTS: dict[str, Placement] = {"home": HOME}


def found(
    habits: dict[str | None, Habits], visitors: int = 800, placements: Mapping[str, Placement] = PLACEMENTS
) -> Outcomes:
    return outcomes_of(simulated(3, visitors, habits), SIGNER, MEASURED._replace(placements=placements))


def the_one(outcomes: Outcomes) -> PlacementOutcome:
    (placement,) = outcomes.placements
    return placement


def test_forest_has_every_figure_on_one_axis_around_zero() -> None:
    forest = views.forest(the_one(found(BETTER)))
    assert forest is not None
    assert [(one.figure, one.currency) for one in forest.groups] == [
        ("click_rate", None),
        ("conversion", None),
        ("revenue", "EUR"),
    ]
    assert (forest.zero, 0.0) in forest.ticks
    for row in (row for group in forest.groups for row in group.rows):
        assert row.found is Found.MORE
        assert row.bar is not None
        assert row.bar.low is not None
        assert forest.zero < row.bar.low < row.bar.end


def test_lift_beyond_the_axis_is_cut_at_its_end() -> None:
    huge: dict[str | None, Habits] = {HOLDOUT: Habits(0.02, 0.05), STANDARD: Habits(0.9, 0.9)}
    forest = views.forest(the_one(found(huge)))
    assert forest is not None
    row = forest.groups[0].rows[0]
    assert row.is_cut
    assert row.bar is not None
    assert row.bar.high == 100.0


def test_figures_of_arms_that_lost_impressions_are_not_to_be_believed() -> None:
    (forest, *_) = views.overview(found(LOSSY, 2000))
    assert {row.found for group in forest.groups for row in group.rows} == {Found.OFF}


def test_lift_of_nothing_is_unknown_and_stands_nowhere() -> None:
    forest = views.forest(the_one(found(QUIET)))
    assert forest is not None
    assert {(row.found, row.bar) for group in forest.groups for row in group.rows} == {(Found.UNKNOWN, None)}


def test_single_arm_is_compared_with_nothing() -> None:
    one = the_one(found(BETTER))
    lone = msgspec.structs.replace(one, arms=one.arms[:1])
    assert views.forest(lone) is None
    assert views.overview(Outcomes((lone,), 0)) == []


@pytest.mark.parametrize(
    ("habits", "planned", "told", "state"),
    [
        (BETTER, HOME, HOME, Ratio.PASSED),
        (LOSSY, HOME, HOME, Ratio.OFF),
        (BETTER, PLAIN, HOME, Ratio.UNSEEN),
        (BETTER, PLAIN, PLAIN, Ratio.UNPLANNED),
    ],
)
def test_sample_ratio_says_what_is_known_of_it(
    habits: dict[str | None, Habits], planned: Placement, told: Placement, state: Ratio
) -> None:
    one = the_one(found(habits, 2000, {"home": planned}))
    assert views.ratio_of(one, {"home": told}) is state


def test_what_did_not_come_is_named() -> None:
    both = {"home": HOME, "cart": PLAIN}
    assert [*views.missing(found(BETTER), both)] == [("impressions", ["cart"])]
    assert [*views.missing(found(QUIET), {"home": HOME})] == [("clicks", ["home"]), ("purchases", [])]


def test_few_buyers_are_told() -> None:
    assert views.few_buyers(the_one(found(BETTER)))
    one = the_one(found(BETTER))
    rich = [msgspec.structs.replace(arm, buyers=views.FEW_BUYERS) for arm in one.arms]
    assert not views.few_buyers(msgspec.structs.replace(one, arms=(*rich,)))
