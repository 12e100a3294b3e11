"""Anonymous ids are issued signed, and never twice."""

from recsvc.http.signing import sign
from tests.recsvc.http.conftest import Client
from tests.shop import SECRET


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
