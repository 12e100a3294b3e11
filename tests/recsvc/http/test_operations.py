"""Alive, ready, measured, named."""

from pathlib import Path

import pytest

from recsvc.serving.deliveries import Noted, Settlement
from tests.recsvc.http.conftest import Client, api_of
from tests.recsvc.http.failing import FailingStore
from tests.shop import Shop


def test_metrics_tell_how_much_waits_for_destinations(client: Client, shop: Shop) -> None:
    now = shop.clock().timestamp()
    shop.store.note("crm", Noted(1, frozenset("vw")), now - 90).result()
    (one, *_) = shop.store.claim("crm", now, now + 5, 1).result()
    shop.store.settle(one, Settlement(None, None, 12, "It answered 422.")).result()
    text = client.get("/metrics").text
    assert 'recsvc_outbox_waiting{destination="crm"} 1.0' in text
    assert 'recsvc_outbox_dead{destination="crm"} 1.0' in text
    assert 'recsvc_outbox_late_seconds{destination="crm"} 90.0' in text


def test_alive_without_anything(empty_client: Client) -> None:
    assert empty_client.get("/livez").json() == {"status": "ok"}


def test_ready_with_a_model_and_a_store(steady: Client) -> None:
    answer = steady.get("/readyz")
    assert (answer.status_code, answer.json()["status"]) == (200, "ready")
    assert answer.json()["model"]["version"] == steady.get("/version").json()["model"]


def test_not_ready_without_a_model_and_says_why(empty_client: Client) -> None:
    answer = empty_client.get("/readyz")
    assert (answer.status_code, answer.json()["status"]) == (503, "not_ready")
    assert "No model" in answer.json()["model"]["reason"]


def test_degraded_without_a_store_and_says_why(shop: Shop) -> None:
    shop.store = FailingStore()
    with Client(api_of(shop)) as client:
        answer = client.get("/readyz")
    assert (answer.status_code, answer.json()["status"]) == (200, "degraded")
    assert answer.json()["store"] == {
        "ok": False,
        "reason": "The database does not answer; nothing was kept, try again.",
    }


def test_refused_model_is_told_while_the_old_one_serves(client: Client, shop: Shop) -> None:
    (shop.directory / "models" / "current").write_text("nonsense")
    shop.live_model.refresh()
    answer = client.get("/readyz")
    assert (answer.status_code, answer.json()["status"]) == (200, "degraded")
    assert "current" in answer.json()["model"]["reason"]


def test_version_is_told(steady: Client) -> None:
    assert steady.get("/version").json()["version"] == "0.1.0"


def test_metrics_count_by_route_and_never_by_name(client: Client) -> None:
    for number in range(5):
        client.get(f"/v1/items/secret-{number}")
        client.get(f"/nowhere/secret-{number}")
    client.get("/v1/slates/home")
    client.post("/v1/events", json={"events": [3]})
    answer = client.get("/metrics")
    assert answer.headers["content-type"].startswith("text/plain")
    text = answer.text
    assert (
        '_request_duration_seconds_count{method="GET",route="/v1/items/{item_id}",status="4xx"} 5.0' in text
    )
    assert 'route="unmatched",status="4xx"} 5.0' in text
    assert 'recsvc_slates_total{basis="popular",placement="home"} 1.0' in text
    assert 'recsvc_ingest_events_total{verdict="rejected"} 1.0' in text
    assert "recsvc_model_info{version=" in text
    assert "secret-" not in text


def test_metrics_of_two_applications_are_apart(tmp_path: Path, client: Client) -> None:
    client.get("/v1/slates/home")
    with Client(api_of(Shop(tmp_path / "other"))) as other:
        assert "recsvc_slates_total{" not in other.get("/metrics").text


def test_methods_nobody_knows_share_a_label(client: Client) -> None:
    client.request("BREW", "/v1/slates")
    assert 'method="other"' in client.get("/metrics").text


@pytest.mark.parametrize(
    ("given", "kept"), [("abc-1.2_3", True), ("a b", False), ("x" * 101, False), ("é", False)]
)
def test_request_id_is_kept_where_it_is_sound(steady: Client, given: str, *, kept: bool) -> None:
    answer = steady.get("/nowhere", headers={b"X-Request-Id": given.encode()})
    assert (answer.headers["x-request-id"] == given) is kept
    assert answer.json()["request_id"] == answer.headers["x-request-id"]


def test_degraded_with_a_quiz_file_that_is_refused(shop: Shop) -> None:
    (shop.directory / "quizzes" / "tea@2.json").write_text("{")
    shop.quizzes.refresh()
    with Client(api_of(shop)) as client:
        answer = client.get("/readyz")
    assert (answer.status_code, answer.json()["status"]) == (200, "degraded")
    assert "tea@2.json" in answer.json()["quizzes"]["reason"]


def test_refused_placements_are_told_while_the_old_ones_serve(tmp_path: Path) -> None:
    spot = '[[placements]]\nid = "home"\nstrategy = "personal"\n'
    shop = Shop(tmp_path, placements=spot).open()
    shop.place().write_text(f"{spot}limit = 0\n", "utf-8")
    shop.live_placements.refresh()
    with Client(api_of(shop)) as client:
        answer = client.get("/readyz")
        assert client.get("/v1/slates/home").status_code == 200
    assert (answer.status_code, answer.json()["status"]) == (200, "degraded")
    assert "line 4" in answer.json()["placements"]["reason"]
