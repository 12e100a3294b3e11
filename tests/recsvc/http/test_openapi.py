"""The document tells the truth: every route, every body, every example; its page needs nobody else.

`RECSVC_GOLDEN=write` in the environment writes tests/golden/openapi.json anew.
"""

import json
import os
import re
from pathlib import Path
from typing import Any

import msgspec
import pytest

from quizzes.definition import Quiz
from recsvc.domain.slates import Slate
from recsvc.http import event_payloads, examples, foreign_examples, foreign_payloads, operations, payloads
from recsvc.http.document import SHAPES, TAGS
from recsvc.http.items import _item
from recsvc.http.problem_kinds import KINDS
from recsvc.http.problems import Problem
from recsvc.serving.fact_view import FactsView
from recsvc.serving.privacy import ConsentsView, Erased, EverythingKept
from recsvc.serving.session_view import SessionView
from recsvc.serving.touchpoints import TouchpointView
from tests.recsvc.http.conftest import Client

GOLDEN = Path(__file__).parents[2] / "golden" / "openapi.json"
PAGES = {"/docs", "/docs/openapi.json", "/docs/{path}", "/openapi.json", "/problems", "/problems/{name}"}


@pytest.fixture(scope="module")
def document(steady: Client) -> dict[str, Any]:
    found: dict[str, Any] = steady.get("/openapi.json").json()
    return found


def operations_of(document: dict[str, Any]) -> list[tuple[str, str, dict[str, Any]]]:
    return [(path, method, one) for path, item in document["paths"].items() for method, one in item.items()]


def test_document_is_the_golden_one(document: dict[str, Any]) -> None:
    text = json.dumps(document, indent=1, ensure_ascii=False, sort_keys=True) + "\n"
    if os.environ.get("RECSVC_GOLDEN") == "write":
        GOLDEN.write_text(text, "utf-8")
    assert GOLDEN.read_text("utf-8") == text


def test_document_lists_exactly_the_routes(steady: Client, document: dict[str, Any]) -> None:
    served = {
        (route.path_format, method)
        for route in steady.app.routes
        if route.path_format not in PAGES
        for method in getattr(route, "methods", ())
        if method not in {"HEAD", "OPTIONS"}
    }
    assert served == {(path, method.upper()) for path, method, _ in operations_of(document)}


def test_document_is_openapi_3_1_and_the_same_at_both_addresses(
    steady: Client, document: dict[str, Any]
) -> None:
    assert document["openapi"] == "3.1.0"
    assert steady.get("/docs/openapi.json").json() == document


def test_every_operation_is_explained(document: dict[str, Any]) -> None:
    for path, method, one in operations_of(document):
        assert one["description"], (path, method)
        assert one["summary"], (path, method)
        assert one["tags"][0] in TAGS
    names = [one["operationId"] for _, _, one in operations_of(document)]
    assert len(names) == len(set(names))


def test_every_refusal_is_a_problem(document: dict[str, Any]) -> None:
    for path, _, one in operations_of(document):
        for status, answer in one["responses"].items():
            if status.startswith("4") or (status == "503" and path != "/readyz"):
                assert list(answer["content"]) == ["application/problem+json"], (path, status)


def test_every_route_with_parameters_or_body_may_refuse_them(document: dict[str, Any]) -> None:
    for path, method, one in operations_of(document):
        if one.get("parameters") or one.get("requestBody"):
            assert "400" in one["responses"], (path, method)
        if one.get("requestBody"):
            assert {"413", "415"} <= set(one["responses"]), (path, method)


def test_bodies_have_examples_that_the_service_takes(document: dict[str, Any]) -> None:
    for path, method, one in operations_of(document):
        for content in one.get("requestBody", {}).get("content", {}).values():
            if "allOf" not in content["schema"]:
                continue  # what is signed is read as bytes
            name = content["schema"]["allOf"][0]["$ref"].rpartition("/")[2]
            for example in content["schema"]["examples"]:
                msgspec.json.decode(json.dumps(example).encode(), type=SHAPES[name])
                assert example, (path, method)


@pytest.mark.parametrize(
    ("example", "shape"),
    [
        (examples.PAGE_ANSWER, payloads.PageAnswer),
        (examples.SLATE, Slate),
        (examples.EVENT_RESULTS, event_payloads.EventResults),
        (examples.ITEM_RESULTS, payloads.ItemResults),
        (examples.SESSION, SessionView),
        (examples.NEW_VISITOR, payloads.NewVisitor),
        (examples.CONSENTS, ConsentsView),
        (examples.EVERYTHING_KEPT, EverythingKept),
        (examples.ERASED, Erased),
        (examples.FACTS, FactsView),
        (examples.TOUCHPOINT, TouchpointView),
        (examples.QUIZ, Quiz),
        (foreign_examples.SEGMENT_ANSWER, foreign_payloads.SegmentAnswer),
        (foreign_examples.SHOPIFY_ANSWER, foreign_payloads.ForeignResults),
        (foreign_examples.CLOUD_EVENT_ANSWER, foreign_payloads.ForeignResults),
        (foreign_examples.GA4_ANSWER, foreign_payloads.Ga4Answer),
        (examples.READY, operations.Readiness),
        (examples.NOT_READY, operations.Readiness),
        (examples.VERSION, operations.Version),
    ],
    ids=lambda value: getattr(value, "__name__", ""),
)
def test_example_of_an_answer_has_its_shape(example: Any, shape: Any) -> None:
    assert msgspec.convert(example, shape)


@pytest.mark.parametrize("example", examples.EVENTS["events"])
def test_example_events_are_sound(example: Any) -> None:
    msgspec.convert(example, event_payloads.EventPayload)


def test_example_item_is_sound() -> None:
    fields = {name: msgspec.Raw(msgspec.json.encode(value)) for name, value in examples.ITEM.items()}
    assert _item(fields, "").item_id == "jasmine-50"


def test_problem_examples_are_problems(document: dict[str, Any]) -> None:
    for _, _, one in operations_of(document):
        for answer in one["responses"].values():
            for example in (
                answer.get("content", {}).get("application/problem+json", {}).get("examples", {}).values()
            ):
                problem = msgspec.convert(example["value"], Problem)
                assert problem.type.removeprefix("/problems/") in KINDS


def test_shapes_say_that_unknown_members_are_refused(document: dict[str, Any]) -> None:
    shapes = document["components"]["schemas"]
    assert shapes["PagePayload"]["additionalProperties"] is False
    assert shapes["EventBatch"]["properties"]["events"]["items"] == {
        "$ref": "#/components/schemas/EventPayload"
    }
    assert "^attr:" in shapes["ItemPayload"]["patternProperties"]
    assert "additionalProperties" not in shapes["ContextPayload"]


@pytest.mark.parametrize("path", ["/docs", "/problems", "/problems/internal"])
def test_page_has_no_script_and_no_outside_address(steady: Client, path: str) -> None:
    answer = steady.get(path)
    assert answer.headers["content-type"].startswith("text/html")
    text = answer.text.lower()
    assert "<script" not in text
    assert "javascript:" not in text
    assert not re.search(r"(?:https?:)?//[a-z0-9]", text)
    assert not re.search(r"\son[a-z]+=", text)


def test_page_shows_every_route_body_and_example(steady: Client, document: dict[str, Any]) -> None:
    text = steady.get("/docs").text
    for path, method, one in operations_of(document):
        assert f'id="{one["operationId"]}"' in text
        assert path in text
        assert method.upper() in text
    for name in document["components"]["schemas"]:
        assert f'id="shape-{name}"' in text
    for link in re.findall(r'href="#([^"]+)"', text):
        assert f'id="{link}"' in text
    assert "Jasmine Pearls" in text
