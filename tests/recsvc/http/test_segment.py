"""Segment's libraries are answered as they expect; what they sent is judged call by call."""

import gzip
from datetime import timedelta
from typing import Any

import msgspec
import pytest

from tests.recsvc.http.conftest import Client, api_of
from tests.recsvc.http.failing import FailingStore
from tests.recsvc.sources.recordings import recorded
from tests.shop import Shop

BATCH = "/ingest/segment/v1/batch"
CALL = {
    "anonymousId": "a",
    "messageId": "m1",
    "event": "Product Viewed",
    "properties": {"product_id": "item-01"},
}


def verdicts(answer: Any) -> list[tuple[str, str | None]]:
    assert answer.status_code == 200, answer.text
    assert answer.json()["success"] is True
    return [(one["verdict"], one["code"]) for one in answer.json()["results"]]


def test_recorded_batch_is_in_the_profile_and_counts_once(client: Client, shop: Shop) -> None:
    taken = [("ignored", "unused_call"), ("accepted", None), ("accepted", None)]
    joins = [("accepted", None)] * 2
    assert verdicts(client.post(BATCH, json=recorded("segment_batch"))) == taken + joins
    bought = shop.store.read_visitor("4711").profile.recent
    told = [(one.item_id, one.quantity) for one in bought]
    assert told == [("jasmine-50", 1.0), ("POT-1", 1.0), ("jasmine-50", 2.0)]  # the first as nobody yet
    again = verdicts(client.post(BATCH, json=recorded("segment_batch")))
    assert again == [("ignored", "unused_call"), *[("duplicate", None)] * 4]


@pytest.mark.parametrize("name", ["track", "t"])
def test_single_call_is_what_its_address_says(client: Client, shop: Shop, name: str) -> None:
    answer = client.post(f"/ingest/segment/v1/{name}", json=CALL)
    assert verdicts(answer) == [("accepted", None)]
    assert len(shop.store.read_visitor("anon:a").profile.recent) == 1


@pytest.mark.parametrize("name", ["identify", "i", "page", "p", "screen", "s", "group", "g", "alias", "a"])
def test_other_calls_are_taken_and_ignored(steady: Client, name: str) -> None:
    ((verdict, _),) = verdicts(steady.post(f"/ingest/segment/v1/{name}", json=CALL))
    assert verdict == "ignored"


def test_unknown_call_is_refused(steady: Client) -> None:
    assert steady.post("/ingest/segment/v1/dance", json=CALL).status_code == 400


@pytest.mark.parametrize(
    "headers",
    [
        {"Authorization": "Basic d2tfMTIzOg=="},
        {"Authorization": "Bearer wk_123"},
        {"Authorization": "garbage"},
        {"Content-Type": "text/plain"},
    ],
)
def test_write_key_travels_in_any_form_and_beacons_are_read(steady: Client, headers: dict[str, str]) -> None:
    body = msgspec.json.encode(CALL | {"writeKey": "wk_123"})
    answer = steady.post(
        "/ingest/segment/v1/t", content=body, headers={"Content-Type": "application/json"} | headers
    )
    assert verdicts(answer)[0][0] in {"accepted", "duplicate"}


def test_bad_call_spoils_no_other_and_is_pointed_at(client: Client) -> None:
    calls = [
        {"userId": 1.5},
        3,
        {**CALL, "context": {"padding": "x" * 33_000}},
        {"event": "Product Viewed"},
        CALL,
    ]
    answer = client.post(BATCH, json={"batch": calls})
    assert verdicts(answer) == [
        ("rejected", "wrong_type"),
        ("rejected", "wrong_type"),
        ("rejected", "too_large"),
        ("rejected", "missing_visitor"),
        ("accepted", None),
    ]
    pointers = [one["pointer"] for one in answer.json()["results"]]
    assert pointers == ["/batch/0/userId", "/batch/1", "/batch/2", "/batch/3/userId", None]


def test_call_over_its_size_is_too_large(steady: Client) -> None:
    answer = steady.post("/ingest/segment/v1/track", json=CALL | {"context": {"padding": "x" * 33_000}})
    assert (answer.status_code, answer.json()["type"]) == (413, "/problems/too-large")


def test_skew_of_the_batch_is_taken_out(client: Client, shop: Shop) -> None:
    now = shop.clock.now
    sent = now - timedelta(days=3650)
    call = CALL | {"timestamp": (sent - timedelta(minutes=1)).isoformat()}
    client.post(BATCH, json={"batch": [call], "sentAt": sent.isoformat()})
    (one,) = shop.store.read_visitor("anon:a").profile.recent
    assert one.occurred_at == now.timestamp() - 60


def test_import_keeps_what_happened_long_ago(client: Client, shop: Shop) -> None:
    client.post("/ingest/segment/v1/import", json={"batch": [CALL | {"timestamp": "2020-01-01T00:00:00Z"}]})
    (one,) = shop.store.read_visitor("anon:a").profile.recent
    assert one.occurred_at == 1577836800


def test_opted_out_browser_is_not_kept(client: Client) -> None:
    answer = client.post(BATCH, json={"batch": [CALL]}, headers={"Sec-GPC": "1"})
    assert verdicts(answer) == [("ignored", "no_consent")]


def test_denied_consent_of_the_batch_is_not_kept(client: Client, shop: Shop) -> None:
    context = {"consent": {"categoryPreferences": {"Personalization": False}}}
    assert verdicts(client.post(BATCH, json={"batch": [CALL], "context": context})) == [
        ("ignored", "no_consent")
    ]
    assert shop.store.read_visitor("anon:a").profile.revision == 0


def test_packed_batch_is_read(client: Client) -> None:
    body = gzip.compress(msgspec.json.encode({"batch": [CALL]}))
    headers = {"Content-Type": "application/json", "Content-Encoding": "gzip"}
    assert verdicts(client.post(BATCH, content=body, headers=headers)) == [("accepted", None)]


def test_store_that_takes_nothing_says_try_again(shop: Shop) -> None:
    shop.store = FailingStore()
    with Client(api_of(shop)) as client:
        assert client.post(BATCH, json={"batch": [CALL]}).status_code == 503
