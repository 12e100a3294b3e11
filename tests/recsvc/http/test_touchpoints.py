"""Touchpoints over HTTP: the question, its answer, and what a page says about having shown it."""

from typing import Any

import pytest

from tests.recsvc.http.conftest import Client
from tests.shop import TEA_QUIZ, Shop

SOMEBODY = {"anonymous_id": "somebody"}
ME = {"Recsvc-Visitor": "anonymous_id=somebody"}
TOUCHPOINT = b"""
[[touchpoints]]
id = "pdp"
page = "product"
ask = ["drink", "kids"]
every = "7d"
"""


@pytest.fixture(autouse=True)
def _published(shop: Shop) -> None:
    shop.publish(TEA_QUIZ.replace(b"revision = 1", b"revision = 2") + TOUCHPOINT)


def ask(client: Client, page: str = "product", **more: Any) -> Any:
    answer = client.get(f"/v1/touchpoints/{page}", **({"headers": ME} | more))
    assert answer.status_code == 200, answer.text
    return answer.json()


NOTHING = {"touchpoint": None, "quiz": None, "revision": None, "question": None}


def test_page_asks_one_question_in_the_locale(client: Client) -> None:
    found = ask(client, params={"locale": "ja", "item": "item-01"})
    assert (found["touchpoint"], found["quiz"], found["revision"]) == ("pdp", "tea", 2)
    assert (found["question"]["id"], found["question"]["title"]) == ("drink", "どちら")


def test_other_pages_nobody_and_who_opts_out_are_asked_nothing(client: Client) -> None:
    assert ask(client, "cart") == NOTHING
    assert ask(client, headers={}) == NOTHING
    assert ask(client, headers=ME | {"Sec-GPC": "1"}) == NOTHING
    assert ask(client, headers=ME | {"Sec-GPC": "0"}) != NOTHING


def test_question_that_was_shown_is_not_asked_again_until_its_cap_is_over(client: Client, shop: Shop) -> None:
    found = ask(client)
    event = {"event_id": "s1", "kind": "question_shown", "visitor": SOMEBODY, "quiz": found["quiz"]}
    event |= {"revision": found["revision"], "question": found["question"]["id"], "touchpoint": "pdp"}
    taken = client.post("/v1/events", json={"events": [event]})
    assert taken.json()["results"][0]["verdict"] == "accepted"
    assert ask(client) == NOTHING
    shop.clock.advance(days=8)
    assert ask(client) == found


def test_answer_is_kept_and_the_next_question_comes(client: Client, shop: Shop) -> None:
    found = ask(client)
    body = {"visitor": SOMEBODY, "touchpoint": found["touchpoint"]}
    session = client.post(f"/v1/quizzes/{found['quiz']}/sessions", json=body).json()
    assert session["question"] == found["question"]
    assert session["progress"] == {"answered": 0, "at_most": 1}
    shop.clock.advance(seconds=1)
    path = f"/v1/quiz-sessions/{session['session']}/answers/drink"
    view = client.put(path, json={"value": "tea"}).json()
    assert (view["state"], view["question"]) == ("done", None)
    assert view["slate"]["basis"] == "quiz"
    facts = client.get("/v1/visitors/me/facts", headers=ME).json()["facts"]
    assert (facts["drink"]["values"], facts["drink"]["touchpoint"]) == (["tea"], "pdp")
    assert ask(client)["question"]["id"] == "kids"


@pytest.mark.parametrize("parameter", ["locale", "item"])
def test_faulty_parameter_is_refused(client: Client, parameter: str) -> None:
    answer = client.get("/v1/touchpoints/product", params={parameter: "\x01"}, headers=ME)
    assert (answer.status_code, answer.json()["errors"][0]["parameter"]) == (400, parameter)
