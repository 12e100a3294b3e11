from pathlib import Path

import msgspec
import pytest
from click.testing import CliRunner, Result

from recsvc.cli.quiz import quiz
from recsvc.domain.errors import BadDataError, InputOutputError

LIBRARY = Path(__file__).parents[4] / "quizzes" / "library"
DEFINITION = """
schema = 1
id = "tea"
revision = 1
locales = ["en"]
title = { en = "Tea" }
purpose = "p"
purposes.p = { basis = "notice", policy = "1", keep = "90d", text = { en = "Why" } }
result = { min = 1, because = { taste = { mild = { en = "Mild" } } } }

[[questions]]
id = "taste"
kind = "single"
title = { en = "Taste?" }
choices = [
  { id = "mild", text = { en = "Mild" }, w = { taste.mild = 1 } },
  { id = "bold", text = { en = "Bold" }, w = { taste.bold = 1 } },
]
"""
ITEMS = "item_id,category,price,sale_price,attr:taste\n1,tea,9,3,mild\n2,tea,4,,bold\n"
CASE = '[[case]]\nname = "mild"\nanswers = { taste = "mild" }\nasked = ["taste"]\n'

pytest.importorskip("polars")


@pytest.fixture
def tea(tmp_path: Path) -> Path:
    (tmp_path / "tea.items.csv").write_text(ITEMS, "utf-8")
    (tmp_path / "tea.test.toml").write_text(CASE + 'top_attrs = ["taste.mild"]\n', "utf-8")
    path = tmp_path / "tea.quiz.toml"
    path.write_text(DEFINITION, "utf-8")
    return path


def run(*arguments: str | Path) -> Result:
    return CliRunner().invoke(quiz, ["test", *map(str, arguments)])


@pytest.mark.parametrize("name", ["dress", "groceries", "skin-care", "wine"])
def test_cases_of_the_library_pass_and_come_by_every_path_and_choice(name: str) -> None:
    result = run(LIBRARY / f"{name}.quiz.toml", "--json")
    assert result.exit_code == 0, result.stdout
    summary = msgspec.json.decode(result.stdout.splitlines()[-1])
    (coverage,) = summary["coverage"].values()
    assert coverage["complete"]
    assert coverage["paths"]["missing"] == coverage["choices"]["missing"] == []


def test_passing_cases_end_well_with_their_coverage(tea: Path) -> None:
    result = run(tea)
    assert result.exit_code == 0
    assert "cases passed" in result.stdout
    assert "2 (100%)" in result.stdout
    assert "3 cases: 3 passed, 0 failed" in result.stdout


def test_failing_case_names_file_case_expected_and_got(tea: Path) -> None:
    cases = tea.with_name("tea.test.toml")
    cases.write_text(CASE + 'top_attrs = ["taste.bold"]\nnever = "item.price == 3"\n', "utf-8")
    result = run(tea)
    assert isinstance(result.exception, BadDataError)
    assert result.exception.exit_code == 65
    assert f"failed  {cases}  case: mild" in result.stdout
    assert "top_attrs: expected the first item carries taste.bold" in result.stdout
    assert "got      1 has taste mild" in result.stdout
    assert "never: expected no item of the result with item.price == 3" in result.stdout


def test_price_of_a_case_is_the_one_that_is_paid(tea: Path) -> None:
    tea.with_name("tea.test.toml").write_text(CASE + 'never = "item.price == 9"\n', "utf-8")
    assert run(tea).exit_code == 0


def test_json_is_one_object_a_case_and_the_summary_last(tea: Path) -> None:
    *cases, summary = map(msgspec.json.decode, run(tea, "--json").stdout.splitlines())
    assert cases[0] == {
        "file": str(tea),
        "case": "mild",
        "generated": False,
        "status": "passed",
        "failures": [],
        "path": ["taste"],
    }
    assert all(one["generated"] for one in cases[1:])
    assert (summary["status"], summary["exit"], summary["cases"]) == ("done", 0, len(cases))
    assert summary["coverage"][str(tea)]["reasons"] == {"total": 1, "covered": 1, "written": 1, "missing": []}


def test_without_items_and_cases_only_paths_are_tried(tea: Path) -> None:
    tea.with_name("tea.items.csv").unlink()
    tea.with_name("tea.test.toml").unlink()
    result = run(tea)
    assert result.exit_code == 0
    assert "Without items nothing is said about results" in result.stdout


def test_items_may_be_named(tea: Path, tmp_path: Path) -> None:
    other = tmp_path / "other.csv"
    other.write_text("item_id,category,attr:taste\n7,tea,bold\n", "utf-8")
    result = run(tea, "--catalogue", other)
    assert "7 has taste bold" in result.stdout
    assert isinstance(run(tea, "--catalogue", tmp_path / "gone.csv").exception, InputOutputError)


def test_fault_in_a_file_of_cases_names_its_line(tea: Path) -> None:
    tea.with_name("tea.test.toml").write_text(CASE + "slot_filled = 3\n", "utf-8")
    error = run(tea).exception
    assert isinstance(error, BadDataError)
    assert "tea.test.toml:5" in str(error)
    assert "did you mean `slots_filled`?" in str(error)
