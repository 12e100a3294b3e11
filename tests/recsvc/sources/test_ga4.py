"""Events of the Measurement Protocol and of a dataLayer become events, or say why not."""

from datetime import UTC, datetime, timedelta
from typing import Any

import msgspec
import pytest

from recsvc.domain.events import Event, EventKind, EventLine
from recsvc.serving.adapted import Adapted, Ignored
from recsvc.serving.ingest import Rejection
from recsvc.sources.ga4 import Ga4Event, Ga4Events, adapt_event
from tests.recsvc.sources.recordings import recorded

NOW = datetime(2026, 3, 31, 9, 20, 6, tzinfo=UTC)
AT = datetime(2026, 3, 31, 9, 20, tzinfo=UTC)
VIEW = {"name": "view_item", "params": {"items": [{"item_id": "tea"}]}}


def adapt(body: dict[str, Any], received: datetime = NOW) -> list[Adapted]:
    whole = msgspec.convert(body | {"events": []}, Ga4Events)
    return [
        adapt_event(
            msgspec.convert(event, Ga4Event),
            whole,
            received,
            pointer=f"/events/{index}",
            raw=msgspec.json.encode(event),
        )
        for index, event in enumerate(body["events"])
    ]


def outcome(event: dict[str, Any], **body: Any) -> Any:
    (one,) = adapt({"client_id": "c", "events": [event], **body})
    return one.outcome


def test_recorded_purchase_is_one_event_of_the_customer() -> None:
    bought, other = adapt(recorded("ga4_measurement_protocol"))
    assert bought.outcome == Event(
        event_id="ga4:order:T-50314",
        kind=EventKind.PURCHASE,
        visitor_id="4711",
        occurred_at=AT,
        received_at=NOW,
        lines=(EventLine("jasmine-50", 2.0, 8.5), EventLine("90210", 1.0, 5.0)),
        currency="EUR",
        order_id="T-50314",
        source="ga4",
        consent={"share": False},
    )
    assert isinstance(other.outcome, Ignored)
    for one in (bought, other):
        assert one.stitch is not None
        assert [name.visitor_id for name in one.stitch.identities] == ["4711", "anon:1843921.1774945000"]


def test_recorded_data_layer_says_the_same_in_other_words() -> None:
    adapted = adapt({"client_id": "c", "events": recorded("ga4_data_layer")})
    found = [one.outcome.kind if isinstance(one.outcome, Event) else one.outcome for one in adapted]
    kinds = [one if isinstance(one, EventKind) else getattr(one, "code", None) for one in found]
    assert kinds == [
        "unknown_event",
        EventKind.CLICK,
        EventKind.VIEW,
        EventKind.ADD_TO_CART,
        EventKind.WISHLIST,
        EventKind.REMOVE_FROM_CART,
        EventKind.RETURN,
        "no_items",
        EventKind.SEARCH,
        "unknown_event",
    ]
    cart, search = adapted[3].outcome, adapted[8].outcome
    assert isinstance(cart, Event)
    assert isinstance(search, Event)
    assert (cart.visitor_id, cart.currency, cart.lines) == (
        "anon:c",
        "JPY",
        (EventLine("jasmine-50", 3.0, 1200.0),),
    )
    assert search.query == "緑茶"


def test_same_view_later_is_another_event_and_the_same_with_a_time_is_not() -> None:
    body = {"client_id": "c", "events": [VIEW, VIEW]}
    now, later = adapt(body), adapt(body, NOW + timedelta(seconds=1))
    assert len({one.outcome.event_id for one in (*now, *later)}) == 4
    told = body | {"timestamp_micros": 1774948800000000}
    assert adapt(told)[0].outcome.event_id == adapt(told, NOW + timedelta(days=1))[1].outcome.event_id


def test_two_clients_never_share_an_event() -> None:
    stamp = {"timestamp_micros": 1774948800000000}
    assert outcome(VIEW, **stamp).event_id != outcome(VIEW, **stamp, user_id="d").event_id


def test_purchase_told_again_is_the_same_event() -> None:
    buy = {"name": "purchase", "params": {"transaction_id": 7, "items": [{"item_id": "tea"}]}}
    assert outcome(buy).event_id == outcome(buy, user_id="u").event_id == "ga4:order:7"


def test_time_of_an_event_wins_over_that_of_the_body() -> None:
    event = outcome(VIEW | {"timestamp_micros": 1774948700000000}, timestamp_micros=1774948800000000)
    assert event.occurred_at == AT - timedelta(seconds=100)


def test_consent_mode_travels_with_the_event() -> None:
    assert outcome(VIEW, consent={"personalization_storage": "denied"}).consent == {"personalise": False}
    assert outcome(VIEW, consent={"ad_user_data": "GRANTED"}).consent == {"share": True}


@pytest.mark.parametrize(
    ("event", "body", "code", "pointer"),
    [
        (VIEW, {"client_id": None}, "missing_visitor", "/client_id"),
        (VIEW, {"client_id": "a\nb"}, "invalid_value", "/client_id"),
        (VIEW, {"timestamp_micros": "soon"}, "invalid_time", "/timestamp_micros"),
        (VIEW, {"timestamp_micros": 10**400}, "invalid_time", "/timestamp_micros"),
        (VIEW, {"timestamp_micros": -1}, "invalid_time", "/timestamp_micros"),
        (VIEW | {"timestamp_micros": "9" * 400}, {}, "invalid_time", "/events/0/timestamp_micros"),
        ({"name": "view_item"}, {}, "missing_item", "/events/0/ecommerce/items"),
        ({"name": "view_item", "params": {"items": []}}, {}, "missing_item", "/events/0/params/items"),
        ({"name": "view_item", "params": {"items": {}}}, {}, "wrong_type", "/events/0/params/items"),
        (
            {"name": "purchase", "params": {"items": [{"item_name": "Tea"}]}},
            {},
            "missing_item",
            "/events/0/params/items/0/item_id",
        ),
        (
            {"event": "purchase", "ecommerce": {"currency": "¥", "items": [{"item_id": "tea"}]}},
            {},
            "unknown_currency",
            "/events/0/ecommerce/currency",
        ),
    ],
)
def test_faulty_event_is_rejected_with_code_and_pointer(
    event: dict[str, Any], body: dict[str, Any], code: str, pointer: str
) -> None:
    assert outcome(event, **body) == Rejection(None, code, pointer)
