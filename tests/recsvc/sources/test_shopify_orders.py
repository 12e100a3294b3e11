"""An order is told as often as it changes; what it says counts once, and no more goes back than was sold."""

from datetime import UTC, datetime
from typing import Any

import pytest

from recsvc.domain.events import Event, EventKind, EventLine
from recsvc.serving.adapted import Ignored
from recsvc.serving.ingest import Rejection
from recsvc.sources.shopify_orders import adapt_order
from tests.recsvc.sources.recordings import recorded

NOW = datetime(2026, 4, 1, tzinfo=UTC)
CANCELLED = "2026-04-02T12:00:00Z"


def order(**changes: Any) -> dict[str, Any]:
    return {**recorded("shopify_order"), **changes}


def refund(refund_id: int, at: str, **quantities: int) -> dict[str, Any]:
    lines = [{"line_item_id": int(name[1:]), "quantity": quantity} for name, quantity in quantities.items()]
    return {"id": refund_id, "created_at": at, "refund_line_items": lines}


def told(**changes: Any) -> list[tuple[str, EventKind, dict[str, float]]]:
    found = []
    for one in adapt_order(order(**changes), NOW):
        assert isinstance(one.outcome, Event), one.outcome
        lines = {line.item_id: line.quantity for line in one.outcome.lines}
        found.append((one.outcome.event_id, one.outcome.kind, lines))
    return found


def test_recorded_order_is_a_purchase_of_its_customer() -> None:
    (one,) = adapt_order(order(), NOW)
    assert one.outcome == Event(
        event_id="shopify:order:9001",
        kind=EventKind.PURCHASE,
        visitor_id="shopify:5501",
        occurred_at=datetime(2026, 3, 31, 23, 59, 28, tzinfo=UTC),
        received_at=NOW,
        lines=(EventLine("701", 2.0, 8.5), EventLine("702", 1.0, 8.0)),
        currency="EUR",
        order_id="9001",
        channel="web",
        source="shopify",
    )
    assert one.stitch is not None
    assert [name.visitor_id for name in one.stitch.identities] == ["shopify:5501", "anon:client-1"]


def test_order_of_nobody_is_of_a_visitor_of_its_own() -> None:
    (one,) = adapt_order(order(customer=None, note_attributes=[]), NOW)
    assert isinstance(one.outcome, Event)
    assert one.outcome.visitor_id == "anon:shopify-order-9001"
    (two,) = adapt_order(order(customer=None), NOW)
    assert isinstance(two.outcome, Event)
    assert two.outcome.visitor_id == "anon:client-1"


def test_refund_is_a_return_of_its_own_id() -> None:
    assert told(refunds=[refund(70, "2026-04-01T00:00:00Z", l1=1)])[1:] == [
        ("shopify:refund:70", EventKind.RETURN, {"701": 1.0})
    ]


def test_cancellation_takes_back_what_no_refund_did() -> None:
    bought = ("shopify:order:9001", EventKind.PURCHASE, {"701": 2.0, "702": 1.0})
    cancelled = "shopify:order:9001:cancelled"
    assert told(cancelled_at=CANCELLED) == [bought, (cancelled, EventKind.CANCEL, {"701": 2.0, "702": 1.0})]
    before = refund(70, "2026-04-02T11:59:00Z", l1=1, l2=1)
    assert told(cancelled_at=CANCELLED, refunds=[before]) == [
        bought,
        ("shopify:refund:70", EventKind.RETURN, {"701": 1.0, "702": 1.0}),
        (cancelled, EventKind.CANCEL, {"701": 1.0}),
    ]
    after = refund(71, "2026-04-03T00:00:00Z", l1=1)
    assert told(cancelled_at=CANCELLED, refunds=[before, after])[1:] == [
        ("shopify:refund:70", EventKind.RETURN, {"701": 1.0, "702": 1.0}),
        (cancelled, EventKind.CANCEL, {"701": 1.0}),
    ]


def test_refund_of_money_alone_and_of_unknown_lines_takes_nothing_back() -> None:
    money = {"id": 72, "created_at": CANCELLED, "refund_line_items": []}
    assert len(told(refunds=[money, refund(73, CANCELLED, l99=1, l1=0)])) == 1


def test_order_at_the_till_names_its_store() -> None:
    (one,) = adapt_order(order(source_name="pos", location_id=31), NOW)
    assert isinstance(one.outcome, Event)
    assert (one.outcome.channel, one.outcome.store_id) == ("pos", "31")


@pytest.mark.parametrize(
    ("changes", "code"),
    [({"test": True}, "test_order"), ({"line_items": [{"id": 1, "product_id": None}]}, "no_items")],
)
def test_order_that_says_nothing_is_ignored(changes: dict[str, Any], code: str) -> None:
    (one,) = adapt_order(order(**changes), NOW)
    assert one.outcome == Ignored("shopify:order:9001", code)


@pytest.mark.parametrize(
    ("changes", "code", "pointer"),
    [
        ({"id": None}, "missing_field", "/id"),
        ({"id": 10**400}, "out_of_range", "/id"),
        ({"currency": "EURO"}, "unknown_currency", "/currency"),
        ({"created_at": "x", "processed_at": None}, "invalid_time", "/created_at"),
        ({"line_items": [{"product_id": 1, "quantity": -1}]}, "out_of_range", "/line_items/0/quantity"),
        ({"line_items": [{"product_id": 1}] * 501}, "out_of_range", "/line_items"),
        ({"line_items": {"id": 1}}, "wrong_type", "/line_items"),
        ({"refunds": [{"refund_line_items": []}]}, "missing_field", "/refunds/0/id"),
        ({"customer": 7}, "wrong_type", "/customer"),
    ],
)
def test_faulty_order_is_rejected_with_code_and_pointer(
    changes: dict[str, Any], code: str, pointer: str
) -> None:
    (one,) = adapt_order(order(**changes), NOW)
    assert isinstance(one.outcome, Rejection)
    assert (one.outcome.code, one.outcome.pointer) == (code, pointer)


@pytest.mark.parametrize("name", [["recsvc_visitor"], {"a": 1}, 7, None])
def test_cart_attribute_whose_name_is_none_says_nothing(name: object) -> None:
    notes = [{"name": name, "value": "somebody"}, {"name": "recsvc_visitor", "value": "browser"}]
    (one,) = adapt_order(order(note_attributes=notes, customer=None), NOW)
    assert isinstance(one.outcome, Event)
    assert one.outcome.visitor_id == "anon:browser"
