"""A product with its variants is one item; levels are counts of a variant at a location."""

from datetime import UTC, datetime
from typing import Any

import pytest

from recsvc.domain.catalogue import Availability, Count, Item
from recsvc.sources.fields import FieldFaultError
from recsvc.sources.shopify_products import Level, item_of, level_of
from tests.recsvc.sources.recordings import recorded

NOW = datetime(2026, 4, 1, tzinfo=UTC)
LEVEL = {"inventory_item_id": 8801, "location_id": 31, "available": 4, "updated_at": "2026-03-31T13:00:00Z"}


def product(**changes: Any) -> dict[str, Any]:
    return {**recorded("shopify_product"), **changes}


def variant(**changes: Any) -> dict[str, Any]:
    standard = {
        "price": "1.00",
        "inventory_management": "shopify",
        "inventory_policy": "deny",
        "inventory_quantity": 0,
    }
    return standard | changes


def test_recorded_product_is_one_item() -> None:
    assert item_of(product(), NOW) == Item(
        item_id="701",
        title="Jasmine Pearls",
        category="green tea",
        brand="Hillside",
        price=10.0,
        sale_price=8.5,
        availability=Availability.IN_STOCK,
        image_link="https://cdn.example/jasmine.png",
        link="/products/jasmine-pearls",
        attributes={"tag": ("floral", "light"), "size": ("50 g", "100 g")},
        changed_at=datetime(2026, 3, 31, 12, tzinfo=UTC).timestamp(),
        counts={"8801": {}, "8802": {}},
    )


@pytest.mark.parametrize(
    ("changes", "in_stock"),
    [
        ({"variants": [variant()]}, False),
        ({"variants": [variant(), variant(inventory_quantity=1)]}, True),
        ({"variants": [variant(inventory_policy="continue")]}, True),
        ({"variants": [variant(inventory_management=None)]}, True),
        ({"variants": []}, False),
        ({"status": "draft"}, False),
        ({"status": "archived"}, False),
        ({"published_at": None}, False),
    ],
)
def test_product_is_in_stock_while_one_variant_can_be_bought(
    changes: dict[str, Any], *, in_stock: bool
) -> None:
    assert item_of(product(**changes), NOW).can_be_bought == in_stock


def test_bare_product_is_an_item() -> None:
    assert item_of({"id": 1}, NOW) == Item(
        item_id="1", availability=Availability.OUT_OF_STOCK, changed_at=NOW.timestamp()
    )


def test_level_is_a_count() -> None:
    at = datetime(2026, 3, 31, 13, tzinfo=UTC).timestamp()
    assert level_of(LEVEL, NOW) == Level("8801", "31", Count(4.0, at))
    assert level_of(LEVEL | {"available": None}, NOW) == Level("8801", "31", None)
    assert level_of(LEVEL, NOW, disconnected=True) == Level("8801", "31", None)


@pytest.mark.parametrize(
    ("changes", "pointer"),
    [
        ({"inventory_item_id": None}, "/inventory_item_id"),
        ({"location_id": ""}, "/location_id"),
        ({"available": "4"}, "/available"),
        ({"available": 10**400}, "/available"),
        ({"updated_at": 3}, "/updated_at"),
    ],
)
def test_faulty_level_is_pointed_at(changes: dict[str, Any], pointer: str) -> None:
    with pytest.raises(FieldFaultError) as caught:
        level_of(LEVEL | changes, NOW)
    assert caught.value.pointer == pointer


@pytest.mark.parametrize(
    ("changes", "pointer"),
    [
        ({"id": None}, "/id"),
        ({"id": "a\tb"}, "/id"),
        ({"variants": [{"price": "cheap"}]}, "/variants/0/price"),
        ({"variants": "none"}, "/variants"),
        ({"updated_at": "2026-13-01"}, "/updated_at"),
        ({"image": "x"}, "/image"),
    ],
)
def test_faulty_product_is_pointed_at(changes: dict[str, Any], pointer: str) -> None:
    with pytest.raises(FieldFaultError) as caught:
        item_of(product(**changes), NOW)
    assert caught.value.pointer == pointer
