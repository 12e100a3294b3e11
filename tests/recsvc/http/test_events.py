"""Every event of a batch gets its own verdict; what is accepted is in the profile."""

from typing import Any

import msgspec
import pytest

from tests.recsvc.http.conftest import Client, api_of
from tests.recsvc.http.failing import FailingStore
from tests.shop import Shop

VISITOR = {"anonymous_id": "a"}


def event(**changes: Any) -> dict[str, Any]:
    standard = {"event_id": "e1", "kind": "click", "visitor": VISITOR, "item_id": "item-01"}
    return {name: value for name, value in (standard | changes).items() if value is not None}


def judge(client: Client, *events: Any, **request: Any) -> list[dict[str, Any]]:
    answer = client.post("/v1/events", json={"events": events}, **request)
    assert answer.status_code == 200, answer.text
    found: list[dict[str, Any]] = answer.json()["results"]
    assert [one["index"] for one in found] == list(range(len(events)))
    return found


def test_batch_is_judged_one_by_one(client: Client, shop: Shop) -> None:
    results = judge(client, event(), event(), event(event_id="e2", kind="clik"), 3, event(event_id="e3"))
    assert results == [
        {"index": 0, "event_id": "e1", "verdict": "accepted", "code": None, "pointer": None},
        {"index": 1, "event_id": "e1", "verdict": "duplicate", "code": None, "pointer": None},
        {
            "index": 2,
            "event_id": "e2",
            "verdict": "rejected",
            "code": "unknown_kind",
            "pointer": "/events/2/kind",
        },
        {"index": 3, "event_id": None, "verdict": "rejected", "code": "wrong_type", "pointer": "/events/3"},
        {"index": 4, "event_id": "e3", "verdict": "accepted", "code": None, "pointer": None},
    ]
    assert len(shop.store.read_visitor("anon:a").profile.recent) == 2


def test_same_batch_again_changes_nothing(client: Client, shop: Shop) -> None:
    judge(client, event())
    before = shop.store.read_visitor("anon:a").profile
    assert judge(client, event())[0]["verdict"] == "duplicate"
    assert shop.store.read_visitor("anon:a").profile == before


@pytest.mark.parametrize(
    ("changes", "code", "pointer"),
    [
        ({"event_id": "x" * 101}, "out_of_range", "event_id"),
        ({"event_id": ""}, "out_of_range", "event_id"),
        ({"event_id": None}, "missing_field", "event_id"),
        ({"kind": "question_answered"}, "answer_route_only", "kind"),
        ({"kind": "question_skipped"}, "answer_route_only", "kind"),
        ({"kind": "identify", "item_id": None}, "missing_field", "identities"),
        ({"item_id": None}, "missing_item", "item_id"),
        ({"items": [{"item_id": "a"}]}, "ambiguous", "item_id"),
        ({"item_id": None, "items": [{"item_id": "a"}], "quantity": 2}, "ambiguous", "quantity"),
        ({"item_id": None, "items": []}, "out_of_range", "items"),
        ({"quantity": 0}, "out_of_range", "quantity"),
        ({"quantity": "1"}, "wrong_type", "quantity"),
        ({"price": -1}, "out_of_range", "price"),
        ({"currency": "euro"}, "invalid_value", "currency"),
        ({"item_id": "a\x00b"}, "invalid_value", "item_id"),
        ({"occurred_at": "yesterday"}, "invalid_time", "occurred_at"),
        ({"occurred_at": "1969-12-31T23:59:59Z"}, "out_of_range", "occurred_at"),
        ({"occurred_at": "0001-01-01T00:00:00+09:00"}, "invalid_time", "occurred_at"),
        ({"visitor": {}}, "missing_field", "visitor"),
        ({"visitor": {"token": "x"}}, "not_allowed", "visitor/token"),
        ({"visitor": {"id": "anon:a"}}, "invalid_value", "visitor/id"),
        ({"kind": "quiz_seen", "item_id": None}, "missing_field", "quiz"),
        ({"kind": "quiz_seen", "item_id": None, "quiz": "tea"}, "missing_field", "revision"),
        ({"kind": "consent", "item_id": None}, "missing_field", "consent"),
        ({"itemid": "x"}, "unknown_field", "itemid"),
    ],
)
def test_faulty_event_is_rejected_with_code_and_pointer(
    steady: Client, changes: dict[str, Any], code: str, pointer: str
) -> None:
    good, bad = judge(steady, event(event_id="good"), event(**changes))
    assert good["verdict"] in {"accepted", "duplicate"}
    assert (bad["verdict"], bad["code"], bad["pointer"]) == ("rejected", code, f"/events/1/{pointer}")


@pytest.mark.parametrize(
    "changes",
    [
        {"kind": "purchase", "quantity": 2, "price": 3.5, "currency": "JPY", "order_id": "1"},
        {"kind": "purchase", "item_id": None, "items": [{"item_id": "a", "quantity": 0.5}, {"item_id": "b"}]},
        {"kind": "search", "item_id": None, "query": "green\ntea"},
        {"kind": "quiz_seen", "item_id": None, "quiz": "tea", "revision": 1, "touchpoint": "product-page"},
        {"kind": "consent", "item_id": None, "consent": {"personalise": True}},
        {"occurred_at": "2026-03-31T23:00:00"},
        {"occurred_at": "2026-03-31T23:00:00+09:00"},
    ],
)
def test_sound_event_is_accepted(steady: Client, changes: dict[str, Any]) -> None:
    own = str(sorted(changes.items()))[:100]
    assert judge(steady, event(event_id=own, **changes))[0]["verdict"] == "accepted"


def test_time_without_zone_is_utc(client: Client, shop: Shop) -> None:
    judge(client, event(occurred_at="2026-03-31T12:00:00"))
    at = shop.store.read_visitor("anon:a").profile.recent[0].occurred_at
    assert at == shop.clock.now.timestamp() - 86_400


def test_opted_out_browser_is_ignored_unless_the_event_says_yes(client: Client, shop: Shop) -> None:
    headers = {"Sec-GPC": "1"}
    batch = [
        event(event_id="n"),
        event(event_id="x", kind="?"),
        event(event_id="y", consent={"personalise": True}),
    ]
    results = judge(client, *batch, headers=headers)
    assert [(one["verdict"], one["code"]) for one in results] == [
        ("ignored", "no_consent"),
        ("rejected", "unknown_kind"),
        ("accepted", None),
    ]
    assert results[1]["pointer"] == "/events/1/kind"
    assert len(shop.store.read_visitor("anon:a").profile.recent) == 1


def test_other_values_of_the_opt_out_say_nothing(client: Client) -> None:
    assert judge(client, event(), headers={"Sec-GPC": "true"})[0]["verdict"] == "accepted"


@pytest.mark.parametrize("content_type", ["text/plain;charset=UTF-8", "text/plain", "application/json"])
def test_beacon_is_read(client: Client, content_type: str) -> None:
    body = msgspec.json.encode({"events": [event()], "key": "pk", "sent_at": "2026-04-01T12:00:00Z"})
    answer = client.post("/v1/events", content=body, headers={"Content-Type": content_type})
    assert answer.json()["results"][0]["verdict"] == "accepted"


def test_beacon_without_a_type_is_read(client: Client) -> None:
    answer = client.post("/v1/events", content=msgspec.json.encode({"events": [event()]}))
    assert answer.status_code == 200


def test_most_events_of_a_batch_are_taken_and_one_more_is_refused(client: Client) -> None:
    small = {"event_id": "e", "kind": "search", "visitor": {"id": "v"}}
    assert len(judge(client, *([small] * 2500))) == 2500
    answer = client.post("/v1/events", json={"events": [small] * 2501})
    assert (answer.status_code, answer.json()["errors"][0]["pointer"]) == (400, "/events")


def test_empty_batch_has_no_results(client: Client) -> None:
    assert judge(client) == []


def test_batch_over_its_size_is_too_large(client: Client) -> None:
    answer = client.post("/v1/events", json={"events": [event(query="x" * 500)], "key": "k" * 524_288})
    assert (answer.status_code, answer.json()["type"]) == (413, "/problems/too-large")


def test_store_that_takes_nothing_says_try_again(shop: Shop) -> None:
    shop.store = FailingStore()
    with Client(api_of(shop)) as client:
        answer = client.post("/v1/events", json={"events": [event()]})
    assert (answer.status_code, answer.headers["retry-after"]) == (503, "1")
    assert answer.json()["type"] == "/problems/store-unavailable"
