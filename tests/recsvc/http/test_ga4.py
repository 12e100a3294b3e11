"""GA4's senders are answered as they expect; the debug address says what would become of what they send."""

import msgspec
import pytest

from tests.recsvc.http.conftest import Client, api_of
from tests.recsvc.http.failing import FailingStore
from tests.recsvc.sources.recordings import recorded
from tests.shop import Shop

COLLECT = "/ingest/ga4/mp/collect"
DEBUG = "/ingest/ga4/debug/mp/collect"
VIEW = {"name": "view_item", "params": {"items": [{"item_id": "item-01"}]}}


def test_recorded_body_is_in_the_profile_and_counts_once(client: Client, shop: Shop) -> None:
    body = recorded("ga4_measurement_protocol")
    for _ in range(2):
        answer = client.post(f"{COLLECT}?measurement_id=G-1&api_secret=x", json=body)
        assert (answer.status_code, answer.content) == (204, b"")
    recent = shop.store.read_visitor("4711").profile.recent
    assert sorted((one.item_id, one.quantity) for one in recent) == [("90210", 1.0), ("jasmine-50", 2.0)]


def test_data_layer_is_read_from_a_beacon(client: Client, shop: Shop) -> None:
    body = msgspec.json.encode({"client_id": "c", "events": recorded("ga4_data_layer")})
    answer = client.post(COLLECT, content=body, headers={"Content-Type": "text/plain;charset=UTF-8"})
    assert answer.status_code == 204
    assert len(shop.store.read_visitor("anon:c").profile.recent) == 6


def test_denied_storage_and_an_opted_out_browser_are_not_kept(client: Client, shop: Shop) -> None:
    denied = {"client_id": "c", "events": [VIEW], "consent": {"personalization_storage": "DENIED"}}
    assert client.post(COLLECT, json=denied).status_code == 204
    silent = {"client_id": "c", "events": [VIEW]}
    assert client.post(COLLECT, json=silent, headers={"Sec-GPC": "1"}).status_code == 204
    assert shop.store.read_visitor("anon:c").profile.revision == 0


def test_bad_event_spoils_no_other(client: Client, shop: Shop) -> None:
    body = {"client_id": "c", "events": [{"name": 3}, {"name": "view_item"}, 7, VIEW]}
    assert client.post(COLLECT, json=body).status_code == 204
    assert len(shop.store.read_visitor("anon:c").profile.recent) == 1
    counted = client.get("/metrics").text
    assert 'recsvc_ingest_events_total{verdict="rejected"} 3.0' in counted


def test_debug_says_what_is_amiss_and_keeps_nothing(client: Client, shop: Shop) -> None:
    body = {"client_id": "c", "events": [VIEW, {"name": "view_item", "params": {}}, {"name": "login"}]}
    answer = client.post(DEBUG, json=body)
    assert answer.json()["validationMessages"] == [
        {
            "fieldPath": "/events/1/params/items",
            "description": "The event would be rejected: missing_item.",
            "validationCode": "MISSING_ITEM",
        },
        {
            "fieldPath": "/events/2",
            "description": "The event would be ignored: unknown_event.",
            "validationCode": "UNKNOWN_EVENT",
        },
    ]
    assert shop.store.read_visitor("anon:c").profile.revision == 0


@pytest.mark.parametrize(("events", "padding", "status"), [([VIEW] * 26, 0, 400), ([VIEW], 134_000, 413)])
def test_body_over_a_limit_is_refused(
    steady: Client, events: list[object], padding: int, status: int
) -> None:
    body = {"client_id": "c", "events": events, "user_properties": "x" * padding}
    answer = steady.post(COLLECT, json=body)
    assert answer.status_code == status
    assert answer.headers["content-type"] == "application/problem+json"


def test_store_that_takes_nothing_says_try_again(shop: Shop) -> None:
    shop.store = FailingStore()
    with Client(api_of(shop)) as client:
        assert client.post(COLLECT, json={"client_id": "c", "events": [VIEW]}).status_code == 503
