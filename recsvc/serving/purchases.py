"""Purchases of one person: paid lines, less what came back."""

from collections.abc import Callable, Iterable, Sequence
from typing import NamedTuple

from recsvc.domain.events import TAKE_BACK, Event, EventKind, EventLine


class Sale(NamedTuple):
    """What is left of a line of a purchase."""

    at: float  # Unix seconds
    product: str
    currency: str  # "" where it was not told
    units: float  # > 0
    paid: float


class _Line:
    """A line of a purchase while things may come back of it."""

    def __init__(self, event: Event, line: EventLine) -> None:
        self.event = event
        self.line = line
        self.left = line.quantity

    def give_back(self, units: float) -> float:
        """Take units back; how many were not of this line."""
        taken = min(self.left, units)
        self.left -= taken
        return units - taken

    def sale(self, product: str) -> Sale:
        """What is left of it."""
        at, currency = self.event.occurred_at.timestamp(), self.event.currency or ""
        return Sale(at, product, currency, self.left, self.left * (self.line.price or 0.0))


def sales(events: Iterable[Event], product_of: Callable[[str], str]) -> list[Sale]:
    """The paid lines of all purchases, in order of time, less returned and cancelled units.

    What costs nothing is no purchase; a line that tells no price is one without an amount. What comes back is
    of the order that it names, else of the newest purchase of the item: tills give receipts of their own.

    Args:
        events: of one person, in any order.
        product_of: item id → product.
    """
    lines: list[_Line] = []
    for event in sorted(events, key=lambda one: (one.occurred_at, one.kind in TAKE_BACK)):
        if event.kind is EventKind.PURCHASE:
            lines += [_Line(event, line) for line in event.lines if line.price != 0]
        elif event.kind in TAKE_BACK:
            for line in event.lines:
                _take_back(lines, event.order_id, line)
    return [line.sale(product_of(line.line.item_id)) for line in lines if line.left > 0]


def _take_back(lines: Sequence[_Line], order_id: str | None, returned: EventLine) -> None:
    same = [one for one in reversed(lines) if one.line.item_id == returned.item_id]
    units = returned.quantity
    for one in sorted(same, key=lambda one: order_id is None or one.event.order_id != order_id):
        units = one.give_back(units)
