"""The cart: items and quantities in a signed cookie that belongs to one visitor."""

from typing import Self

import msgspec

from recsvc.storefront.sealed import seal, unseal

PURPOSE = "demo-cart"
MOST_LINES = 40  # keeps the cookie below the 4 KB that browsers take
MOST_UNITS = 99


class Cart(msgspec.Struct, frozen=True):
    """Item ids with their quantities, in the order in which they were added."""

    lines: dict[str, int] = {}

    @classmethod
    def from_cookie(cls, secret: bytes, cookie: str | None, visitor_cookie: str) -> Self:
        """The cart of a cookie; an empty one where it is not this visitor's."""
        lines = unseal(secret, PURPOSE, cookie, dict[str, int], visitor_cookie) if cookie else None
        return cls(lines or {})

    def sealed(self, secret: bytes, visitor_cookie: str) -> str:
        """The cookie of this cart."""
        return seal(secret, PURPOSE, self.lines, visitor_cookie)

    def with_one_more(self, item_id: str) -> "Cart":
        """The cart with one more of an item; as it is where it is full."""
        if item_id not in self.lines and len(self.lines) >= MOST_LINES:
            return self
        return Cart(self.lines | {item_id: min(self.lines.get(item_id, 0) + 1, MOST_UNITS)})

    def with_one_less(self, item_id: str) -> "Cart":
        """The cart with one less of an item."""
        left = self.lines.get(item_id, 0) - 1
        return Cart(self.lines | {item_id: left}) if left > 0 else self.without(item_id)

    def without(self, item_id: str) -> "Cart":
        """The cart without an item."""
        return Cart({one: units for one, units in self.lines.items() if one != item_id})

    @property
    def units(self) -> int:
        """How many things are in it."""
        return sum(self.lines.values())
