"""What happens in the demo becomes events, through the same door as any other touchpoint."""

import hashlib
import secrets
from collections.abc import Sequence

import msgspec

from recsvc.domain.catalogue import Item
from recsvc.domain.events import Event, EventKind, EventLine
from recsvc.domain.identity import Identity, IdentityKind
from recsvc.serving.ports import Clock
from recsvc.serving.prices import price_of
from recsvc.storefront.demo.parts import TakesEvents

MOST_SLATE_ID = 512
HOUR_S = 3600
STORE = "demo-corner"


class Recorder:
    """Writes the clicks, carts and orders of demo visitors."""

    def __init__(self, ingest: TakesEvents, clock: Clock) -> None:
        self._ingest = ingest
        self._clock = clock

    async def looked_at(self, visitor_id: str, item: Item, slate_id: str | None) -> None:
        """A product page was opened, from a slate or not; opened again within the hour it counts once."""
        hour = str(int(self._clock().timestamp() // HOUR_S))
        events = [
            self._event(EventKind.VIEW, visitor_id, [_line(item)], _once(visitor_id, item.item_id, hour))
        ]
        if slate_id and len(slate_id) <= MOST_SLATE_ID:
            click = _once(visitor_id, item.item_id, slate_id)
            events.append(self._event(EventKind.CLICK, visitor_id, [_line(item)], click, slate_id=slate_id))
        await self._ingest.take(events)

    async def put_in_cart(self, visitor_id: str, item: Item) -> None:
        """One more of an item is in the cart."""
        await self._ingest.take([self._event(EventKind.ADD_TO_CART, visitor_id, [_line(item)])])

    async def took_from_cart(self, visitor_id: str, item: Item) -> None:
        """One less of an item, or none, is in the cart."""
        await self._ingest.take([self._event(EventKind.REMOVE_FROM_CART, visitor_id, [_line(item)])])

    async def ordered(self, visitor_id: str, order_id: str, lines: Sequence[tuple[Item, int]]) -> None:
        """An order was placed."""
        bought = [_line(item, units) for item, units in lines]
        currency = next((item.currency for item, _ in lines if item.currency), None)
        event = self._event(EventKind.PURCHASE, visitor_id, bought, order_id=order_id, currency=currency)
        await self._ingest.take([event])

    async def paid_at_till(self, card: str, lines: Sequence[tuple[Item, int]]) -> str:
        """Buy at the till with a loyalty card and answer the number of the receipt."""
        receipt = f"till-{secrets.token_hex(4)}"
        bought = [_line(item, units) for item, units in lines]
        currency = next((item.currency for item, _ in lines if item.currency), None)
        who = Identity(IdentityKind.LOYALTY_CARD, card).visitor_id
        event = self._event(EventKind.PURCHASE, who, bought, order_id=receipt, currency=currency)
        await self._ingest.take([msgspec.structs.replace(event, channel="pos", store_id=STORE)])
        return receipt

    async def has_card(self, visitor_id: str, card: str) -> None:
        """A visitor says that a loyalty card is theirs."""
        event = self._event(EventKind.IDENTIFY, visitor_id, ())
        card_of = (Identity(IdentityKind.LOYALTY_CARD, card),)
        await self._ingest.take([msgspec.structs.replace(event, identities=card_of)])

    async def stepped_in(self, household: str, browser_id: str) -> None:
        """A browser shops as a household from now on, by an anonymous id of its own; told once."""
        event = self._event(EventKind.IDENTIFY, household, (), _once("stepped-in", household))
        joined = (Identity(IdentityKind.ANONYMOUS, browser_id),)
        await self._ingest.take([msgspec.structs.replace(event, identities=joined)])

    def _event(
        self,
        kind: EventKind,
        visitor_id: str,
        lines: Sequence[EventLine],
        event_id: str | None = None,
        *,
        slate_id: str | None = None,
        order_id: str | None = None,
        currency: str | None = None,
    ) -> Event:
        now = self._clock()
        return Event(
            event_id=event_id or secrets.token_hex(12),
            kind=kind,
            visitor_id=visitor_id,
            occurred_at=now,
            received_at=now,
            lines=tuple(lines),
            currency=currency,
            order_id=order_id,
            channel="web",
            slate_id=slate_id,
            source="demo",
        )


def new_order_id() -> str:
    """A number for an order."""
    return f"demo-{secrets.token_hex(4)}"


def _line(item: Item, units: int = 1) -> EventLine:
    return EventLine(item.item_id, float(units), price_of(item))


def _once(*parts: str) -> str:
    text = "\x1f".join(parts).encode("utf-8", "surrogatepass")
    return "demo-" + hashlib.blake2b(text, digest_size=12).hexdigest()
