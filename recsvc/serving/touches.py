"""Touches: which slates one person saw, in which arm, what they clicked there, and what was bought of it."""

from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from functools import lru_cache
from typing import Final, NamedTuple

from recsvc.domain.attribution import Attribution
from recsvc.domain.errors import InvalidRequestError
from recsvc.domain.events import Event, EventKind
from recsvc.model.confidence import DAY_S
from recsvc.serving.purchases import Sale
from recsvc.serving.slate_id import SlateFacts, SlateSigner

TOUCHING: Final = frozenset({EventKind.IMPRESSION, EventKind.CLICK})
KEPT_SLATES: Final = 4096


class Touch(NamedTuple):
    """One product of one slate, on the screen or clicked."""

    at: float  # Unix seconds
    product: str
    is_click: bool
    slate_id: str
    placement: str
    revision: str  # of the placement
    arm: str | None


class Exposure(NamedTuple):
    """What one person had of one placement."""

    arm: str | None  # the first one; None without an experiment
    first_at: float  # Unix seconds
    slates: int
    impressions: int  # products of slates, each once a slate
    is_crossed: bool  # whether slates of another arm were seen, too


class SlateReader:
    """Reads the slates that events name; those that this service did not make are counted.

    Args:
        signer: made the slate ids.
        product_of: item id → what it is a variant of.
    """

    def __init__(self, signer: SlateSigner, product_of: Callable[[str], str]) -> None:
        self._product_of = product_of
        self.unreadable = 0  # events

        @lru_cache(KEPT_SLATES)
        def read(slate_id: str) -> SlateFacts | None:
            try:
                return signer.read(slate_id)
            except InvalidRequestError:
                return None

        self._read = read

    def touches(self, events: Iterable[Event]) -> Iterator[Touch]:
        """What a person saw and clicked, in order of time."""
        for event in sorted(events, key=lambda one: one.occurred_at):
            if event.kind not in TOUCHING or event.slate_id is None:
                continue
            slate = self._read(event.slate_id)
            if slate is None:
                self.unreadable += 1
                continue
            at, is_click = event.occurred_at.timestamp(), event.kind is EventKind.CLICK
            of = event.slate_id, slate.placement, slate.placement_revision, slate.arm
            for line in event.lines:
                yield Touch(at, self._product_of(line.item_id), is_click, *of)


class Touches:
    """What one person saw and clicked, asked what a purchase came of."""

    def __init__(self, touches: Iterable[Touch], windows: Attribution) -> None:
        self._by_product: dict[str, list[Touch]] = {}
        for touch in touches:
            self._by_product.setdefault(touch.product, []).append(touch)
        self._window_s: Mapping[bool, float] = {
            True: windows.click_days * DAY_S,
            False: windows.view_days * DAY_S,
        }

    def before(self, sale: Sale) -> list[Touch]:
        """The touches of its product within their windows; the last one, by rank and time, comes last."""
        found = [
            touch
            for touch in self._by_product.get(sale.product, ())
            if 0 <= sale.at - touch.at < self._window_s[touch.is_click]
        ]
        return sorted(found, key=lambda touch: (touch.is_click, touch.at))


def exposures(touches: Iterable[Touch]) -> dict[str, Exposure]:
    """Placement → what a person had of it; the arm seen first is theirs, whatever came later.

    Slates without an arm are from before the experiment, or of somebody who was nobody then: they count where
    there are no others.
    """
    shown: dict[str, list[Touch]] = {}
    for touch in touches:
        if not touch.is_click:
            shown.setdefault(touch.placement, []).append(touch)
    return {placement: _exposure(seen) for placement, seen in shown.items()}


def first_arm(touches: Iterable[Touch]) -> str | None:
    """The arm of the first touch that has one."""
    return next((one.arm for one in touches if one.arm is not None), None)


def products_of_slates(touches: Iterable[Touch]) -> int:
    """How many products of slates they are; a page that is looked at again shows nothing new."""
    return len({(one.slate_id, one.product) for one in touches})


def _exposure(seen: Sequence[Touch]) -> Exposure:
    arm = first_arm(seen)
    own = [one for one in seen if one.arm == arm]
    return Exposure(
        arm,
        own[0].at,
        slates=len({one.slate_id for one in own}),
        impressions=products_of_slates(own),
        is_crossed=len({one.arm for one in seen} - {None}) > 1,
    )
