"""Anonymous ids are issued signed, and never twice; a visitor's own facts are theirs to see and change."""

from pathlib import Path
from typing import Any

import pytest
from litestar.testing import TestClient

from recsvc.http.signing import sign
from tests.recsvc.http.conftest import Client, api_of
from tests.recsvc.http.failing import FailingStore
from tests.shop import SECRET, TEA_QUIZ, Shop


def test_issued_id_is_signed_by_this_service(steady: Client) -> None:
    answer = steady.post("/v1/visitors")
    assert answer.status_code == 201
    assert answer.headers["cache-control"] == "no-store, private"
    own, _, signature = answer.json()["anonymous_id"].partition(".")
    assert signature == sign(SECRET, "anonymous", own)


def test_ids_differ_and_can_be_used(steady: Client) -> None:
    first, second = (steady.post("/v1/visitors").json() for _ in range(2))
    assert first != second
    page = {"visitor": first, "placements": [{"id": "home"}]}
    assert steady.post("/v1/slates", json=page).status_code == 200


def test_signatures_of_different_parts_never_meet() -> None:
    assert sign(b"s", "p", "ab", "c") != sign(b"s", "p", "a", "bc")
    assert sign(b"s", "p", "a") != sign(b"s", "q", "a")
    assert sign(b"s", "p", "a") != sign(b"t", "p", "a")


ME = {"Recsvc-Visitor": "anonymous_id=me"}
FACTS = "/v1/visitors/me/facts"


def correct(client: Client, facts: Any, **more: Any) -> Any:
    client.app.state.shop.clock.advance(seconds=1)
    return client.patch(FACTS, json={"facts": facts} | more, headers=ME)


def test_facts_are_corrected_seen_and_forgotten(client: Client) -> None:
    assert client.get(FACTS, headers=ME).json() == {"facts": {}}
    corrected = correct(client, {"drink": ["coffee"], "strength": "mild"}, locale="ja")
    assert corrected.status_code == 200
    assert corrected.json()["facts"]["drink"]["words"] == ["珈琲"]
    seen = client.get(FACTS, headers=ME, params={"locale": "en"})
    assert seen.headers["cache-control"] == "no-store, private"
    drink = seen.json()["facts"]["drink"]
    assert (drink["values"], drink["words"], drink["source"]) == (["coffee"], ["Coffee"], "visitor")
    assert drink["answered_at"].endswith("Z")
    assert drink["purpose"]["text"] == "To pick products."
    gone = client.delete(f"{FACTS}/drink", headers=ME)
    assert (gone.status_code, gone.content) == (204, b"")
    assert list(client.get(FACTS, headers=ME).json()["facts"]) == ["strength"]
    for _ in range(2):
        assert client.delete(FACTS, headers=ME).status_code == 204
    assert client.get(FACTS, headers=ME).json() == {"facts": {}}


def test_facts_are_those_of_the_visitor_who_asks(client: Client) -> None:
    correct(client, {"drink": "tea"})
    other = {"Recsvc-Visitor": "id=me"}
    assert client.get(FACTS, headers=other).json() == {"facts": {}}
    assert client.delete(FACTS, headers=other).status_code == 204
    assert list(client.get(FACTS, headers=ME).json()["facts"]) == ["drink"]


@pytest.mark.parametrize("method", ["GET", "PATCH", "DELETE"])
def test_facts_of_nobody_are_refused(steady: Client, method: str) -> None:
    body = {"facts": {}} if method == "PATCH" else None
    answer = steady.request(method, FACTS, json=body)
    assert (answer.status_code, answer.json()["errors"][0]["parameter"]) == (400, "Recsvc-Visitor")


def test_refused_correction_points_at_the_fact_and_changes_nothing(client: Client) -> None:
    answer = correct(client, {"drink": "tea", "a/b": "c"})
    assert (answer.status_code, answer.json()["type"]) == (422, "/problems/fact-refused")
    fault = answer.json()["errors"][0]
    assert (fault["code"], fault["pointer"]) == ("unknown_fact", "/facts/a~1b")
    answer = correct(client, {"drink": "tea", "kids": "no"})
    assert answer.json()["errors"][0]["code"] == "consent_missing"
    assert client.get(FACTS, headers=ME).json() == {"facts": {}}
    assert correct(client, {"drink": None, "kids": "no"}, consent=True).status_code == 200


@pytest.mark.parametrize(
    ("body", "code", "pointer"),
    [
        ({}, "missing_field", "/facts"),
        ({"facts": {}, "visitor": {"id": "x"}}, "unknown_field", "/visitor"),
        ({"facts": {"drink": True}}, "wrong_type", "/facts"),
        ({"facts": {"drink": [1]}}, "wrong_type", "/facts"),
        ({"facts": {"drink": {"value": "tea"}}}, "wrong_type", "/facts"),
        ({"facts": {}, "consent": "yes"}, "wrong_type", "/consent"),
        ({"facts": {}, "locale": "?"}, "invalid_value", "/locale"),
    ],
)
def test_body_that_corrects_nothing_is_refused(steady: Client, body: Any, code: str, pointer: str) -> None:
    answer = steady.patch(FACTS, json=body, headers=ME)
    fault = answer.json()["errors"][0]
    assert (answer.status_code, fault["code"], fault["pointer"]) == (400, code, pointer)


def test_without_the_store_nothing_is_told_or_forgotten(tmp_path: Path) -> None:
    shop = Shop(tmp_path, store=FailingStore())
    shop.publish(TEA_QUIZ)
    with TestClient(api_of(shop)) as client:
        answer = correct(client, {"drink": "tea"})
        assert (answer.status_code, answer.headers["retry-after"]) == (503, "1")
