"""Examples: bodies and answers as the API's description shows them; a test holds them to their types."""

from typing import Any

Example = dict[str, Any]

VISITOR = {"anonymous_id": "9pQ2mVxk0YtLrW1s"}
SLATE_ID = "mKEyMDI2MDQwMVQxMjAwMDBaoGhvbWUBBwwA"
MODEL = "20260401T120000Z-0badcafe"

SLATE: Example = {
    "placement": "home",
    "slate_id": SLATE_ID,
    "basis": "both",
    "model": MODEL,
    "items": [
        {
            "id": "oolong-100",
            "score": 0.8713,
            "reason": {
                "code": "bought",
                "text": "Because you bought Jasmine Pearls 50 g",
                "because": [
                    {"kind": "item", "id": "jasmine-50", "share": 0.62},
                    {"kind": "answer", "id": "taste=floral", "share": 0.38},
                ],
            },
        }
    ],
    "dropped": {"unavailable": 2},
    "revision": "5f0c1d7a9be2",
    "title": "For you",
}
PAGE: Example = {
    "visitor": VISITOR,
    "placements": [{"id": "home", "limit": 12}, {"id": "similar", "item": "jasmine-50"}],
    "context": {"locale": "en"},
}
PAGE_ANSWER: Example = {"slates": [SLATE, {**SLATE, "placement": "similar", "basis": "context", "items": []}]}
SLATE_BATCH: Example = {
    "visitors": [{"id": "customer-17"}, {"line_user": "U4af4980629"}],
    "placements": [{"id": "mail"}],
    "context": {"locale": "en"},
}
SLATE_LINE: Example = {"index": 0, "slates": [{**SLATE, "placement": "mail"}]}

CONTACT: Example = {
    "visitor": VISITOR,
    "address": "ada@example.com",
    "purpose": "mail",
    "policy": "2026-04",
    "locale": "en",
}
CONTACT_ASKED: Example = {"state": "waiting", "expires_at": "2026-04-03T12:00:00Z"}

EVENTS: Example = {
    "events": [
        {
            "event_id": "7f1c2f4e-0001",
            "kind": "view",
            "visitor": VISITOR,
            "item_id": "jasmine-50",
            "occurred_at": "2026-04-01T12:00:00Z",
        },
        {
            "event_id": "order-1001",
            "kind": "purchase",
            "visitor": {"id": "customer-17"},
            "items": [{"item_id": "jasmine-50", "quantity": 2, "price": 8.5}],
            "currency": "EUR",
            "order_id": "1001",
            "slate_id": SLATE_ID,
        },
    ],
    "sent_at": "2026-04-01T12:00:02Z",
}
EVENT_RESULTS: Example = {
    "results": [
        {"index": 0, "event_id": "7f1c2f4e-0001", "verdict": "accepted", "code": None, "pointer": None},
        {
            "index": 1,
            "event_id": "order-1001",
            "verdict": "rejected",
            "code": "wrong_type",
            "pointer": "/events/1/items/0/quantity",
        },
    ]
}

ITEM: Example = {
    "item_id": "jasmine-50",
    "title": "Jasmine Pearls 50 g",
    "title:ja": "ジャスミン茶 50 g",
    "category": "green tea",
    "brand": "Hillside",
    "price": 8.5,
    "currency": "EUR",
    "availability": "in_stock",
    "image_link": "/pictures/jasmine-50.svg",
    "attr:taste": ["floral", "light"],
    "stock": {"berlin": 14},
}
ITEMS: Example = {"items": [ITEM]}
ITEM_RESULTS: Example = {
    "results": [{"index": 0, "item_id": "jasmine-50", "verdict": "accepted", "code": None, "pointer": None}]
}

QUIZ: Example = {
    "schema": 1,
    "id": "tea-finder",
    "revision": 3,
    "locales": ["en", "ja"],
    "title": {"en": "Which tea?", "ja": "どのお茶？"},
    "questions": [
        {
            "id": "taste",
            "kind": "single",
            "title": {"en": "What do you like?", "ja": "お好みは？"},
            "choices": [{"id": "floral", "text": {"en": "Floral", "ja": "花の香り"}}],
        }
    ],
}
NEW_SESSION: Example = {"visitor": VISITOR, "locale": "en", "touchpoint": "product-page"}
SESSION: Example = {
    "session": "u7Xy0rG2c1mJ9sQe5TzLwA4b",
    "quiz": "tea-finder",
    "revision": 3,
    "state": "open",
    "question": {
        "id": "taste",
        "kind": "single",
        "title": "What do you like?",
        "choices": [{"id": "floral", "text": "Floral"}, {"id": "malty", "text": "Malty"}],
        "purpose_text": "We use your answer to choose teas for you.",
    },
    "offer": None,
    "answers": {},
    "progress": {"answered": 0, "at_most": 3},
    "slate": SLATE,
    "resume": "u7Xy0rG2c1mJ9sQe5TzLwA4b.5d41402abc4b2a76b9719d911017c592",
}
ANSWER: Example = {"value": "floral"}
FORM: Example = {"csrf": "Qv3cVdbq1x7mZk0pR8sTuw", "action": "answer", "value": ["floral"]}
RESUME: Example = {"token": SESSION["resume"]}
TOUCHPOINT: Example = {
    "touchpoint": "product-page",
    "quiz": "tea-finder",
    "revision": 3,
    "question": SESSION["question"],
}
FACTS: Example = {
    "facts": {
        "tea_taste": {
            "values": ["floral"],
            "words": ["Floral"],
            "title": "What do you like?",
            "purpose": {
                "id": "personalise",
                "policy": "2026-01",
                "basis": "notice",
                "text": "We use your answers to choose teas for you.",
            },
            "used": True,
            "answered_at": "2026-04-01T12:00:00Z",
            "expires_at": "2027-04-01T12:00:00Z",
            "source": "quiz",
            "quiz": "tea-finder",
            "revision": 3,
            "question": "taste",
            "touchpoint": "product-page",
        }
    }
}
WANTED_FACTS: Example = {"facts": {"tea_taste": ["malty"], "tea_budget": 30, "caffeine": None}}
NEW_VISITOR: Example = {"anonymous_id": "b7Jt0mQe2rXy5wLz9cVnUg.5mZk0pR8sTuwQv3cVdbq1x"}

ALIVE: Example = {"status": "ok"}
READY: Example = {
    "status": "ready",
    "model": {"ok": True, "version": MODEL, "reason": None},
    "store": {"ok": True, "reason": None},
    "quizzes": {"ok": True, "reason": None},
    "placements": {"ok": True, "reason": None},
}
NOT_READY: Example = {
    "status": "not_ready",
    "model": {"ok": False, "version": None, "reason": "No model is published yet."},
    "store": {"ok": True, "reason": None},
    "quizzes": {"ok": True, "reason": None},
    "placements": {"ok": True, "reason": None},
}
VERSION: Example = {"name": "recsvc", "version": "0.1.0", "model": MODEL}

REQUEST_ID = "4b825dc642cb6eb9a060e54bf8d69288"

SAID_CONSENTS: dict[str, Any] = {
    "consent": {"personalise": True, "mail": False},
    "wording": {"policy": "2026-04", "locale": "ja", "proof": "preferences page, footer link"},
}
CONSENTS: dict[str, Any] = {
    "consents": {
        "mail": {"granted": False, "at": "2026-04-01T12:00:00Z", "withdrawn_at": "2026-04-01T12:00:00Z"},
        "personalise": {"granted": True, "at": "2026-04-01T12:00:00Z", "withdrawn_at": None},
    }
}
EVERYTHING_KEPT: dict[str, Any] = {
    "visitor_id": "4711",
    "exported_at": "2026-04-01T12:00:00Z",
    "identities": [{"kind": "customer", "value": "4711"}, {"kind": "loyalty_card", "value": "7"}],
    "profile": {
        "visitor_id": "4711",
        "revision": 1,
        "recent": [[1775044800.0, "jasmine-50", "purchase", 1.0]],
    },
    "events": [
        {
            "event_id": "till-4711-1",
            "kind": "purchase",
            "visitor_id": "card:7",
            "occurred_at": "2026-04-01T12:00:00Z",
            "received_at": "2026-04-01T12:00:01Z",
            "lines": [{"item_id": "jasmine-50"}],
            "channel": "pos",
        }
    ],
    "quiz_sessions": [],
    "contacts": [
        {
            "contact_id": "fY0mDq2sXv8nKc1LwZr5TbHe",
            "visitor_id": "4711",
            "address": "ada@example.com",
            "purpose": "mail",
            "policy": "2026-04",
            "locale": "en",
            "asked_at": 1775044800.0,
            "expires_at": 1775217600.0,
        }
    ],
    "destinations": {"crm": {"visitor_id": "4711", "consents": {"share": True}, "segments": ["tea-lovers"]}},
}
AFFINITIES: dict[str, Any] = {
    "visitor_id": "4711",
    "affinities": [
        {
            "attribute": "category",
            "value": "tea",
            "score": 0.74,
            "share": 0.62,
            "shop_share": 0.21,
            "items": 7,
            "answers": 1,
            "basis": "both",
        }
    ],
}
SEGMENTS: dict[str, Any] = {"visitor_id": "4711", "segments": ["tea-lovers"]}
ERASED: dict[str, Any] = {"names": 2, "events": 41}
