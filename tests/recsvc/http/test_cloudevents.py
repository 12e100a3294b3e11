"""CloudEvents carry events of our own form; source and id make each one count once."""

from typing import Any

import msgspec
import pytest

from recsvc.http.foreign_examples import CLOUD_EVENT
from tests.recsvc.http.conftest import Client, api_of
from tests.recsvc.http.failing import FailingStore
from tests.shop import Shop

PATH = "/ingest/cloudevents"
ONE, BATCH = "application/cloudevents+json", "application/cloudevents-batch+json"


def send(client: Client, body: Any, kind: str = BATCH, **headers: str) -> Any:
    content = body if isinstance(body, bytes) else msgspec.json.encode(body)
    return client.post(PATH, content=content, headers={"Content-Type": kind, **headers})


def verdicts(answer: Any) -> list[tuple[str, str | None, str | None]]:
    assert answer.status_code == 200, answer.text
    return [(one["verdict"], one["code"], one["pointer"]) for one in answer.json()["results"]]


def event(**changes: Any) -> dict[str, Any]:
    found = CLOUD_EVENT | {"data": CLOUD_EVENT["data"] | changes.pop("data", {})} | changes
    return {name: value for name, value in found.items() if value is not None}


def test_event_is_in_the_profile_and_counts_once(client: Client, shop: Shop) -> None:
    answer = send(client, event(), f"{ONE}; charset=utf-8")
    assert answer.json()["results"][0]["event_id"] == "cloudevents:/shops/berlin:a-0001"
    assert verdicts(answer) == [("accepted", None, None)]
    again = [event(), event(source="/shops/bonn"), event(id="a-0002", data={"event_id": "own"})]
    assert [one[0] for one in verdicts(send(client, again))] == ["duplicate", "accepted", "accepted"]
    recent = shop.store.read_visitor("anon:9pQ2mVxk0YtLrW1s").profile.recent
    assert [(one.kind, one.item_id) for one in recent] == [("view", "jasmine-50")] * 3


def test_time_is_the_envelopes_unless_the_event_says_when(client: Client, shop: Shop) -> None:
    times = [event(), event(id="b", data={"occurred_at": "2026-03-01T00:00:00Z"}), event(id="c", time=None)]
    send(client, times)
    recent = shop.store.read_visitor("anon:9pQ2mVxk0YtLrW1s").profile.recent
    now = shop.clock.now.timestamp()
    assert [now - one.occurred_at for one in recent] == [31.5 * 86_400, 0.0, 0.0]


@pytest.mark.parametrize(
    ("changes", "verdict"),
    [
        ({"type": "com.example.stock"}, ("ignored", "unknown_event", None)),
        ({"specversion": "0.3"}, ("rejected", "unknown_value", "/0/specversion")),
        ({"id": None}, ("rejected", "missing_field", "/0/id")),
        ({"source": ""}, ("rejected", "missing_field", "/0/source")),
        ({"type": 3}, ("rejected", "wrong_type", "/0/type")),
        ({"time": "noon"}, ("rejected", "invalid_time", "/0/data/occurred_at")),
        ({"data": {"kind": "dance"}}, ("rejected", "unknown_kind", "/0/data/kind")),
        ({"data": {"quantity": 0}}, ("rejected", "out_of_range", "/0/data/quantity")),
        ({"extra": "ignored", "id": "with-extra"}, ("accepted", None, None)),
    ],
)
def test_event_of_a_batch_is_judged_on_its_own(client: Client, changes: dict[str, Any], verdict: Any) -> None:
    found = verdicts(send(client, [event(**changes), event()]))
    assert found == [verdict, ("accepted", None, None)]


@pytest.mark.parametrize("data", [None, "text", [1]])
def test_event_without_an_object_is_rejected(client: Client, data: Any) -> None:
    assert verdicts(send(client, [CLOUD_EVENT | {"data": data}])) == [("rejected", "wrong_type", "/0/data")]


def test_event_over_its_size_is_rejected_alone(client: Client) -> None:
    found = verdicts(send(client, [event(extra="x" * 66_000), event()]))
    assert found == [("rejected", "too_large", "/0"), ("accepted", None, None)]


@pytest.mark.parametrize("kind", ["application/json", "text/plain", ""])
def test_other_types_are_refused(steady: Client, kind: str) -> None:
    assert send(steady, event(), kind).status_code == 415


@pytest.mark.parametrize("body", [b"", b"{}", b"[" * 200_000, b'["\xff', b"[" + b"1," * 3000 + b"1]"])
def test_hostile_batch_is_refused(steady: Client, body: bytes) -> None:
    answer = send(steady, body)
    assert (answer.status_code, answer.headers["content-type"]) == (400, "application/problem+json")


@pytest.mark.parametrize("body", [b"[]", b"3", b'{"id":"\xff"}', b"{}"])
def test_hostile_event_is_rejected(steady: Client, body: bytes) -> None:
    ((verdict, _, pointer),) = verdicts(send(steady, body, ONE))
    assert verdict == "rejected"
    assert pointer is not None
    assert pointer.startswith("/0")


def test_opted_out_browser_is_not_kept(client: Client) -> None:
    found = verdicts(send(client, [event()], **{"Sec-GPC": "1"}))
    assert found == [("ignored", "no_consent", None)]


def test_store_that_takes_nothing_says_try_again(shop: Shop) -> None:
    shop.store = FailingStore()
    with Client(api_of(shop)) as client:
        assert send(client, [event()]).status_code == 503


def send_binary(client: Client, data: Any, kind: str = "application/json", **changes: str | None) -> Any:
    attributes = {name: value for name, value in CLOUD_EVENT.items() if isinstance(value, str)} | changes
    headers = {f"ce-{name}": value for name, value in attributes.items() if value is not None}
    content = data if isinstance(data, bytes) else msgspec.json.encode(data)
    return client.post(PATH, content=content, headers={"Content-Type": kind, **headers})


def test_event_in_binary_mode_is_that_of_structured_mode(client: Client, shop: Shop) -> None:
    answer = send_binary(client, CLOUD_EVENT["data"], time="2026-03-01T00:00:00Z")
    assert answer.json()["results"][0]["event_id"] == "cloudevents:/shops/berlin:a-0001"
    assert verdicts(answer) == [("accepted", None, None)]
    assert verdicts(send(client, [event()])) == [("duplicate", None, None)]
    (seen,) = shop.store.read_visitor("anon:9pQ2mVxk0YtLrW1s").profile.recent
    assert shop.clock.now.timestamp() - seen.occurred_at == 31.5 * 86_400


def test_attributes_in_headers_may_be_percent_encoded(client: Client) -> None:
    answer = send_binary(client, CLOUD_EVENT["data"], source="/shops/%E6%9D%B1%E4%BA%AC")
    assert answer.json()["results"][0]["event_id"] == "cloudevents:/shops/東京:a-0001"


@pytest.mark.parametrize(
    ("data", "changes", "verdict"),
    [
        (
            b"\x00\x01",
            {"kind": "application/avro", "type": "com.example.stock"},
            ("ignored", "unknown_event", None),
        ),
        (CLOUD_EVENT["data"], {"id": None}, ("rejected", "missing_field", "/0/id")),
        (CLOUD_EVENT["data"], {"specversion": None}, ("rejected", "missing_field", "/0/specversion")),
        (CLOUD_EVENT["data"] | {"kind": "dance"}, {}, ("rejected", "unknown_kind", "/0/data/kind")),
        (b"[]", {}, ("rejected", "wrong_type", "/0/data")),
        (b"", {}, ("rejected", "malformed_json", "/0")),
        (b'{"kind":"\xff"}', {}, ("rejected", "invalid_utf8", "/0")),
        (b'{},"type":"com.example.stock","id":"b"', {}, ("rejected", "missing_field", "/0/data/kind")),
        (b'"' + b"x" * 66_000 + b'"', {}, ("rejected", "too_large", "/0")),
    ],
)
def test_event_in_binary_mode_is_judged_like_any_other(
    client: Client, data: Any, changes: dict[str, Any], verdict: Any
) -> None:
    assert verdicts(send_binary(client, data, **changes)) == [verdict]


@pytest.mark.parametrize("kind", ["text/plain", "", "application/avro"])
def test_data_of_our_own_event_are_json(steady: Client, kind: str) -> None:
    assert send_binary(steady, CLOUD_EVENT["data"], kind).status_code == 415
