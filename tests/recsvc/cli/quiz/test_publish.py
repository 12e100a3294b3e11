from pathlib import Path

import msgspec
import pytest
from click.testing import CliRunner, Result

from quizzes.loader import content_hash, load_quiz
from recsvc.cli.demo import QUIZ, _publish_quiz
from recsvc.cli.quiz import quiz
from recsvc.domain.errors import BadDataError, NothingNewError
from recsvc.serving.live_quizzes import LiveQuizzes

TEA = (Path(__file__).parents[3] / "tea.quiz.toml").read_text("utf-8")
ERROR = "when = \"drink == 'coffee'\""


@pytest.fixture
def tea(tmp_path: Path) -> Path:
    path = tmp_path / "tea.quiz.toml"
    path.write_text(TEA, "utf-8")
    return path


@pytest.fixture
def served(tmp_path: Path) -> Path:
    return tmp_path / "quizzes"


def run(*arguments: str | Path) -> Result:
    return CliRunner().invoke(quiz, ["publish", *map(str, arguments)])


def test_published_quiz_is_served(tea: Path, served: Path) -> None:
    result = run(tea, "--to", served)
    assert result.exit_code == 0, result.output
    live = LiveQuizzes(served)
    live.refresh()
    published = live.get("tea")
    assert published == load_quiz(tea.read_bytes(), tea.name)
    assert f"tea@1  sha256 {content_hash(published)}" in result.stdout


def test_summary_is_one_object(tea: Path, served: Path) -> None:
    summary = msgspec.json.decode(run(tea, "--to", served, "--json").stdout)
    (one,) = summary.pop("published")
    assert (one["quiz"], one["revision"], one["pictures"]) == ("tea", 1, 0)
    assert one["path"] == str(served / "tea@1.json")
    assert summary.pop("seconds") >= 0
    assert summary == {"status": "done", "exit": 0, "errors": 0, "warnings": 0}
    again = run(tea, "--to", served, "--json")
    assert isinstance(again.exception, NothingNewError)
    assert msgspec.json.decode(again.stdout)["status"] == "nothing_new"


def test_altered_revision_is_refused_with_the_one_to_set(tea: Path, served: Path) -> None:
    run(tea, "--to", served)
    tea.write_text(TEA.replace("How strong?", "How mild?"), "utf-8")
    result = run(tea, "--to", served)
    assert isinstance(result.exception, BadDataError)
    assert "set revision = 2" in result.stderr
    tea.write_text(TEA.replace("How strong?", "How mild?").replace("revision = 1", "revision = 2"), "utf-8")
    assert run(tea, "--to", served).exit_code == 0
    assert {path.name for path in served.iterdir()} == {"tea@1.json", "tea@2.json"}


def test_error_in_one_file_publishes_none(tea: Path, served: Path, tmp_path: Path) -> None:
    broken = tmp_path / "broken.quiz.toml"
    broken.write_text(TEA.replace('id = "tea"', 'id = "broken"', 1).replace("== 'coffee'", "== 'cocoa'"))
    result = run(tea, broken, "--to", served, "--json")
    assert isinstance(result.exception, BadDataError)
    assert "E choice-unknown" in result.stderr
    summary = msgspec.json.decode(result.stdout)
    assert (summary["status"], summary["exit"], summary["errors"], summary["published"]) == (
        "failed",
        65,
        1,
        [],
    )
    assert not served.exists()


def test_missing_picture_publishes_none(tea: Path, served: Path, tmp_path: Path) -> None:
    drawn = tmp_path / "drawn.quiz.toml"
    picture = 'image = "cup.svg", alt = { en = "A cup", ja = "茶碗" }'
    drawn.write_text(
        TEA.replace('id = "tea"', 'id = "drawn"', 1).replace('{ id = "tea",', f'{{ id = "tea", {picture},')
    )
    result = run(tea, drawn, "--to", served)
    assert isinstance(result.exception, BadDataError)
    assert f"{drawn}:16: $.questions[0].choices[0].image: `cup.svg` does not lie" in str(result.exception)
    assert not served.exists()
    (tmp_path / "cup.svg").write_text("<svg/>")
    assert run(tea, drawn, "--to", served).exit_code == 0
    assert (served / "drawn@1" / "cup.svg").exists()


def test_warning_is_shown_and_publishes(tea: Path, served: Path) -> None:
    tea.write_text(TEA.replace('keep = "30d", ', ""), "utf-8")
    result = run(tea, "--to", served)
    assert result.exit_code == 0
    assert "W keep-missing" in result.stderr


def test_catalogue_that_does_not_fit_publishes_nothing(tea: Path, served: Path, tmp_path: Path) -> None:
    pytest.importorskip("polars")
    items = tmp_path / "items.csv"
    items.write_text("item_id,category\n1,tea\n2,toys\n")
    result = run(tea, "--to", served, "--catalogue", items)
    assert isinstance(result.exception, BadDataError)
    assert "no item has category `coffee`" in result.stderr


def test_fact_is_held_against_what_is_published(tea: Path, served: Path, tmp_path: Path) -> None:
    run(tea, "--to", served)
    other = tmp_path / "other.quiz.toml"
    other.write_text(
        TEA.replace('id = "tea"', 'id = "other"', 1)
        .replace('id = "mild"', 'id = "m"')
        .replace('id = "strong"', 'id = "s"')
    )
    other_text = other.read_text("utf-8").replace('id = "s"\nkind', 'id = "strength"\nkind')
    other.write_text(other_text, "utf-8")
    result = run(other, "--to", served)
    assert isinstance(result.exception, BadDataError)
    assert "E fact-conflict" in result.stderr


def test_demo_publishes_its_quiz_once(tmp_path: Path) -> None:
    _publish_quiz(tmp_path)
    _publish_quiz(tmp_path)
    (path,) = (tmp_path / "quizzes").glob("*.json")
    assert path.name.startswith(f"{QUIZ}@")
    path.chmod(0o644)
    path.write_text("{}")
    with pytest.raises(BadDataError, match="the demo publishes its own"):
        _publish_quiz(tmp_path)
