"""A simulated shop with a known effect: visitors of two arms see, click and buy by given probabilities."""

from collections.abc import Iterator
from datetime import datetime, timedelta
from typing import NamedTuple

import numpy as np

from recsvc.domain.events import Event, EventKind, EventLine
from recsvc.domain.placements import Placement, Strategy
from recsvc.domain.profile import Profile
from recsvc.serving.arms import arm_of
from recsvc.serving.outcomes import Measured, Person
from recsvc.serving.placement_file import revision_of
from recsvc.serving.slate_id import SlateFacts, SlateSigner
from tests.artifacts import NOW

SECRET = b"s" * 32
SIGNER = SlateSigner(SECRET)
HOME = Placement(id="home", strategy=Strategy.PERSONAL, holdout=0.5)
MEASURED = Measured({"home": HOME}, lambda _: revision_of(HOME), str)
ITEMS = 4


class Habits(NamedTuple):
    """What visitors of one arm do."""

    clicks: float = 0.1  # an impression
    buys: float = 0.2  # a visitor, of anything
    reports: float = 1.0  # visitors whose impressions arrive


class Told(NamedTuple):
    """What events of one visitor are made from."""

    visitor_id: str
    arm: str | None
    revision: str = revision_of(HOME)
    placement: str = "home"

    def slate_id(self, at: datetime) -> str:
        """The id of a slate that was made then."""
        facts = SlateFacts("m", self.placement, self.revision, 0, 0, self.arm, 0, int(at.timestamp()), b"r")
        return SIGNER.sign(facts)

    def event(self, kind: EventKind, at: datetime, *lines: EventLine, slate_id: str | None = None) -> Event:
        """One event."""
        return Event(
            event_id=f"{self.visitor_id}-{kind}-{at.timestamp()}-{lines}",
            kind=kind,
            visitor_id=self.visitor_id,
            occurred_at=at,
            received_at=at,
            lines=lines,
            currency="EUR" if kind is EventKind.PURCHASE else None,
            slate_id=slate_id,
        )


def simulated(seed: int, visitors: int, habits: dict[str | None, Habits]) -> Iterator[Person]:
    """People who were drawn into the arms of HOME, each with what they did."""
    rng = np.random.default_rng(seed)
    for number in range(visitors):
        name = f"visitor-{seed}-{number}"
        arm = arm_of(HOME, Profile(name))
        does, told = habits[arm], Told(name, arm)
        events: list[Event] = []
        for visit in range((1, 1, 2, 5)[int(rng.integers(4))]):
            at = NOW + timedelta(hours=rng.random() + visit)
            slate_id = told.slate_id(at)
            lines = [EventLine(f"item-{item:02}") for item in range(ITEMS)]
            events.append(told.event(EventKind.IMPRESSION, at, *lines, slate_id=slate_id))
            clicked = [line for line in lines if rng.random() < does.clicks]
            events += [told.event(EventKind.CLICK, at, line, slate_id=slate_id) for line in clicked]
        if rng.random() < does.buys:
            paid = EventLine("item-00", 1.0, round(float(rng.lognormal(3, 0.7)), 2))
            events.append(told.event(EventKind.PURCHASE, NOW + timedelta(hours=9), paid))
        if rng.random() < does.reports:
            yield Person(events)
