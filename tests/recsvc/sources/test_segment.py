"""Segment's calls become events, or say why not; other senders of the same calls are understood."""

from datetime import UTC, datetime, timedelta
from typing import Any

import msgspec
import pytest

from recsvc.domain.events import Event, EventKind, EventLine
from recsvc.domain.identity import Identity, IdentityKind
from recsvc.serving.adapted import NOT_VOUCHED, Adapted, Ignored, Stitch
from recsvc.serving.ingest import Rejection
from recsvc.sources.segment import KINDS, SegmentCall, adapt_call
from tests.recsvc.sources.recordings import recorded

NOW = datetime(2026, 3, 31, 9, 20, 6, tzinfo=UTC)
LONG_AGO = "2016-03-31T09:20:00Z"


def adapt(members: dict[str, Any], **how: Any) -> Adapted:
    call = msgspec.convert(members, SegmentCall)
    return adapt_call(call, NOW, raw=msgspec.json.encode(members), **how)


def track(event: str = "Product Viewed", **changes: Any) -> dict[str, Any]:
    standard = {"type": "track", "anonymousId": "a", "messageId": "m", "properties": {"product_id": "tea"}}
    return standard | {"event": event} | changes


def event_of(members: dict[str, Any], **how: Any) -> Event:
    outcome = adapt(members, **how).outcome
    assert isinstance(outcome, Event), outcome
    return outcome


@pytest.fixture
def batch() -> list[Adapted]:
    return [adapt(call) for call in recorded("segment_batch")["batch"]]


def test_recorded_view_is_an_event(batch: list[Adapted]) -> None:
    assert batch[1].outcome == Event(
        event_id="segment:ajs-next-1-view",
        kind=EventKind.VIEW,
        visitor_id="anon:9d4a1f6c-53c2-4b0e",
        occurred_at=datetime(2026, 3, 31, 9, 14, 7, 500_000, tzinfo=UTC),
        received_at=NOW,
        lines=(EventLine("jasmine-50", 1.0, 8.5),),
        currency="EUR",
        source="segment",
        consent={"personalise": True},
    )
    assert batch[1].stitch is None


def test_recorded_order_is_one_purchase_of_a_customer(batch: list[Adapted]) -> None:
    order = batch[2].outcome
    assert isinstance(order, Event)
    assert (order.kind, order.visitor_id, order.order_id) == (EventKind.PURCHASE, "4711", "50314")
    assert order.event_id == "segment:order:50314"
    assert order.lines == (EventLine("jasmine-50", 2.0, 8.5), EventLine("POT-1", 1.0, 5.0))


def test_ids_that_are_named_together_are_one_person(batch: list[Adapted]) -> None:
    customer = Identity(IdentityKind.CUSTOMER, "4711")
    both = (customer, Identity(IdentityKind.ANONYMOUS, "9d4a1f6c-53c2-4b0e"))
    assert [one.stitch and one.stitch.identities for one in batch] == [
        None,
        None,
        both,
        both,
        (customer, Identity(IdentityKind.ANONYMOUS, "device-77")),
    ]
    assert batch[3] == Adapted(
        Ignored("segment:ajs-next-1-identify", NOT_VOUCHED),
        Stitch(both, datetime(2026, 3, 31, 9, 19, 30, tzinfo=UTC), "segment", "segment:ajs-next-1-identify"),
    )


def test_recorded_page_is_ignored(batch: list[Adapted]) -> None:
    assert batch[0].outcome == Ignored("segment:ajs-next-1-page", "unused_call")


def test_posthog_names_its_visitor_in_the_properties() -> None:
    added, identify, page = (adapt(call) for call in recorded("posthog_batch")["batch"])
    assert isinstance(added.outcome, Event)
    assert (added.outcome.event_id, added.outcome.visitor_id) == ("segment:0195-aa01", "anon:device-9")
    assert added.outcome.kind is EventKind.ADD_TO_CART
    assert identify.stitch is not None
    assert [one.visitor_id for one in identify.stitch.identities] == ["4711", "anon:device-9"]
    assert page.outcome == Ignored("segment:0195-aa03", "unknown_event")


@pytest.mark.parametrize("name", sorted(KINDS))
def test_every_name_of_the_table_is_an_event_however_it_is_written(name: str) -> None:
    properties = {"product_id": "tea", "products": [{"product_id": "tea"}], "query": "green"}
    for written in (name.title(), name.replace(" ", "_"), f" {name.upper()} "):
        assert event_of(track(written, properties=properties)).kind is KINDS[name]


def test_search_keeps_its_words_and_needs_no_item() -> None:
    event = event_of(track("Products Searched", properties={"query": "green\0 tea"}))
    assert (event.kind, event.query, event.lines) == (EventKind.SEARCH, "green tea", ())


def test_order_told_twice_under_two_message_ids_is_one_event() -> None:
    properties = {"order_id": "7", "products": [{"product_id": "tea"}]}
    first, second = (
        event_of(track("Order Completed", messageId=name, properties=properties)) for name in ("1", "2")
    )
    assert first.event_id == second.event_id


def test_call_without_an_id_is_named_by_its_content() -> None:
    ids = [event_of(track(messageId=None, timestamp=f"2026-03-31T09:00:0{n}Z")).event_id for n in (1, 1, 2)]
    assert ids[0] == ids[1] != ids[2]
    assert ids[0].startswith("segment:")


def test_long_message_id_is_digested() -> None:
    assert len(event_of(track(messageId="x" * 150)).event_id) <= 100


@pytest.mark.parametrize(
    ("changes", "code", "pointer"),
    [
        ({"anonymousId": None}, "missing_visitor", "/userId"),
        ({"anonymousId": "", "userId": "  "}, "missing_visitor", "/userId"),
        ({"userId": "anon:x"}, "invalid_value", "/userId"),
        ({"anonymousId": "a\x00b"}, "invalid_value", "/anonymousId"),
        ({"anonymousId": "a" * 201}, "out_of_range", "/anonymousId"),
        ({"event": ""}, "missing_field", "/event"),
        ({"properties": {}}, "missing_item", "/properties/product_id"),
        ({"properties": None}, "missing_item", "/properties/product_id"),
        ({"properties": {"product_id": ["tea"]}}, "wrong_type", "/properties/product_id"),
        ({"properties": {"product_id": "tea", "quantity": 0}}, "out_of_range", "/properties/quantity"),
        ({"properties": {"product_id": "tea", "quantity": -1}}, "out_of_range", "/properties/quantity"),
        ({"properties": {"product_id": "tea", "price": "a lot"}}, "wrong_type", "/properties/price"),
        ({"properties": {"product_id": "tea", "price": True}}, "wrong_type", "/properties/price"),
        ({"properties": {"product_id": "tea", "price": 10**400}}, "out_of_range", "/properties/price"),
        ({"properties": {"product_id": 10**400}}, "out_of_range", "/properties/product_id"),
        ({"properties": {"product_id": "tea", "price": float("inf")}}, "out_of_range", "/properties/price"),
        (
            {"properties": {"product_id": "tea", "currency": "EURO"}},
            "unknown_currency",
            "/properties/currency",
        ),
        (
            {"properties": {"product_id": "tea", "currency": "XXQ"}},
            "unknown_currency",
            "/properties/currency",
        ),
        ({"timestamp": "yesterday"}, "invalid_time", "/timestamp"),
        ({"timestamp": "0001-01-01T00:00:00+09:00"}, "invalid_time", "/timestamp"),
        ({"sentAt": "9999-12-31T23:59:59-09:00"}, "invalid_time", "/sentAt"),
    ],
)
def test_faulty_call_is_rejected_with_code_and_pointer(
    changes: dict[str, Any], code: str, pointer: str
) -> None:
    outcome = adapt(track(**changes), pointer="/batch/3").outcome
    assert outcome == Rejection("segment:m", code, f"/batch/3{pointer}")


@pytest.mark.parametrize(
    ("products", "code", "pointer"),
    [
        ([], "missing_item", "/properties/products"),
        (None, "missing_item", "/properties/products"),
        ("tea", "wrong_type", "/properties/products"),
        (["tea"], "wrong_type", "/properties/products"),
        ([{"product_id": "tea"}, {"name": "x"}], "missing_item", "/properties/products/1/product_id"),
        ([{"product_id": "tea"}] * 501, "out_of_range", "/properties/products"),
    ],
)
def test_faulty_products_are_rejected(products: Any, code: str, pointer: str) -> None:
    outcome = adapt(track("Order Completed", properties={"products": products})).outcome
    assert outcome == Rejection("segment:m", code, pointer)


@pytest.mark.parametrize("name", ["Order Refunded", "Order Cancelled"])
def test_take_back_of_a_whole_order_names_no_items_and_is_ignored(name: str) -> None:
    assert adapt(track(name, properties={"order_id": "7"})).outcome == Ignored("segment:m", "no_items")


def test_clock_of_the_sender_is_left_to_ingest_with_both_times() -> None:
    event = event_of(track(originalTimestamp="2026-03-31T09:00:00Z", sentAt="2026-03-31T09:00:05"))
    assert (event.occurred_at, event.sent_at) == (
        datetime(2026, 3, 31, 9, tzinfo=UTC),
        datetime(2026, 3, 31, 9, 0, 5, tzinfo=UTC),
    )


def test_call_that_went_through_segment_has_no_skew_left() -> None:
    event = event_of(
        track(
            timestamp="2026-03-31T09:19:00Z",
            originalTimestamp=LONG_AGO,
            sentAt=LONG_AGO,
            receivedAt="2026-03-31T09:19:01Z",
        )
    )
    assert (event.occurred_at, event.sent_at) == (datetime(2026, 3, 31, 9, 19, tzinfo=UTC), None)


def test_live_call_lies_at_most_a_month_back() -> None:
    assert event_of(track(timestamp=LONG_AGO)).occurred_at == NOW - timedelta(days=30)
    assert event_of(track(timestamp=LONG_AGO), history=True).occurred_at.year == 2016


def test_clock_that_is_ten_years_off_in_both_times_is_kept_for_the_correction() -> None:
    event = event_of(track(timestamp=LONG_AGO, sentAt="2016-03-31T09:20:05Z"))
    assert event.sent_at is not None
    assert event.sent_at - event.occurred_at == timedelta(seconds=5)


def test_slate_of_a_click_is_kept() -> None:
    properties = {"product_id": "tea", "slate_id": "signed"}
    assert event_of(track("Product Clicked", properties=properties)).slate_id == "signed"
