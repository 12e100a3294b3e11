"""Placement views: what the page shows of outcomes: forests of lifts, and whether figures can be believed."""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from enum import StrEnum
from typing import Final, NamedTuple

from recsvc.domain.placements import Placement
from recsvc.reports import plots
from recsvc.reports.plots import Axis, Bar
from recsvc.serving.arms import shares_of
from recsvc.serving.estimates import Figure
from recsvc.serving.outcomes import ArmOutcome, Credited, Outcomes, PlacementOutcome

FEW_BUYERS: Final = 300
"""With fewer in an arm the interval of money is too narrow, for money has a long tail."""
WIDEST: Final = 2.0
"""Lifts beyond three times the baseline end in an arrow, so that one of a few visitors hides no other."""


class Ratio(StrEnum):
    """What is known of the sizes of the arms."""

    PASSED = "passed"
    OFF = "off"
    UNSEEN = "unseen"  # nobody has seen the present revision
    UNPLANNED = "unplanned"  # there were arms, and the placements name no shares
    NONE = "none"  # no experiment


class Found(StrEnum):
    """What a lift says."""

    MORE = "more"
    LESS = "less"
    CHANCE = "chance"  # the interval holds 0
    UNKNOWN = "unknown"  # no interval
    OFF = "off"  # the sample ratio is off


class ForestRow(NamedTuple):
    """One lift with its interval."""

    placement: str
    arm: str | None
    lift: Figure | None
    found: Found
    bar: Bar | None  # None without an interval
    is_cut: bool  # goes on beyond the axis


class Group(NamedTuple):
    """The lifts of one figure."""

    figure: str
    currency: str | None  # of revenue; None for other figures
    rows: tuple[ForestRow, ...]


class Forest(NamedTuple):
    """Lifts over a common axis, in percent of its width."""

    groups: tuple[Group, ...]
    ticks: tuple[tuple[float, float], ...]  # position, value
    zero: float


class _Lift(NamedTuple):
    """A lift before it is placed."""

    placement: str
    arm: str | None
    lift: Figure | None
    is_off: bool


Named = tuple[str, str | None]  # figure, currency


def ratio_of(outcome: PlacementOutcome, placements: Mapping[str, Placement]) -> Ratio:
    """Whether the arms of a placement have the sizes that they should have."""
    if outcome.sample_ratio is not None:
        return Ratio.OFF if outcome.sample_ratio.is_off else Ratio.PASSED
    placement = placements.get(outcome.placement)
    if placement is not None and shares_of(placement):
        return Ratio.UNSEEN
    return Ratio.UNPLANNED if any(arm.arm is not None for arm in outcome.arms) else Ratio.NONE


def forest(outcome: PlacementOutcome) -> Forest | None:
    """Every figure of every arm beside the baseline; None where nothing is compared."""
    return _placed({one: [*_lifts([outcome], one)] for one in _figures([outcome])})


def overview(found: Outcomes) -> list[Forest]:
    """All placements at a glance: a forest of the buyers, and one of the money of each currency."""
    figures = [one for one in _figures(found.placements) if one[0] != "click_rate"]
    forests = (_placed({one: [*_lifts(found.placements, one)]}) for one in figures)
    return [one for one in forests if one is not None]


def missing(found: Outcomes, placements: Mapping[str, Placement]) -> Iterator[tuple[str, list[str]]]:
    """What should have come and did not, with the placements that lack it."""
    seen = {one.placement for one in found.placements if _whole(one, "visitors")}
    unseen = sorted({*placements, *(one.placement for one in found.placements)} - seen)
    if unseen:
        yield "impressions", unseen
    shown = [one for one in found.placements if _whole(one, "impressions")]
    unclicked = [one.placement for one in shown if not _whole(one, "clicks")]
    if unclicked:
        yield "clicks", unclicked
    if seen and not any(_whole(one, "buyers") for one in found.placements):
        yield "purchases", []
    elif seen and not any(any(_paid(arm).values()) for one in found.placements for arm in one.arms):
        yield "amounts", []


def currencies(arms: Iterable[ArmOutcome]) -> list[str]:
    """In what visitors of these arms paid."""
    return sorted({one for arm in arms for one in arm.revenue_per_visitor})


def sold(found: Outcomes) -> dict[str, float]:
    """Money by last touch, by currency; each purchase counts once over all placements."""
    return _summed(arm.last_touch.revenue for one in found.placements for arm in one.arms)


def last_touch(outcome: PlacementOutcome) -> Credited:
    """What all arms of a placement sold by last touch."""
    arms = [arm.last_touch for arm in outcome.arms]
    money = _summed(arm.revenue for arm in arms)
    return Credited(sum(one.lines for one in arms), sum(one.units for one in arms), money)


def few_buyers(outcome: PlacementOutcome) -> bool:
    """Whether the interval of money is too narrow to be taken at its word."""
    return any(arm.buyers < FEW_BUYERS for arm in outcome.arms if arm.lift or arm.arm == outcome.baseline)


def _summed(amounts: Iterable[Mapping[str, float]]) -> dict[str, float]:
    whole: dict[str, float] = {}
    for one in amounts:
        for currency, paid in one.items():
            whole[currency] = whole.get(currency, 0.0) + paid
    return whole


def _whole(outcome: PlacementOutcome, name: str) -> int:
    return sum(getattr(arm, name) for arm in outcome.arms)


def _paid(arm: ArmOutcome) -> dict[str, float]:
    return {currency: one.value for currency, one in arm.revenue_per_visitor.items()}


def _figures(outcomes: Sequence[PlacementOutcome]) -> list[Named]:
    paid = currencies(arm for one in outcomes for arm in one.arms if arm.lift)
    return [("click_rate", None), ("conversion", None), *(("revenue", one) for one in paid)]


def _lifts(outcomes: Iterable[PlacementOutcome], named: Named) -> Iterator[_Lift]:
    figure, currency = named
    for one in outcomes:
        is_off = one.sample_ratio is not None and one.sample_ratio.is_off
        for arm in one.arms:
            if arm.lift is None:
                continue
            lift = (
                getattr(arm.lift, figure) if currency is None else arm.lift.revenue_per_visitor.get(currency)
            )
            yield _Lift(one.placement, arm.arm, lift, is_off)


def _placed(lifts: Mapping[Named, Sequence[_Lift]]) -> Forest | None:
    every = [one for own in lifts.values() for one in own]
    if not every:
        return None
    ends = [end for one in every if one.lift for end in (one.lift.low, one.lift.high) if end is not None]
    scale = plots.axis([min(end, WIDEST) for end in ends] or [-0.1, 0.1])
    groups = (
        Group(figure, currency, tuple(_row(one, scale) for one in own))
        for (figure, currency), own in lifts.items()
    )
    return Forest(tuple(groups), tuple((scale.percent(one), one) for one in scale.ticks), scale.percent(0.0))


def _row(one: _Lift, scale: Axis) -> ForestRow:
    lift = one.lift
    if lift is None or lift.low is None or lift.high is None:
        return ForestRow(one.placement, one.arm, lift, Found.UNKNOWN, None, is_cut=False)
    bar = plots.bar(scale, lift.value, (lift.low, lift.high))
    found = _found(lift.low, lift.high, is_off=one.is_off)
    return ForestRow(one.placement, one.arm, lift, found, bar, is_cut=lift.high > scale.high)


def _found(low: float, high: float, *, is_off: bool) -> Found:
    if is_off:
        return Found.OFF
    return Found.MORE if low > 0 else Found.LESS if high < 0 else Found.CHANCE
