"""The preview sets up everything that the real page needs, in a directory that is gone afterwards."""

from pathlib import Path

import pytest
from click.testing import CliRunner
from litestar.testing import TestClient

from recsvc.app import create_app
from recsvc.cli import cli
from recsvc.cli.quiz.preview import environment, set_up, wished_values
from recsvc.cli.quiz.reading import read_items_file, read_quiz
from recsvc.settings import load_settings
from tests.conventions.tree import ROOT

LIBRARY = ROOT / "quizzes" / "library"
FILE = LIBRARY / "groceries.quiz.toml"


def test_real_page_of_a_draft_shows_products_by_the_shops_own_weights(tmp_path: Path) -> None:
    quiz = read_quiz(FILE)
    items = read_items_file(LIBRARY / "groceries.items.csv")
    set_up(tmp_path, quiz, items, None)
    with TestClient(create_app(load_settings(environment(tmp_path, FILE, None, 8000)))) as client:
        assert 'class="ribbon"' in client.get("/quizzes/groceries").text
        started = client.post("/v1/quizzes/groceries/sessions", json={"visitor": {"anonymous_id": "a"}})
        path = f"/v1/quiz-sessions/{started.json()['session']}/answers/aisles"
        slate = client.put(path, json={"value": ["breakfast"]}).json()["slate"]
    categories = {item.item_id: item.category for item in items}
    assert categories[slate["items"][0]["id"]] == "COLD CEREAL"


def test_draft_without_items_is_shown_without_products(tmp_path: Path) -> None:
    set_up(tmp_path, read_quiz(FILE), [], None)
    with TestClient(create_app(load_settings(environment(tmp_path, FILE, None, 8000)))) as client:
        assert client.get("/quizzes/groceries").status_code == 200


def test_named_models_are_used_as_they_are(tmp_path: Path) -> None:
    models = tmp_path / "elsewhere"
    settings = load_settings(environment(tmp_path, FILE, models, 8123))
    assert (settings.models_path, settings.port, settings.drafts_path) == (models, 8123, FILE)


def test_wishes_are_those_of_every_choice() -> None:
    assert {"department.MEAT", "category.YOGURT"} <= wished_values(read_quiz(FILE))


@pytest.mark.parametrize("source", ['title = "x"', "schema = "])
def test_file_that_is_no_quiz_is_told_with_its_line(tmp_path: Path, source: str) -> None:
    file = tmp_path / "x.quiz.toml"
    file.write_text(source)
    ended = CliRunner().invoke(cli, ["quiz", "preview", str(file)])
    assert ended.exit_code != 0
    assert "x.quiz.toml:1" in str(ended.exception)
