"""Quiz sessions over HTTP: begin, answer, skip, take back, finish, resume, and the same by forms."""

import itertools
from typing import Any

import pytest

from recsvc.http.signing import csrf_token
from tests.recsvc.http.conftest import Client
from tests.shop import SECRET, Shop

NUMBERS = itertools.count()
SOMEBODY = {"anonymous_id": "somebody"}


@pytest.fixture
def visitor() -> dict[str, str]:
    """Somebody new to the shared service."""
    return {"anonymous_id": f"quiz-{next(NUMBERS)}"}


@pytest.fixture
def session(steady: Client, visitor: dict[str, str]) -> str:
    answer = steady.post("/v1/quizzes/tea/sessions", json={"visitor": visitor, "touchpoint": "product-page"})
    assert answer.status_code == 201
    found: str = answer.json()["session"]
    assert answer.headers["location"] == f"/v1/quiz-sessions/{found}"
    return found


def put(steady: Client, session: str, question: str, body: Any, **more: Any) -> Any:
    return steady.put(f"/v1/quiz-sessions/{session}/answers/{question}", json=body, **more)


def token_of(steady: Client, session: str) -> str:
    shop = steady.app.state.shop
    return csrf_token(SECRET, session, shop.store.read_session(session).visitor_id)


def post(steady: Client, session: str, question: str, **fields: Any) -> Any:
    form = {"csrf": token_of(steady, session)} | fields
    path = f"/v1/quiz-sessions/{session}/answers/{question}"
    return steady.post(path, data=form, follow_redirects=False)


def test_quiz_is_shown_in_its_canonical_form(steady: Client) -> None:
    answer = steady.get("/v1/quizzes/tea")
    assert answer.headers["content-type"] == "application/json"
    assert [question["id"] for question in answer.json()["questions"]] == ["drink", "strength", "kids"]


@pytest.mark.parametrize("path", ["/v1/quizzes/none", "/v1/quizzes/none/sessions"])
def test_unknown_quiz_is_not_found(steady: Client, path: str) -> None:
    answer = steady.post(path, json={"visitor": SOMEBODY}) if "sessions" in path else steady.get(path)
    assert (answer.status_code, answer.json()["type"]) == (404, "/problems/unknown-quiz")


def test_session_asks_the_first_question_in_the_locale(steady: Client) -> None:
    answer = steady.post("/v1/quizzes/tea/sessions", json={"visitor": SOMEBODY, "locale": "ja"})
    view = answer.json()
    assert view["question"]["title"] == "どちら"
    assert (view["state"], view["progress"]["answered"], view["answers"]) == ("open", 0, {})


def test_answers_lead_to_the_end(steady: Client, session: str) -> None:
    after = put(steady, session, "drink", {"value": "tea"}).json()
    assert after["answers"] == {"drink": {"value": "tea"}}
    assert after["question"]["id"] == "kids"
    assert after["slate"]["basis"] in {"quiz", "both"}
    assert put(steady, session, "kids", {"skip": True}).json()["state"] == "done"


def test_answer_taken_back_is_asked_again(steady: Client, session: str) -> None:
    put(steady, session, "drink", {"value": "tea"})
    answer = steady.delete(f"/v1/quiz-sessions/{session}/answers/drink")
    assert (answer.status_code, answer.json()["question"]["id"]) == (200, "drink")


def test_finished_session_can_be_read_but_not_changed(steady: Client, session: str) -> None:
    assert steady.post(f"/v1/quiz-sessions/{session}/finish").json()["state"] == "done"
    assert steady.get(f"/v1/quiz-sessions/{session}").status_code == 200
    answer = put(steady, session, "drink", {"value": "tea"})
    assert (answer.status_code, answer.json()["type"]) == (409, "/problems/session-expired")


def test_session_goes_on_by_its_link(steady: Client, session: str) -> None:
    link = steady.get(f"/v1/quiz-sessions/{session}").json()["resume"]
    assert steady.post("/v1/quiz-sessions/resume", json={"token": link}).json()["session"] == session
    forged = steady.post("/v1/quiz-sessions/resume", json={"token": link[:-1] + "!"})
    assert (forged.status_code, forged.json()["errors"][0]["pointer"]) == (400, "/token")


def test_request_that_names_a_visitor_is_held_to_it(
    steady: Client, session: str, visitor: dict[str, str]
) -> None:
    path = f"/v1/quiz-sessions/{session}"
    mine, theirs = {"Recsvc-Visitor": f"anonymous_id={visitor['anonymous_id']}"}, {"Recsvc-Visitor": "id=q"}
    assert steady.get(path, headers=mine).status_code == 200
    assert steady.get(path, headers=theirs).json()["type"] == "/problems/unknown-session"
    body = {"value": "tea", "visitor": {"id": "q"}}
    assert put(steady, session, "drink", body).status_code == 404
    assert put(steady, session, "drink", body | {"visitor": visitor}).status_code == 200


@pytest.mark.parametrize(
    ("body", "code", "pointer"),
    [
        ({}, "ambiguous", ""),
        ({"value": "tea", "skip": True}, "ambiguous", ""),
        ({"skip": False}, "unknown_value", "/skip"),
        ({"value": None}, "wrong_type", "/value"),
        ({"value": True}, "wrong_type", "/value"),
        ({"value": [[1]]}, "wrong_type", "/value/0"),
        ({"answer": "tea"}, "unknown_field", "/answer"),
    ],
)
def test_body_that_is_no_answer_is_refused(
    steady: Client, session: str, body: Any, code: str, pointer: str
) -> None:
    answer = put(steady, session, "drink", body)
    fault = answer.json()["errors"][0]
    assert (answer.status_code, fault["code"], fault["pointer"]) == (400, code, pointer)


@pytest.mark.parametrize("value", ["milk", 3, ["tea", "coffee"], {"via": "email"}, "", "x" * 2000])
def test_answer_that_the_quiz_does_not_accept_changes_nothing(
    steady: Client, session: str, value: Any
) -> None:
    before = steady.get(f"/v1/quiz-sessions/{session}").json()["answers"]
    answer = put(steady, session, "drink", {"value": value})
    assert (answer.status_code, answer.json()["type"]) == (422, "/problems/answer-refused")
    assert answer.json()["errors"][0]["pointer"] == "/value"
    assert steady.get(f"/v1/quiz-sessions/{session}").json()["answers"] == before


def test_unknown_question_and_session_are_not_found(steady: Client, session: str) -> None:
    assert put(steady, session, "none", {"value": "x"}).json()["type"] == "/problems/unknown-question"
    assert put(steady, "none", "drink", {"value": "x"}).json()["type"] == "/problems/unknown-session"
    assert steady.get("/v1/quiz-sessions/none").json()["type"] == "/problems/unknown-session"


def test_form_answers_and_sends_the_browser_on(steady: Client, session: str) -> None:
    answer = post(steady, session, "drink", value="coffee")
    assert answer.status_code == 303, answer.text
    assert answer.headers["location"] == f"/quiz-sessions/{session}"
    assert steady.get(f"/v1/quiz-sessions/{session}").json()["answers"] == {"drink": {"value": "coffee"}}


def test_form_skips_and_goes_back(steady: Client, session: str) -> None:
    post(steady, session, "drink", action="skip")
    assert steady.get(f"/v1/quiz-sessions/{session}").json()["answers"] == {"drink": {"skip": True}}
    post(steady, session, "kids", action="back")
    assert steady.get(f"/v1/quiz-sessions/{session}").json()["answers"] == {}
    assert post(steady, session, "drink", action="back").status_code == 303


def test_form_finishes(steady: Client, session: str) -> None:
    assert post(steady, session, "drink", action="finish").status_code == 303
    assert steady.get(f"/v1/quiz-sessions/{session}").json()["state"] == "done"


def test_form_goes_back_past_what_is_merely_known(steady: Client, visitor: dict[str, str]) -> None:
    first = steady.post("/v1/quizzes/tea/sessions", json={"visitor": visitor}).json()["session"]
    put(steady, first, "drink", {"value": "coffee"})
    second = steady.post("/v1/quizzes/tea/sessions", json={"visitor": visitor}).json()["session"]
    post(steady, second, "strength", value="mild")
    post(steady, second, "kids", action="back")
    assert list(steady.get(f"/v1/quiz-sessions/{second}").json()["answers"]) == ["drink"]


def test_opt_in_answer_by_form_needs_the_tick(steady: Client, session: str) -> None:
    post(steady, session, "drink", value="tea")
    answer = post(steady, session, "kids", value="no")
    assert answer.headers["location"].endswith("?refused=not_agreed")
    assert "kids" not in steady.get(f"/v1/quiz-sessions/{session}").json()["answers"]
    post(steady, session, "kids", value="no", agreed="yes")
    assert steady.get(f"/v1/quiz-sessions/{session}").json()["answers"]["kids"] == {"value": "no"}


@pytest.mark.parametrize("value", [[], [""], ["  "]])
def test_form_without_an_answer_is_no_skip(steady: Client, session: str, value: list[str]) -> None:
    answer = post(steady, session, "drink", value=value)
    assert answer.headers["location"].endswith("?refused=empty")
    assert steady.get(f"/v1/quiz-sessions/{session}").json()["answers"] == {}


def test_refused_change_leads_back_to_its_question(steady: Client, session: str) -> None:
    post(steady, session, "drink", value="coffee")
    answer = post(steady, session, "drink", value="milk")
    assert answer.headers["location"].endswith("?refused=unknown_choice&change=drink")


def test_form_that_the_quiz_refuses_says_so_on_the_page(steady: Client, session: str) -> None:
    answer = post(steady, session, "drink", value="milk")
    assert answer.headers["location"] == f"/quiz-sessions/{session}?refused=unknown_choice"


@pytest.mark.parametrize("token", ["", "x", "é", csrf_token(SECRET, "another", "anon:q")])
def test_form_without_the_pages_token_is_not_allowed(steady: Client, session: str, token: str) -> None:
    assert post(steady, session, "drink", csrf=token, value="tea").status_code == 403
    assert steady.get(f"/v1/quiz-sessions/{session}").json()["answers"] == {}


@pytest.mark.parametrize(
    ("fields", "pointer"),
    [({"action": "jump"}, "/action"), ({"csrf": ["a", "b"]}, "/csrf"), ({"colour": "red"}, "/colour")],
)
def test_faulty_form_is_refused(steady: Client, session: str, fields: Any, pointer: str) -> None:
    answer = post(steady, session, "drink", **fields)
    assert (answer.status_code, answer.json()["errors"][0]["pointer"]) == (400, pointer)


@pytest.mark.parametrize("body", [b"csrf=%ff", b"csrf=\xff", b"&".join([b"a=1"] * 300)])
def test_unreadable_form_is_refused(steady: Client, session: str, body: bytes) -> None:
    headers = {"Content-Type": "application/x-www-form-urlencoded"}
    path = f"/v1/quiz-sessions/{session}/answers/drink"
    assert steady.post(path, content=body, headers=headers).status_code == 400


def test_form_is_not_read_as_json_nor_json_as_a_form(steady: Client, session: str) -> None:
    path = f"/v1/quiz-sessions/{session}/answers/drink"
    assert steady.post(path, json={"csrf": "x"}).status_code == 415
    assert steady.put(path, data={"value": "tea"}).status_code == 415


def test_expired_session_is_told(client: Client, shop: Shop) -> None:
    session = client.post("/v1/quizzes/tea/sessions", json={"visitor": SOMEBODY}).json()["session"]
    shop.clock.advance(hours=1)
    assert client.get(f"/v1/quiz-sessions/{session}").json()["state"] == "expired"
    assert put(client, session, "drink", {"value": "tea"}).status_code == 409
