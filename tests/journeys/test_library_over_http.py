"""Every quiz of the library to its end on a real server: as JSON, and as plain forms without a script."""

import re
from collections.abc import Iterator
from datetime import UTC, datetime
from html.parser import HTMLParser
from typing import Any

import httpx
import pytest

from quizzes.definition import Quiz
from quizzes.loader import load_quiz
from quizzes.publish import publish, read_draft
from recsvc.files.items import read_items, to_items
from recsvc.files.rejects import Rejects
from recsvc.model.shelf import publish_shelf
from recsvc.stores import open_store
from tests.conventions.tree import ROOT
from tests.journeys.servers import serve

LIBRARY = ROOT / "quizzes" / "library"
QUIZZES = [load_quiz(path.read_bytes(), path.name) for path in sorted(LIBRARY.glob("*.quiz.toml"))]
MOST_STEPS = 20

pytestmark = pytest.mark.server


@pytest.fixture(scope="module")
def url(tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    """A service with the whole library and all its products."""
    state = tmp_path_factory.mktemp("library")
    (state / "models").mkdir()
    items = []
    for path in sorted(LIBRARY.glob("*.quiz.toml")):
        publish(read_draft(path), state / "quizzes")
        items += to_items(
            read_items(path.with_name(path.name.replace(".quiz.toml", ".items.csv")), Rejects())
        )
    publish_shelf(state / "models", items, frozenset(), datetime(2026, 4, 1, tzinfo=UTC))
    store = open_store(f"sqlite:///{state / 'recsvc.sqlite'}")
    store.put_items(items).result()
    store.close()
    with serve(state) as server:
        yield server.url


def raw_answer(question: dict[str, Any]) -> dict[str, Any]:
    """The first answer there is."""
    match question["kind"]:
        case "single":
            return {"value": question["choices"][0]["id"]}
        case "multi" | "image" | "rank":
            ids = [one["id"] for one in question["choices"]]
            return {"value": ids[: question["pick"][0] or 1] if "pick" in question else ids[0]}
        case "slider" | "scale" | "number":
            return {"value": question["range"]["max"]}
        case "text":
            return {"value": "Words"}
        case _:
            return {"skip": True}


@pytest.mark.parametrize("quiz", QUIZZES, ids=lambda quiz: quiz.id)
def test_quiz_goes_to_its_end_as_json(quiz: Quiz, url: str) -> None:
    with httpx.Client(base_url=f"{url}/v1", timeout=30) as client:
        visitor = client.post("/visitors").json()
        begun = client.post(f"/quizzes/{quiz.id}/sessions", json={"visitor": visitor, "locale": "ja"})
        assert begun.status_code == 201
        view, asked = begun.json(), []
        while view["question"] and len(asked) < MOST_STEPS:
            asked.append(view["question"]["id"])
            path = f"/quiz-sessions/{view['session']}/answers/{asked[-1]}"
            answered = client.put(path, json=raw_answer(view["question"]))
            assert answered.status_code == 200, answered.text
            assert (
                client.put(path, json=raw_answer(view["question"])).json()["answers"]
                == answered.json()["answers"]
            )
            view = answered.json()
            assert view["progress"]["answered"] <= view["progress"]["at_most"]
        assert view["state"] == "done"
        assert len(view["slate"]["items"]) >= quiz.result.min
        assert all(re.search("[ぁ-んァ-ヶ一-龠]", one["reason"]["text"]) for one in view["slate"]["items"])
        assert (
            client.post("/quiz-sessions/resume", json={"token": view["resume"]}).json()["session"]
            == view["session"]
        )
        known = client.get(
            "/visitors/me/facts", headers={"Recsvc-Visitor": f"anonymous_id={visitor['anonymous_id']}"}
        )
        facts = {one.fact for one in quiz.questions if one.fact and one.id in asked}
        assert set(known.json()["facts"]) == facts
        told = {one.id for one in quiz.questions if one.fact in facts}
        again = client.post(f"/quizzes/{quiz.id}/sessions", json={"visitor": visitor}).json()
        assert again["question"] is None or again["question"]["id"] not in told


class Forms(HTMLParser):
    """The forms of a page: where each posts to, and its fields."""

    def __init__(self, page: str) -> None:
        super().__init__()
        self.found: list[tuple[str, list[dict[str, str]]]] = []
        self._select = ""
        self.feed(page)

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        given = {name: value or "" for name, value in attrs}
        if tag == "form":
            self.found.append((given["action"], []))
        elif tag == "select":
            self._select = given["name"]
        elif tag in {"input", "textarea", "option"} and self.found:
            name = self._select if tag == "option" else given.get("name", "")
            self.found[-1][1].append({"tag": tag} | given | {"name": name})


def posted(fields: list[dict[str, str]]) -> list[tuple[str, str]]:
    """What a browser would send after somebody took the first answer there is."""
    sent: list[tuple[str, str]] = []
    answered = False
    for field in fields:
        kind, name, value = field.get("type", ""), field["name"], field.get("value", "")
        if kind == "hidden" or (name == "agreed" and kind == "checkbox"):
            sent.append((name, value))
        elif name == "value" and kind in {"radio", "checkbox"} and not answered:
            sent.append((name, value))
            answered = True
        elif name == "value" and kind in {"number", "email"}:
            sent.append((name, field.get("max", "")))
        elif name == "value" and field["tag"] == "option" and value.startswith("1:") and not answered:
            sent.append((name, value))
            answered = True
    return sent


@pytest.mark.parametrize("quiz", QUIZZES, ids=lambda quiz: quiz.id)
def test_quiz_goes_to_its_end_as_plain_forms(quiz: Quiz, url: str) -> None:
    with httpx.Client(base_url=url, timeout=30, follow_redirects=True) as browser:
        page = browser.get(f"/quizzes/{quiz.id}?locale=en")
        assert page.status_code == 200
        steps = 0
        while ('class="question"' in page.text and "</progress>" in page.text) or not steps:
            action, fields = next(one for one in Forms(page.text).found if one[1])
            page = browser.post(action, data=_form([*posted(fields), ("action", "answer")]))
            assert page.status_code == 200, page.text
            steps += 1
            assert steps < MOST_STEPS, page.text
        assert page.url.path.startswith("/quiz-sessions/")
        assert page.text.count("<img") >= quiz.result.min or page.text.count('class="card') >= quiz.result.min
        stranger = httpx.get(str(page.url), timeout=30)
        assert stranger.status_code == 404


def _form(pairs: list[tuple[str, str]]) -> dict[str, list[str]]:
    found: dict[str, list[str]] = {}
    for name, value in pairs:
        found.setdefault(name, []).append(value)
    return found
