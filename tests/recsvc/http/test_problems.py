"""One table for every refusal; what nobody foresaw is logged once and tells nothing."""

import inspect
import logging
from typing import Any

import msgspec
import pytest

from recsvc.domain import errors
from recsvc.http.problem_kinds import ERRORS, KINDS, STATUSES
from recsvc.json_logs import JsonFormatter
from tests.recsvc.http.conftest import Client, api_of
from tests.shop import Shop

DEFINED = {
    cls
    for _, cls in inspect.getmembers(errors, inspect.isclass)
    if issubclass(cls, errors.RecsvcError) and cls is not errors.RecsvcError
}


def test_every_error_of_the_domain_is_mapped_once() -> None:
    assert set(ERRORS) == DEFINED
    assert len({kind.name for kind in ERRORS.values()}) == len(ERRORS)


def test_kinds_are_named_after_the_codes_of_their_errors() -> None:
    assert {kind.name for kind in ERRORS.values()} == {cls.code.replace("_", "-") for cls in DEFINED}


@pytest.mark.parametrize("kind", KINDS.values(), ids=KINDS)
def test_type_of_a_problem_is_the_address_of_its_page(steady: Client, kind: Any) -> None:
    page = steady.get(f"/problems/{kind.name}")
    assert page.status_code == 200
    assert kind.title in page.text
    assert f"/problems/{kind.name}" in steady.get("/problems").text


def test_page_of_no_problem_is_not_found(steady: Client) -> None:
    assert steady.get("/problems/none").json()["type"] == "/problems/not-found"


def test_unknown_address_is_a_problem(steady: Client) -> None:
    answer = steady.get("/v1/nowhere")
    assert answer.headers["content-type"] == "application/problem+json"
    assert answer.headers["cache-control"] == "no-store"
    assert answer.json() == {
        "type": "/problems/not-found",
        "title": STATUSES[404].title,
        "status": 404,
        "detail": STATUSES[404].advice,
        "request_id": answer.headers["x-request-id"],
    }


@pytest.mark.parametrize(
    ("path", "allowed"),
    [
        ("/v1/slates", "OPTIONS, POST"),
        ("/v1/slates/home", "GET, HEAD, OPTIONS"),
        ("/v1/items/a", "DELETE, GET, HEAD, OPTIONS"),
        ("/v1/quiz-sessions/a/answers/b", "DELETE, OPTIONS, POST, PUT"),
        ("/livez", "GET, HEAD, OPTIONS"),
    ],
)
def test_wrong_method_is_told_the_right_ones(steady: Client, path: str, allowed: str) -> None:
    answer = steady.patch(path)
    assert (answer.status_code, answer.json()["type"]) == (405, "/problems/method-not-allowed")
    assert answer.headers["allow"] == allowed


@pytest.mark.parametrize(
    "content_type", ["text/plain", "application/xml", "multipart/form-data", "", "application/jsonx"]
)
def test_body_of_another_type_is_refused(steady: Client, content_type: str) -> None:
    headers = {"Content-Type": content_type} if content_type else {}
    answer = steady.post("/v1/slates", content=b'{"placements":[]}', headers=headers)
    assert (answer.status_code, answer.json()["type"]) == (415, "/problems/unsupported-media-type")
    assert "application/json" in answer.json()["detail"]


def test_kinds_of_json_are_read(steady: Client) -> None:
    for content_type in ("application/json; charset=utf-8", "application/vnd.shop+json"):
        headers = {"Content-Type": content_type}
        answer = steady.post("/v1/slates", content=b'{"placements":[{"id":"home"}]}', headers=headers)
        assert answer.status_code == 200


@pytest.mark.parametrize("body", [b"", None])
def test_absent_body_is_named(steady: Client, body: bytes | None) -> None:
    answer = steady.post("/v1/slates", content=body, headers={"Content-Type": "application/json"})
    assert (answer.status_code, answer.json()["errors"][0]["code"]) == (400, "missing_body")


class Broken:
    """A use case with a fault in it."""

    async def page(self, _: Any) -> Any:
        raise ValueError("the password is hunter2")


def test_unforeseen_error_tells_nothing_and_is_logged_once(
    shop: Shop, caplog: pytest.LogCaptureFixture
) -> None:
    with Client(api_of(shop, pages=Broken()), raise_server_exceptions=False) as client:
        answer = client.get("/v1/slates/home")
    assert (answer.status_code, answer.json()["type"]) == (500, "/problems/internal")
    assert "hunter2" not in answer.text
    assert "ValueError" not in answer.text
    failures = [record for record in caplog.records if record.levelno >= logging.ERROR]
    assert len(failures) == 1
    line = msgspec.json.decode(JsonFormatter().format(failures[0]))
    assert line["request_id"] == answer.json()["request_id"]
    assert "hunter2" in line["trace"]


def test_error_of_the_project_that_has_no_kind_is_internal(shop: Shop) -> None:
    class Odd(Broken):
        async def page(self, _: Any) -> Any:
            raise errors.RecsvcError("odd")

    with Client(api_of(shop, pages=Odd())) as client:
        assert client.get("/v1/slates/home").json()["type"] == "/problems/internal"
