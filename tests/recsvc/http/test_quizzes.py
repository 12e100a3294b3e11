"""Quiz sessions over HTTP: begin, answer, skip, take back, finish, resume, and the same by forms."""

from typing import Any

import pytest

from recsvc.http.signing import csrf_token
from tests.recsvc.http.conftest import Client
from tests.shop import SECRET, Shop

VISITOR = {"anonymous_id": "q"}


@pytest.fixture
def session(client: Client) -> str:
    answer = client.post("/v1/quizzes/tea/sessions", json={"visitor": VISITOR, "touchpoint": "product-page"})
    assert answer.status_code == 201
    found: str = answer.json()["session"]
    assert answer.headers["location"] == f"/v1/quiz-sessions/{found}"
    return found


def put(client: Client, session: str, question: str, body: Any, **more: Any) -> Any:
    return client.put(f"/v1/quiz-sessions/{session}/answers/{question}", json=body, **more)


def post(client: Client, session: str, question: str, **fields: Any) -> Any:
    form = {"csrf": csrf_token(SECRET, session, "anon:q")} | fields
    path = f"/v1/quiz-sessions/{session}/answers/{question}"
    return client.post(path, data=form, follow_redirects=False)


def test_quiz_is_shown_in_its_canonical_form(client: Client) -> None:
    answer = client.get("/v1/quizzes/tea")
    assert answer.headers["content-type"] == "application/json"
    assert [question["id"] for question in answer.json()["questions"]] == ["drink", "strength", "kids"]


@pytest.mark.parametrize("path", ["/v1/quizzes/none", "/v1/quizzes/none/sessions"])
def test_unknown_quiz_is_not_found(client: Client, path: str) -> None:
    answer = client.post(path, json={"visitor": VISITOR}) if "sessions" in path else client.get(path)
    assert (answer.status_code, answer.json()["type"]) == (404, "/problems/unknown-quiz")


def test_session_asks_the_first_question_in_the_locale(client: Client) -> None:
    answer = client.post("/v1/quizzes/tea/sessions", json={"visitor": VISITOR, "locale": "ja"})
    view = answer.json()
    assert view["question"]["title"] == "どちら"
    assert (view["state"], view["progress"]["answered"], view["answers"]) == ("open", 0, {})


def test_answers_lead_to_the_end(client: Client, session: str) -> None:
    after = put(client, session, "drink", {"value": "tea"}).json()
    assert after["answers"] == {"drink": {"value": "tea"}}
    assert after["question"]["id"] == "kids"
    assert after["slate"]["basis"] in {"quiz", "both"}
    assert put(client, session, "kids", {"skip": True}).json()["state"] == "done"


def test_answer_taken_back_is_asked_again(client: Client, session: str) -> None:
    put(client, session, "drink", {"value": "tea"})
    answer = client.delete(f"/v1/quiz-sessions/{session}/answers/drink")
    assert (answer.status_code, answer.json()["question"]["id"]) == (200, "drink")


def test_finished_session_can_be_read_but_not_changed(client: Client, session: str) -> None:
    assert client.post(f"/v1/quiz-sessions/{session}/finish").json()["state"] == "done"
    assert client.get(f"/v1/quiz-sessions/{session}").status_code == 200
    answer = put(client, session, "drink", {"value": "tea"})
    assert (answer.status_code, answer.json()["type"]) == (409, "/problems/session-expired")


def test_session_goes_on_by_its_link(client: Client, session: str) -> None:
    link = client.get(f"/v1/quiz-sessions/{session}").json()["resume"]
    assert client.post("/v1/quiz-sessions/resume", json={"token": link}).json()["session"] == session
    forged = client.post("/v1/quiz-sessions/resume", json={"token": link[:-1] + "!"})
    assert (forged.status_code, forged.json()["errors"][0]["pointer"]) == (400, "/token")


def test_request_that_names_a_visitor_is_held_to_it(client: Client, session: str) -> None:
    path = f"/v1/quiz-sessions/{session}"
    mine, theirs = {"Recsvc-Visitor": "anonymous_id=q"}, {"Recsvc-Visitor": "id=q"}
    assert client.get(path, headers=mine).status_code == 200
    assert client.get(path, headers=theirs).json()["type"] == "/problems/unknown-session"
    body = {"value": "tea", "visitor": {"id": "q"}}
    assert put(client, session, "drink", body).status_code == 404
    assert put(client, session, "drink", body | {"visitor": VISITOR}).status_code == 200


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
    client: Client, session: str, body: Any, code: str, pointer: str
) -> None:
    answer = put(client, session, "drink", body)
    fault = answer.json()["errors"][0]
    assert (answer.status_code, fault["code"], fault["pointer"]) == (400, code, pointer)


@pytest.mark.parametrize("value", ["milk", 3, ["tea", "coffee"], {"via": "email"}, "", "x" * 2000])
def test_answer_that_the_quiz_does_not_accept_changes_nothing(client: Client, session: str, value: Any) -> None:
    before = client.get(f"/v1/quiz-sessions/{session}").json()["answers"]
    answer = put(client, session, "drink", {"value": value})
    assert (answer.status_code, answer.json()["type"]) == (422, "/problems/answer-refused")
    assert answer.json()["errors"][0]["pointer"] == "/value"
    assert client.get(f"/v1/quiz-sessions/{session}").json()["answers"] == before


def test_unknown_question_and_session_are_not_found(client: Client, session: str) -> None:
    assert put(client, session, "none", {"value": "x"}).json()["type"] == "/problems/unknown-question"
    assert put(client, "none", "drink", {"value": "x"}).json()["type"] == "/problems/unknown-session"
    assert client.get("/v1/quiz-sessions/none").json()["type"] == "/problems/unknown-session"


def test_form_answers_and_sends_the_browser_on(client: Client, session: str) -> None:
    answer = post(client, session, "drink", value="coffee")
    assert answer.status_code == 303, answer.text
    assert answer.headers["location"] == f"/quiz-sessions/{session}"
    assert client.get(f"/v1/quiz-sessions/{session}").json()["answers"] == {"drink": {"value": "coffee"}}


def test_form_skips_and_goes_back(client: Client, session: str) -> None:
    post(client, session, "drink", action="skip")
    assert client.get(f"/v1/quiz-sessions/{session}").json()["answers"] == {"drink": {"skip": True}}
    post(client, session, "kids", action="back")
    assert client.get(f"/v1/quiz-sessions/{session}").json()["answers"] == {}
    assert post(client, session, "drink", action="back").status_code == 303


def test_form_that_the_quiz_refuses_says_so_on_the_page(client: Client, session: str) -> None:
    answer = post(client, session, "drink", value="milk")
    assert answer.headers["location"] == f"/quiz-sessions/{session}?refused=unknown_choice"


@pytest.mark.parametrize("token", ["", "x", "é", csrf_token(SECRET, "another", "anon:q")])
def test_form_without_the_pages_token_is_not_allowed(client: Client, session: str, token: str) -> None:
    assert post(client, session, "drink", csrf=token, value="tea").status_code == 403
    assert client.get(f"/v1/quiz-sessions/{session}").json()["answers"] == {}


@pytest.mark.parametrize(
    ("fields", "pointer"),
    [({"action": "jump"}, "/action"), ({"csrf": ["a", "b"]}, "/csrf"), ({"colour": "red"}, "/colour")],
)
def test_faulty_form_is_refused(client: Client, session: str, fields: Any, pointer: str) -> None:
    answer = post(client, session, "drink", **fields)
    assert (answer.status_code, answer.json()["errors"][0]["pointer"]) == (400, pointer)


@pytest.mark.parametrize("body", [b"csrf=%ff", b"csrf=\xff", b"&".join([b"a=1"] * 300)])
def test_unreadable_form_is_refused(client: Client, session: str, body: bytes) -> None:
    headers = {"Content-Type": "application/x-www-form-urlencoded"}
    path = f"/v1/quiz-sessions/{session}/answers/drink"
    assert client.post(path, content=body, headers=headers).status_code == 400


def test_form_is_not_read_as_json_nor_json_as_a_form(client: Client, session: str) -> None:
    path = f"/v1/quiz-sessions/{session}/answers/drink"
    assert client.post(path, json={"csrf": "x"}).status_code == 415
    assert client.put(path, data={"value": "tea"}).status_code == 415


def test_expired_session_is_told(client: Client, shop: Shop, session: str) -> None:
    shop.clock.advance(hours=1)
    assert client.get(f"/v1/quiz-sessions/{session}").json()["state"] == "expired"
    assert put(client, session, "drink", {"value": "tea"}).status_code == 409
