"""Events of a storefront become events, or say why not."""

from datetime import UTC, datetime
from typing import Any

import msgspec
import pytest

from recsvc.domain.events import Event, EventKind, EventLine
from recsvc.serving.adapted import Adapted, Ignored
from recsvc.serving.ingest import Rejection
from recsvc.sources.shopify_pixel import KINDS, PixelEvent, adapt_pixel
from tests.recsvc.sources.recordings import recorded

NOW = datetime(2026, 4, 1, tzinfo=UTC)
PIXELS = recorded("shopify_pixel")


def adapt(pixel: dict[str, Any]) -> Adapted:
    return adapt_pixel(msgspec.convert(pixel, PixelEvent), NOW)


def event_of(pixel: dict[str, Any]) -> Event:
    outcome = adapt(pixel).outcome
    assert isinstance(outcome, Event), outcome
    return outcome


@pytest.mark.parametrize("name", sorted(KINDS))
def test_every_recorded_name_of_the_table_is_an_event(name: str) -> None:
    assert event_of(PIXELS[name]).kind is KINDS[name]


def test_recorded_view_is_an_event_of_the_product() -> None:
    assert event_of(PIXELS["product_viewed"]) == Event(
        event_id="shopify:sh-1-view",
        kind=EventKind.VIEW,
        visitor_id="anon:client-1",
        occurred_at=datetime(2026, 3, 31, 23, 59, 0, 120_000, tzinfo=UTC),
        received_at=NOW,
        lines=(EventLine("701", 1.0, 8.5),),
        currency="EUR",
        source="shopify",
    )


def test_cart_lines_have_their_quantity_and_any_form_of_an_id() -> None:
    assert event_of(PIXELS["product_added_to_cart"]).lines == (EventLine("701", 2.0, 8.5),)


def test_search_has_its_words() -> None:
    assert event_of(PIXELS["search_submitted"]).query == "green tea"


def test_checkout_is_a_purchase_of_the_order_and_joins_browser_and_customer() -> None:
    adapted = adapt(PIXELS["checkout_completed"])
    event = event_of(PIXELS["checkout_completed"])
    assert (event.event_id, event.order_id, event.visitor_id) == (
        "shopify:order:9001",
        "9001",
        "shopify:5501",
    )
    assert event.lines == (EventLine("701", 2.0, 8.5), EventLine("702", 1.0, 8.0))
    assert adapted.stitch is not None
    assert [name.visitor_id for name in adapted.stitch.identities] == ["shopify:5501", "anon:client-1"]


def test_checkout_without_its_order_is_left_to_the_webhook() -> None:
    pixel = PIXELS["checkout_completed"] | {
        "data": {"checkout": PIXELS["checkout_completed"]["data"]["checkout"] | {"order": None}}
    }
    assert adapt(pixel).outcome == Ignored("shopify:sh-1-checkout", "no_order")


def test_other_events_are_ignored() -> None:
    assert adapt(PIXELS["page_viewed"]).outcome == Ignored("shopify:sh-1-page", "unknown_event")


def test_customer_whom_the_pixel_knows_is_the_visitor() -> None:
    assert (
        event_of(PIXELS["product_viewed"] | {"customerId": "gid://shopify/Customer/5501"}).visitor_id
        == "shopify:5501"
    )


@pytest.mark.parametrize("allowed", [True, False])
def test_privacy_settings_are_the_word_about_personalising(allowed: bool) -> None:  # noqa: FBT001
    privacy = {"preferencesProcessingAllowed": allowed, "marketingAllowed": not allowed}
    assert event_of(PIXELS["product_viewed"] | {"customerPrivacy": privacy}).consent == {
        "personalise": allowed
    }


@pytest.mark.parametrize(
    ("changes", "code", "pointer"),
    [
        ({"id": None}, "missing_field", "/id"),
        ({"clientId": None}, "missing_visitor", "/customerId"),
        ({"timestamp": "noon"}, "invalid_time", "/timestamp"),
        ({"data": {}}, "missing_item", "/data/productVariant/product/id"),
        ({"data": {"productVariant": [1]}}, "wrong_type", "/data/productVariant"),
        (
            {"data": {"productVariant": {"product": {"id": 1}, "price": {"amount": -1}}}},
            "out_of_range",
            "/data/productVariant/price/amount",
        ),
        (
            {"data": {"productVariant": {"product": {"id": 1}, "price": {"currencyCode": "BTC"}}}},
            "unknown_currency",
            "/data/productVariant/price/currencyCode",
        ),
        (
            {"name": "checkout_completed", "data": {"checkout": {"lineItems": []}}},
            "missing_item",
            "/data/checkout/lineItems",
        ),
    ],
)
def test_faulty_event_is_rejected_with_code_and_pointer(
    changes: dict[str, Any], code: str, pointer: str
) -> None:
    outcome = adapt(PIXELS["product_viewed"] | changes).outcome
    assert isinstance(outcome, Rejection)
    assert (outcome.code, outcome.pointer) == (code, pointer)
