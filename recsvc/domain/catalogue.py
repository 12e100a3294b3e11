"""The catalogue: what can be recommended, as the shop describes it."""

from enum import StrEnum

import msgspec

NUMBERS = ("price", "sale_price", "margin", "age_limit")
TEXTS = ("category", "brand")
"""Fields that conditions see beside the attr:NAME columns."""


class Availability(StrEnum):
    """Google Merchant's four words."""

    IN_STOCK = "in_stock"
    OUT_OF_STOCK = "out_of_stock"
    PREORDER = "preorder"
    BACKORDER = "backorder"


class Count(msgspec.Struct, frozen=True, array_like=True):
    """How many of one variant a store has, and when that was counted."""

    quantity: float
    at: float  # Unix seconds, UTC


class Item(msgspec.Struct, frozen=True, kw_only=True, omit_defaults=True):
    """One product, or one variant of a product group."""

    item_id: str
    item_group_id: str | None = None
    title: str | None = None
    titles: dict[str, str] = {}  # locale → title
    category: str | None = None
    brand: str | None = None
    price: float | None = None
    sale_price: float | None = None
    currency: str | None = None
    margin: float | None = None
    availability: Availability = Availability.IN_STOCK
    available_from: str | None = None  # ISO 8601
    age_limit: int | None = None  # years
    image_link: str | None = None
    link: str | None = None
    attributes: dict[str, tuple[str, ...]] = {}  # the attr:NAME columns
    stock: dict[str, float] = {}  # store_id → quantity
    # Known where the shop's system tells of changes one by one:
    changed_at: float | None = None  # Unix seconds of its newest word; what it said before does not undo that
    counts: dict[str, dict[str, Count]] = {}  # variant, by its id in the stock books → store_id → count

    def title_in(self, locale: str) -> str:
        """The title in a locale, else the shop's own, else the id."""
        return self.titles.get(locale) or self.title or self.item_id

    def attribute_values(self) -> dict[str, tuple[str, ...]]:
        """All attributes that answers and directions may name: category, brand and the attr columns."""
        named = {"category": self.category, "brand": self.brand}
        own = {name: (value,) for name, value in named.items() if value}
        return own | self.attributes

    def values(self) -> dict[str, tuple[str, ...] | float]:
        """What conditions see as `item.NAME`: texts as lists, and numbers; `price` is what is paid."""
        known = {name: number for name in NUMBERS if (number := self._number(name)) is not None}
        return self.attribute_values() | known

    def value(self, name: str) -> tuple[str, ...] | float | None:
        """One of `values` without making the others, None where there is none of that name."""
        number = self._number(name) if name in NUMBERS else None
        if number is not None:
            return number
        own = self.attributes.get(name)
        if own is None and name in TEXTS:
            text = getattr(self, name)
            return (text,) if text else None
        return own

    def _number(self, name: str) -> float | None:
        """A number by its name; `price` is what is paid."""
        name = "sale_price" if name == "price" and self.sale_price is not None else name
        number: float | None = getattr(self, name)
        return None if number is None else float(number)

    @property
    def can_be_bought(self) -> bool:
        """Whether an answer may show it."""
        return self.availability is not Availability.OUT_OF_STOCK


def members_of(attribute: str) -> tuple[str, ...]:
    """The members of an item's JSON without which it has no value of an attribute."""
    return ("price", "sale_price") if attribute == "price" else (attribute,)
