"""Tallies: people are added one by one, and only sums are kept of them."""

import math
from collections import Counter, defaultdict
from collections.abc import Iterable, Mapping
from datetime import UTC, datetime
from typing import Final

from recsvc.serving.arms import HOLDOUT, STANDARD, shares_of
from recsvc.serving.estimates import Ratio, Sums, chance_of, lift, share_of
from recsvc.serving.outcomes import (
    ArmOutcome,
    Credited,
    Lift,
    Measured,
    Outcomes,
    Person,
    PlacementOutcome,
    SampleRatio,
    SeenRevision,
)
from recsvc.serving.purchases import Sale, sales
from recsvc.serving.slate_id import SlateSigner
from recsvc.serving.touches import (
    Exposure,
    SlateReader,
    Touch,
    Touches,
    exposures,
    first_arm,
    products_of_slates,
)

SUSPECT: Final = 0.001
"""A sample ratio less likely than this is off: at most one sound experiment in a thousand is accused."""

Arms = dict[str | None, "_ArmTally"]


def outcomes_of(people: Iterable[Person], signer: SlateSigner, measured: Measured) -> Outcomes:
    """What everybody's slates came to.

    Args:
        people: who was shown anything.
        signer: made the slate ids.
        measured: by what it is counted.
    """
    tally = _Tally(signer, measured)
    for person in people:
        tally.add(person)
    return tally.outcomes()


class _Tally:
    """All placements."""

    def __init__(self, signer: SlateSigner, measured: Measured) -> None:
        self._measured = measured
        self._slates = SlateReader(signer, measured.product_of)
        self._arms: defaultdict[str, Arms] = defaultdict(lambda: defaultdict(_ArmTally))
        self._crossed: Counter[str] = Counter()
        self._drawn: defaultdict[str, Counter[str]] = defaultdict(Counter)  # by the present revision
        self._revisions: defaultdict[str, dict[str, _RevisionTally]] = defaultdict(dict)

    def add(self, person: Person) -> None:
        """Add one person to every placement that they saw."""
        cut, period = person.withdrawn_at, self._measured.period
        events = [one for one in person.events if cut is None or one.occurred_at.timestamp() > cut]
        told = [*self._slates.touches(one for one in events if period.has(one.occurred_at.timestamp()))]
        # Of all time: what came back of an older purchase is not taken from one of the period.
        sold = [one for one in sales(events, self._measured.product_of) if period.has(one.at)]
        for placement, exposure in exposures(told).items():
            clicks = _clicks(told, placement, exposure.arm)
            self._arms[placement][exposure.arm].expose(exposure, clicks, sold)
            self._crossed[placement] += exposure.is_crossed
        self._draw(told)
        self._see(told)
        self._credit(told, sold)

    def outcomes(self) -> Outcomes:
        """All placements, the most seen first."""
        found = [self._placement(name, arms) for name, arms in self._arms.items()]
        found.sort(key=lambda one: (-sum(arm.visitors for arm in one.arms), one.placement))
        return Outcomes(tuple(found), self._slates.unreadable)

    def _draw(self, told: Iterable[Touch]) -> None:
        """Note in which arm the present revision of each placement was seen first."""
        present: defaultdict[str, list[Touch]] = defaultdict(list)
        for one in told:
            if not one.is_click and one.revision == self._measured.revisions(one.placement):
                present[one.placement].append(one)
        for placement, own in present.items():
            arm = first_arm(own)
            if arm is not None:
                self._drawn[placement][arm] += 1

    def _see(self, told: Iterable[Touch]) -> None:
        """Note from when to when each revision was seen."""
        times: defaultdict[tuple[str, str], list[float]] = defaultdict(list)
        for one in told:
            if not one.is_click:
                times[one.placement, one.revision].append(one.at)
        for (placement, revision), own in times.items():
            self._revisions[placement].setdefault(revision, _RevisionTally()).add(min(own), max(own))

    def _credit(self, told: Iterable[Touch], sold: Iterable[Sale]) -> None:
        """Give each purchase to the last place that showed its product, and to any."""
        touches = Touches(told, self._measured.windows)
        for sale in sold:
            before = touches.before(sale)
            for placement, arm in {(touch.placement, touch.arm) for touch in before}:
                self._arms[placement][arm].any.add(sale)
            for last in before[-1:]:
                self._arms[last.placement][last.arm].last.add(sale)

    def _placement(self, name: str, arms: Arms) -> PlacementOutcome:
        placement = self._measured.placements.get(name)
        shares = shares_of(placement) if placement else {}
        baseline = next((arm for arm in (HOLDOUT, STANDARD) if arm in arms), None)
        order = list(dict.fromkeys([baseline, *shares, *sorted(filter(None, arms)), None]))
        base = arms[baseline] if baseline is not None else None
        return PlacementOutcome(
            placement=name,
            baseline=baseline,
            arms=tuple(arms[arm].outcome(arm, shares.get(arm or ""), base) for arm in order if arm in arms),
            crossed=self._crossed[name],
            sample_ratio=_sample_ratio(self._drawn[name], shares),
            revisions=self._seen(name),
        )

    def _seen(self, name: str) -> tuple[SeenRevision, ...]:
        present = self._measured.revisions(name)
        found = [one.seen(revision, present) for revision, one in self._revisions[name].items()]
        return tuple(sorted(found, key=lambda one: (one.since, one.revision)))


class _RevisionTally:
    """One revision of one placement."""

    def __init__(self) -> None:
        self._visitors, self._first, self._last = 0, math.inf, -math.inf

    def add(self, first: float, last: float) -> None:
        """Add one visitor by their first and last impression, Unix seconds."""
        self._visitors += 1
        self._first, self._last = min(self._first, first), max(self._last, last)

    def seen(self, revision: str, present: str) -> SeenRevision:
        """What it comes to."""
        since, until = (datetime.fromtimestamp(at, UTC) for at in (self._first, self._last))
        return SeenRevision(revision, self._visitors, since, until, is_present=revision == present)


class _Credit:
    """Purchases of one arm."""

    def __init__(self) -> None:
        self._lines = 0
        self._units = 0.0
        self._paid: defaultdict[str, float] = defaultdict(float)

    def add(self, sale: Sale) -> None:
        """Add one."""
        self._lines += 1
        self._units += sale.units
        self._paid[sale.currency] += sale.paid

    @property
    def credited(self) -> Credited:
        """What they come to."""
        revenue = {currency: round(paid, 2) for currency, paid in sorted(self._paid.items())}
        return Credited(self._lines, round(self._units, 6), revenue)


class _ArmTally:
    """One arm of one placement."""

    def __init__(self) -> None:
        self.visitors = self.slates = self.impressions = self.clicks = self.buyers = 0
        self.last, self.any = _Credit(), _Credit()
        self.clicked, self.bought = Sums(), Sums()
        self._paid: defaultdict[str, Sums] = defaultdict(Sums)  # only of visitors who paid in the currency

    def expose(self, exposure: Exposure, clicks: int, sold: Iterable[Sale]) -> None:
        """Add one visitor of this arm."""
        after = [sale for sale in sold if sale.at >= exposure.first_at]
        self.visitors += 1
        self.slates += exposure.slates
        self.impressions += exposure.impressions
        self.clicks += clicks
        self.buyers += bool(after)
        self.clicked.add(clicks, exposure.impressions)
        self.bought.add(bool(after))
        paid: defaultdict[str, float] = defaultdict(float)
        for sale in after:
            paid[sale.currency] += sale.paid
        for currency, amount in paid.items():
            self._paid[currency].add(amount)

    def outcome(self, arm: str | None, share: float | None, base: "_ArmTally | None") -> ArmOutcome:
        """What it came to, beside the baseline where that is another arm."""
        compares = base is not None and base is not self and arm is not None
        return ArmOutcome(
            arm=arm,
            share=share,
            visitors=self.visitors,
            slates=self.slates,
            impressions=self.impressions,
            clicks=self.clicks,
            buyers=self.buyers,
            click_rate=self.clicked.ratio().figure,
            conversion=share_of(self.buyers, self.visitors),
            revenue_per_visitor={currency: self.revenue(currency).figure for currency in sorted(self._paid)},
            last_touch=self.last.credited,
            any_touch=self.any.credited,
            lift=self._lift(base) if compares and base else None,
        )

    def revenue(self, currency: str) -> Ratio:
        """Paid in a currency by each visitor."""
        return self._paid[currency].ratio(self.visitors) if currency in self._paid else Ratio(0.0, 0.0)

    def _lift(self, base: "_ArmTally") -> Lift:
        return Lift(
            lift(self.clicked.ratio(), base.clicked.ratio()),
            lift(self.bought.ratio(), base.bought.ratio()),
            {one: lift(self.revenue(one), base.revenue(one)) for one in sorted(self._paid)},
        )


def _clicks(told: Iterable[Touch], placement: str, arm: str | None) -> int:
    """Products of slates that were clicked, each once a slate."""
    return products_of_slates(
        one for one in told if one.is_click and (one.placement, one.arm) == (placement, arm)
    )


def _sample_ratio(drawn: Mapping[str, int], shares: Mapping[str, float]) -> SampleRatio | None:
    visitors = {arm: drawn.get(arm, 0) for arm in shares}
    whole = sum(visitors.values())
    if not whole:
        return None
    p = chance_of([*visitors.values()], [*shares.values()])
    expected = {arm: round(whole * share, 1) for arm, share in shares.items()}
    return SampleRatio(visitors, expected, p, is_off=p < SUSPECT)
