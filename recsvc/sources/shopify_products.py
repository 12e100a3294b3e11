"""Shopify's product and inventory webhooks: a product with its variants is one item."""

from datetime import datetime
from typing import Any, Final, NamedTuple

from recsvc.domain.catalogue import Availability, Count, Item
from recsvc.sources.fields import FieldFaultError, Fields

TOPICS: Final = frozenset({"products/create", "products/update"})
REMOVED: Final = "products/delete"
COUNTED: Final = frozenset({"inventory_levels/connect", "inventory_levels/update"})
DISCONNECTED: Final = "inventory_levels/disconnect"

MOST_AVAILABLE: Final = 10**9
MOST_VALUES: Final = 200
MOST_VALUE_CHARACTERS: Final = 500


class Level(NamedTuple):
    """How many one location has of one variant."""

    variant: str  # its id in Shopify's inventory
    store_id: str
    counted: Count | None  # None: the location keeps it no longer, or does not count it


def item_of(product: dict[str, Any], received: datetime) -> Item:
    """The item of a product.

    Raises:
        FieldFaultError: a member that cannot be read.
    """
    fields = Fields(product, "")
    variants = fields.each("variants")
    price, sale_price = _prices(variants)
    handle = fields.text("handle", most=500)
    changed = fields.moment("updated_at") or received
    return Item(
        item_id=item_id_of(product),
        title=fields.words("title"),
        category=fields.words("product_type"),
        brand=fields.words("vendor"),
        price=price,
        sale_price=sale_price,
        availability=_availability(product, variants),
        image_link=fields.inside("image").text("src", most=2000),
        link=f"/products/{handle}" if handle else None,
        attributes=_attributes(fields),
        changed_at=changed.timestamp(),
        counts={name: {} for one in variants if (name := one.text("inventory_item_id"))},
    )


def item_id_of(product: dict[str, Any]) -> str:
    """The id of a product, also of one that is gone.

    Raises:
        FieldFaultError: it has none.
    """
    return Fields(product, "").needed("id")


def level_of(level: dict[str, Any], received: datetime, *, disconnected: bool = False) -> Level:
    """One inventory level.

    Raises:
        FieldFaultError: it does not say of what, or where.
    """
    fields = Fields(level, "")
    variant, store_id = fields.needed("inventory_item_id"), fields.needed("location_id")
    available = level.get("available")
    if disconnected or available is None:
        return Level(variant, store_id, None)
    if isinstance(available, bool) or not isinstance(available, int) or abs(available) > MOST_AVAILABLE:
        raise FieldFaultError("wrong_type", "/available")
    at = fields.moment("updated_at") or received
    return Level(variant, store_id, Count(float(available), at.timestamp()))


def _prices(variants: list[Fields]) -> tuple[float | None, float | None]:
    """Price and sale price of the cheapest variant."""
    priced = [(price, one.price("compare_at_price")) for one in variants if (price := one.price("price"))]
    if not priced:
        return None, None
    paid, before = min(priced, key=lambda pair: pair[0])
    return (before, paid) if before is not None and before > paid else (paid, None)


def _availability(product: dict[str, Any], variants: list[Fields]) -> Availability:
    """In stock while a variant can be bought online; a draft cannot."""
    shown = product.get("status", "active") == "active" and product.get("published_at", "") is not None
    can_be_bought = shown and any(_is_left(one.members) for one in variants)
    return Availability.IN_STOCK if can_be_bought else Availability.OUT_OF_STOCK


def _is_left(variant: dict[str, Any]) -> bool:
    quantity = variant.get("inventory_quantity")
    if variant.get("inventory_management", "shopify") is None or not isinstance(quantity, int):
        return True  # nobody counts it
    return quantity > 0 or variant.get("inventory_policy") == "continue"


def _attributes(fields: Fields) -> dict[str, tuple[str, ...]]:
    tags = fields.members.get("tags")
    listed = tags.split(",") if isinstance(tags, str) else tags
    named = {"tag": _values(listed)}
    for option in fields.each("options"):
        name = option.words("name", most=100)
        if name and name != "Title":  # Shopify's name for the option of a product that has none
            named[name.casefold()] = _values(option.members.get("values"))
    return {name: values for name, values in named.items() if values}


def _values(listed: Any) -> tuple[str, ...]:
    texts = (
        [one.replace("\0", "").strip() for one in listed if isinstance(one, str)]
        if isinstance(listed, list)
        else []
    )
    return tuple(dict.fromkeys(text[:MOST_VALUE_CHARACTERS] for text in texts if text))[:MOST_VALUES]
