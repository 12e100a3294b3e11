"""Whatever a client sends, as the OpenAPI document allows or not: every answer is a documented one."""

import json
from pathlib import Path
from typing import Any

import httpx
import pytest
from hypothesis import HealthCheck, Phase, assume, given, settings
from hypothesis import strategies as st

from tests.recsvc.http.conftest import Client

schemathesis = pytest.importorskip("schemathesis", reason="schemathesis is not installed")
DOCUMENT = json.loads((Path(__file__).parents[2] / "golden" / "openapi.json").read_text("utf-8"))
FOUND = schemathesis.openapi.from_dict(DOCUMENT).get_all_operations()
OPERATIONS = {one.label: one for one in (result.ok() for result in FOUND)}
CHECKS = schemathesis.checks.CHECKS.get_by_names(
    [
        "not_a_server_error",
        "status_code_conformance",
        "content_type_conformance",
        "response_headers_conformance",
        "response_schema_conformance",
    ]
)
"""What holds of every answer; other checks take a batch with a bad event for one that must be refused."""

THERE = {"quiz": "tea", "question_id": "drink", "placement": "home", "item_id": "item-03", "fact": "drink"}
"""Names of this shop; made-up ones alone never come further than a 404."""

few = settings(max_examples=15, phases=[Phase.generate], suppress_health_check=list(HealthCheck))


@pytest.mark.parametrize("name", OPERATIONS)
def test_every_answer_is_a_documented_one(name: str, battered: Client) -> None:
    made = [OPERATIONS[name].as_strategy(generation_mode=mode) for mode in schemathesis.GenerationMode]
    begun = battered.post("/v1/quizzes/tea/sessions", json={"visitor": {"id": "v"}}).json()
    there = THERE | {"session_id": begun["session"]}

    @few
    @given(case=st.one_of(made), is_there=st.booleans())
    def check(case: Any, *, is_there: bool) -> None:
        if is_there:
            case.path_parameters |= {key: there[key] for key in case.path_parameters.keys() & there.keys()}
            case.headers["Recsvc-Visitor"] = "id=v"
        try:
            answer = ask(battered, case)
        except httpx.InvalidURL:  # longer than the client of the test can send
            assume(condition=False)
        case.validate_response(answer, checks=CHECKS)

    check()


def ask(client: Client, case: Any) -> Any:
    sent = case.as_transport_kwargs(base_url="http://testserver")
    form = isinstance(sent.get("data"), dict)
    body = sent.get("json", sent.get("data"))
    way = "json" if "json" in sent else "data" if form else "content"
    named = {key: sent[key] for key in ("method", "url", "params", "headers")}
    return client.request(**named, **{way: body})
