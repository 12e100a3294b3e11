import re
from pathlib import Path

import msgspec
import pytest
from click.testing import CliRunner, Result
from rich.cells import cell_len

from recsvc.cli.quiz import quiz
from recsvc.cli.quiz.explanation_tables import bar
from recsvc.domain.errors import BadDataError, UsageError
from tests.artifacts import VERSION, publish_artifact

TEA_QUIZ = """
schema = 1
id = "tea"
revision = 3
locales = ["en", "ja"]
title = { en = "Tea", ja = "お茶" }
purpose = "p"

[purposes.p]
basis = "notice"
policy = "1"
keep = "90d"
text = { en = "Why", ja = "理由" }

[[questions]]
id = "skin"
kind = "single"
fact = "skin"
title = { en = "How is your skin?", ja = "お肌の調子はいかがですか？ふだんの様子に近いものを教えてください" }
choices = [
  { id = "dry", text = { en = "Dry", ja = "乾燥しがち" } },
  { id = "oily", text = { en = "Oily", ja = "べたつきやすい" }, w = { category.tea = 2 } },
  { id = "any", text = { en = "No idea", ja = "わからない" }, unsure = true },
]

[[questions]]
id = "words"
kind = "text"
title = { en = "Anything else?", ja = "ほかには？" }
"""


@pytest.fixture
def tea(tmp_path: Path) -> Path:
    path = tmp_path / "tea.quiz.toml"
    path.write_text(TEA_QUIZ, "utf-8")
    lines = [f"item-{row:02d},{'tea' if row % 2 else 'coffee'}" for row in range(12)]
    (tmp_path / "tea.items.csv").write_text("\n".join(["item_id,category", *lines]), "utf-8")
    publish_artifact(tmp_path / "state" / "models")
    return path


def run(path: Path, *arguments: str, columns: int = 80) -> Result:
    state = ["--state", str(path.parent / "state")]
    environment = {"COLUMNS": str(columns), "RECSVC_MODELS": None, "RECSVC_STATE": None}
    return CliRunner().invoke(quiz, ["explain", str(path), *state, *arguments], env=environment)


def test_questions_and_answers_are_listed(tea: Path) -> None:
    result = run(tea)
    assert result.exit_code == 0, result.output
    out = result.stdout
    assert f"tea@3  model {VERSION}, 12 of its items in stock" in out
    assert re.search(r"1 +skin +100.0% +█{10} +100% +ask first", out)
    assert "words  free text is never scored" in out
    assert "fact skin, 400 visitors: learnt counts 67%" in out
    assert "category.tea" in out
    assert "pace.order is fixed" in out


@pytest.mark.parametrize("columns", [80, 120])
@pytest.mark.parametrize("locale", ["en", "ja"])
@pytest.mark.parametrize("has_model", [True, False])
def test_no_line_is_wider_than_the_screen(tea: Path, columns: int, locale: str, *, has_model: bool) -> None:
    if not has_model:
        (tea.parent / "state" / "models" / "current").unlink()
    result = run(tea, "--locale", locale, columns=columns)
    widths = [cell_len(line) for line in result.stdout.splitlines()]
    assert max(widths) <= columns
    rules = {cell_len(line.rstrip()) for line in result.stdout.splitlines() if line.strip().startswith("──")}
    assert len(rules) == 1  # all tables end in one column


def test_columns_are_aligned_beside_wide_characters(tea: Path) -> None:
    lines = run(tea, "--locale", "ja").stdout.splitlines()
    head = next(line for line in lines if "by w" in line)
    rows = [line for line in lines if "category." in line]
    ends = {cell_len(line.rstrip()) for line in (head, *rows)}
    assert len(rows) == 2
    assert len(ends) == 1


def test_json_is_one_object(tea: Path) -> None:
    found = msgspec.json.decode(run(tea, "--json").stdout)
    assert (found["status"], found["exit"], found["model"], found["items"]) == ("done", 0, VERSION, 12)
    skin, words = found["questions"]
    assert (skin["id"], skin["verdict"]) == ("skin", "ask first")
    assert skin["gain"] == pytest.approx(1.0, abs=1e-6)
    value = skin["answers"][1]["values"][0]
    assert (value["attribute"], value["w"], value["items"]) == ("category.tea", 2.0, 6)
    assert value["now"] == pytest.approx(value["by_w"] / 3 + value["learnt"] * 2 / 3)
    assert (words["gain"], words["why"]) == (None, "free text is never scored")


def test_without_a_model_there_are_the_weights_of_the_shop(tea: Path) -> None:
    (tea.parent / "state" / "models" / "current").unlink()
    result = run(tea)
    assert result.exit_code == 0
    assert "tea@3  no model" in result.stdout
    assert "No model: below stand the shop's own weights." in result.stdout
    assert "by w" not in result.stdout
    assert any(line.split()[:2] == ["Oily", "category.tea"] for line in result.stdout.splitlines())


def test_without_a_catalogue_it_says_what_is_missing(tea: Path) -> None:
    (tea.parent / "tea.items.csv").unlink()
    out = run(tea).stdout
    assert "0 of its items in stock" in out
    assert "name the items with --catalogue" in out


def test_catalogue_that_is_named_wins(tea: Path) -> None:
    items = tea.parent / "other.csv"
    items.write_text("item_id,category\nitem-00,tea\n", "utf-8")
    assert "1 of its items in stock" in run(tea, "--catalogue", str(items)).stdout


def test_model_that_is_named_must_be_there(tea: Path) -> None:
    assert isinstance(run(tea, "--models", str(tea.parent / "none")).exception, UsageError)
    assert VERSION in run(tea, "--models", f"{tea.parent / 'state' / 'models'}@{VERSION}").stdout


def test_locale_that_the_quiz_lacks_is_a_usage_error(tea: Path) -> None:
    error = run(tea, "--locale", "fr").exception
    assert isinstance(error, UsageError)
    assert "en, ja" in str(error)


def test_file_that_is_no_quiz_is_bad_input(tea: Path) -> None:
    tea.write_text("id = [", "utf-8")
    assert isinstance(run(tea).exception, BadDataError)


@pytest.mark.parametrize(
    ("share", "drawn"), [(0.0, ""), (0.0125, "▏"), (0.5, "█████"), (0.95, "█████████▌"), (2, "█" * 10)]
)
def test_bar_shows_a_share(share: float, drawn: str) -> None:
    assert bar(share) == drawn
