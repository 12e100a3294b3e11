"""Outcomes: what each placement, and each arm of its experiment, came to; from the log, person by person."""

from collections.abc import Callable, Iterator, Mapping, Sequence
from datetime import datetime
from typing import Final, NamedTuple, Protocol

import msgspec

from recsvc.domain.attribution import Attribution
from recsvc.domain.events import Event
from recsvc.domain.placements import Placement
from recsvc.domain.profile import Profile
from recsvc.domain.purposes import PERSONALISE
from recsvc.serving.consent import is_refused
from recsvc.serving.estimates import Figure
from recsvc.serving.ports import EventLog, PersonalRows
from recsvc.serving.profile import apply_many, withdrawn_at
from recsvc.serving.touches import TOUCHING

PORTION: Final = 200
"""Visitors that are read at once; all that they ever did is in memory then."""


class Credited(msgspec.Struct, frozen=True):
    """Purchases that came of what was shown."""

    lines: int
    units: float
    revenue: dict[str, float]  # currency → paid, net of what came back


class Lift(msgspec.Struct, frozen=True):
    """How much more than the baseline: 0.1 is a tenth more; None where too little is known."""

    click_rate: Figure | None
    conversion: Figure | None
    revenue_per_visitor: dict[str, Figure | None]


class ArmOutcome(msgspec.Struct, frozen=True, kw_only=True):
    """What the visitors of one arm saw and did. Visitors are those who saw something of the placement."""

    arm: str | None  # None: without an experiment
    share: float | None  # as the placement has it now
    visitors: int
    slates: int
    impressions: int
    clicks: int
    buyers: int  # of anything, after they first saw the placement
    click_rate: Figure  # clicks an impression
    conversion: Figure  # buyers a visitor
    revenue_per_visitor: dict[str, Figure]  # currency → paid for anything since then
    last_touch: Credited
    any_touch: Credited
    lift: Lift | None = None  # of arms beside the baseline


class SampleRatio(msgspec.Struct, frozen=True):
    """Whether the arms have the visitors that their shares say; if not, nothing else here can be believed."""

    visitors: dict[str, int]  # of the placement's present revision
    expected: dict[str, float]
    p: float  # that chance alone is so far off
    is_off: bool


class SeenRevision(msgspec.Struct, frozen=True):
    """One state of a placement, as visitors saw it; the arms hold those of all its states."""

    revision: str  # the digest that changes with anything a placement says
    visitors: int
    since: datetime  # of the first impression
    until: datetime  # of the last one
    is_present: bool  # as the placement is now


class PlacementOutcome(msgspec.Struct, frozen=True, kw_only=True):
    """One placement."""

    placement: str
    baseline: str | None  # the arm that the others are compared with
    arms: tuple[ArmOutcome, ...]
    crossed: int  # visitors who saw several arms; they count for the first
    sample_ratio: SampleRatio | None  # None without an experiment, or nobody has seen its present revision
    revisions: tuple[SeenRevision, ...]  # in the order in which they were first seen


class Outcomes(msgspec.Struct, frozen=True):
    """All placements, the most seen first."""

    placements: tuple[PlacementOutcome, ...]
    unreadable: int  # events that name a slate which this service did not make


class Period(NamedTuple):
    """From when until when, Unix seconds; None is open."""

    since: float | None = None
    until: float | None = None

    def has(self, at: float) -> bool:
        """Whether a time is in it."""
        return (self.since is None or at >= self.since) and (self.until is None or at < self.until)


class Measured(NamedTuple):
    """By what outcomes are counted."""

    placements: Mapping[str, Placement]
    revisions: Callable[[str], str]  # placement → its present revision
    product_of: Callable[[str], str]  # item → what it is a variant of
    windows: Attribution = Attribution()
    period: Period = Period()


class Person(NamedTuple):
    """One visitor under all their names, as the log has them; who they are is not in it."""

    events: Sequence[Event]
    withdrawn_at: float | None = None  # Unix seconds: nothing from before it is used


class _Store(EventLog, PersonalRows, Protocol):
    """What outcomes need of the store."""


def people(store: _Store) -> Iterator[Person]:
    """Everybody who was shown anything, one after another; nobody who refuses `personalise`."""
    names = {event.visitor_id for event in store.read_events(TOUCHING) if event.slate_id is not None}
    met: set[str] = set()
    ordered = sorted(names)
    for start in range(0, len(ordered), PORTION):
        for visitor_id, events in store.histories(ordered[start : start + PORTION]).items():
            if visitor_id not in met:
                met.add(visitor_id)
                yield from _permitted(events)


def _permitted(events: Sequence[Event]) -> Iterator[Person]:
    said = apply_many(Profile(""), (event for event in events if event.consent))
    if not is_refused(said, PERSONALISE):
        yield Person(events, withdrawn_at(said.consents, PERSONALISE))
