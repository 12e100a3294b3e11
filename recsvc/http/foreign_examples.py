"""Examples of other protocols' bodies as the description shows them; a test holds them to their types."""

from typing import Any

Example = dict[str, Any]

SEGMENT_CALL: Example = {
    "event": "Product Viewed",
    "anonymousId": "b4f0d7a2-visitor",
    "messageId": "msg-7c2e-0001",
    "timestamp": "2026-04-01T11:59:58Z",
    "sentAt": "2026-04-01T12:00:00Z",
    "properties": {
        "product_id": "jasmine-50",
        "name": "Jasmine Pearls 50 g",
        "price": 8.5,
        "currency": "EUR",
    },
}
SEGMENT_BATCH: Example = {
    "batch": [
        {"type": "track", **SEGMENT_CALL},
        {
            "type": "track",
            "event": "Order Completed",
            "userId": "customer-17",
            "anonymousId": "b4f0d7a2-visitor",
            "messageId": "msg-7c2e-0002",
            "timestamp": "2026-04-01T11:59:59Z",
            "properties": {
                "order_id": "1001",
                "currency": "EUR",
                "products": [{"product_id": "jasmine-50", "quantity": 2, "price": "8.50"}],
            },
        },
    ],
    "sentAt": "2026-04-01T12:00:00Z",
}
SEGMENT_ANSWER: Example = {
    "success": True,
    "results": [
        {
            "index": 0,
            "event_id": "segment:msg-7c2e-0001",
            "verdict": "accepted",
            "code": None,
            "pointer": None,
        }
    ],
}

GA4_EVENTS: Example = {
    "client_id": "1843921.1711972798",
    "user_id": "customer-17",
    "timestamp_micros": 1775044798000000,
    "consent": {"ad_user_data": "DENIED", "personalization_storage": "granted"},
    "events": [
        {
            "name": "purchase",
            "params": {
                "transaction_id": "1001",
                "currency": "EUR",
                "value": 17,
                "items": [
                    {"item_id": "jasmine-50", "item_name": "Jasmine Pearls 50 g", "price": 8.5, "quantity": 2}
                ],
            },
        },
        {"event": "view_item", "ecommerce": {"items": [{"item_id": "oolong-100"}]}},
    ],
}
GA4_ANSWER: Example = {
    "validationMessages": [
        {
            "fieldPath": "/events/0/params/items/0/item_id",
            "description": "The event would be rejected: missing_item.",
            "validationCode": "MISSING_ITEM",
        }
    ]
}

SHOPIFY_PIXEL: Example = {
    "id": "sh-8a1f-0001",
    "name": "product_viewed",
    "timestamp": "2026-04-01T12:00:00.000Z",
    "clientId": "b4f0d7a2-client",
    "data": {
        "productVariant": {
            "id": "4401",
            "price": {"amount": 8.5, "currencyCode": "EUR"},
            "product": {"id": "701", "title": "Jasmine Pearls", "vendor": "Hillside", "type": "green tea"},
        }
    },
    "customerPrivacy": {"preferencesProcessingAllowed": True},
}
SHOPIFY_ORDER: Example = {
    "id": 9001,
    "created_at": "2026-04-01T14:00:00+02:00",
    "currency": "EUR",
    "customer": {"id": 5501},
    "line_items": [{"id": 1, "product_id": 701, "variant_id": 4401, "quantity": 2, "price": "8.50"}],
    "refunds": [],
}
SHOPIFY_ANSWER: Example = {
    "results": [
        {"index": 0, "event_id": "shopify:order:9001", "verdict": "accepted", "code": None, "pointer": None}
    ]
}

CLOUD_EVENT: Example = {
    "specversion": "1.0",
    "id": "a-0001",
    "source": "/shops/berlin",
    "type": "recsvc.event",
    "time": "2026-04-01T12:00:00Z",
    "data": {"kind": "view", "visitor": {"anonymous_id": "9pQ2mVxk0YtLrW1s"}, "item_id": "jasmine-50"},
}
CLOUD_EVENT_ANSWER: Example = {
    "results": [
        {
            "index": 0,
            "event_id": "cloudevents:/shops/berlin:a-0001",
            "verdict": "accepted",
            "code": None,
            "pointer": None,
        }
    ]
}
