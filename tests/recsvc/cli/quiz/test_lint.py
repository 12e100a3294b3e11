from pathlib import Path

import msgspec
import pytest
from click.testing import CliRunner, Result

from quizzes.loader import canonical_json, load_quiz
from recsvc.cli.quiz import quiz
from recsvc.domain.catalogue import Item
from recsvc.domain.errors import BadDataError, InputOutputError, UsageError

GROCERIES = Path(__file__).parents[4] / "quizzes" / "library" / "groceries.quiz.toml"


@pytest.fixture
def broken(tmp_path: Path) -> Path:
    path = tmp_path / "broken.quiz.toml"
    path.write_text(GROCERIES.read_text("utf-8").replace("size != '1'", "size != '9'"), "utf-8")
    return path


def run(*arguments: str | Path) -> Result:
    return CliRunner().invoke(quiz, ["lint", *map(str, arguments)])


def test_sound_quiz_ends_well() -> None:
    result = run(GROCERIES)
    assert result.exit_code == 0
    assert "1 file: 0 errors, 0 warnings" in result.stdout


def test_error_is_listed_with_code_line_and_path(broken: Path) -> None:
    result = run(GROCERIES, broken)
    assert isinstance(result.exception, BadDataError)
    assert result.exception.exit_code == 65
    line = next(
        row for row, one in enumerate(GROCERIES.read_text("utf-8").splitlines(), 1) if one == 'id = "kids"'
    )
    assert f"{broken}:{line}" in result.stdout
    assert "E choice-unknown" in result.stdout
    assert "$.questions[4].when" in result.stdout
    assert "2 files: 1 error, 0 warnings" in result.stdout


def test_warning_alone_ends_well(tmp_path: Path) -> None:
    path = tmp_path / "endless.quiz.toml"
    path.write_text(GROCERIES.read_text("utf-8").replace('keep = "365d", ', ""), "utf-8")
    result = run(path)
    assert result.exit_code == 0
    assert "W keep-missing" in result.stdout


def test_json_is_one_finding_a_line_and_the_summary_last(broken: Path) -> None:
    result = run(broken, "--json")
    finding, summary = map(msgspec.json.decode, result.stdout.splitlines())
    assert finding["code"] == "choice-unknown"
    assert finding["level"] == "E"
    assert (summary["status"], summary["exit"], summary["errors"]) == ("failed", 65, 1)


def test_file_that_is_no_quiz_is_a_finding(tmp_path: Path) -> None:
    path = tmp_path / "x.quiz.toml"
    path.write_text("id = [")
    result = run(path)
    assert isinstance(result.exception, BadDataError)
    assert "E syntax" in result.stdout


def test_missing_file_is_an_input_error(tmp_path: Path) -> None:
    assert isinstance(run(tmp_path / "gone.quiz.toml").exception, InputOutputError)


def test_catalogue_is_held_against_the_quiz(tmp_path: Path) -> None:
    pytest.importorskip("polars")
    items = tmp_path / "items.csv"
    items.write_text("item_id,category,attr:department\n1,SOUP,PRODUCE\n2,CHEESE,MEAT|DELI\n")
    result = run(GROCERIES, "--catalogue", items)
    assert isinstance(result.exception, BadDataError)
    assert "no item has category `TROPICAL FRUIT`" in result.stdout
    assert "department `PRODUCE`" not in result.stdout
    assert "department `DELI`" not in result.stdout


@pytest.mark.parametrize(("name", "separator"), [("feed.tsv", "\t"), ("feed.csv", ",")])
def test_catalogue_may_be_a_merchant_feed(tmp_path: Path, name: str, separator: str) -> None:
    pytest.importorskip("polars")
    feed = tmp_path / name
    rows = ("id,title,price,product_type", "1,Soup,1 EUR,SOUP", "2,Cheese,2 EUR,CHEESE")
    feed.write_text("\n".join(rows).replace(",", separator))
    result = run(GROCERIES, "--catalogue", feed)
    assert "no item has category `TROPICAL FRUIT`" in result.stdout
    assert "no item has category `CHEESE`" not in result.stdout


def test_altered_published_revision_is_an_error(tmp_path: Path) -> None:
    published = canonical_json(load_quiz(GROCERIES.read_bytes(), GROCERIES.name))
    (tmp_path / "groceries@1.json").write_bytes(published)
    assert run(GROCERIES, "--published", tmp_path).exit_code == 0
    (tmp_path / "groceries@1.json").write_bytes(published.replace(b"Soft drinks", b"Drinks"))
    assert "E revision-not-raised" in run(GROCERIES, "--published", tmp_path).stdout
    (tmp_path / "groceries@1.json").write_bytes(b"{}")
    assert isinstance(run(GROCERIES, "--published", tmp_path).exception, BadDataError)


def test_published_directory_that_is_not_there_is_a_usage_error(tmp_path: Path) -> None:
    error = run(GROCERIES, "--published", tmp_path / "nope").exception
    assert isinstance(error, UsageError)
    assert "nope: no such directory" in str(error)


def test_item_is_seen_as_conditions_name_it() -> None:
    item = Item(item_id="1", price=3, category="tea", attributes={"colour": ("red",)})
    assert item.values() == {"price": 3.0, "category": ("tea",), "colour": ("red",)}


@pytest.fixture
def conflicting(tmp_path: Path) -> Path:
    """Another quiz, which keeps the fact `household_size` as a number."""
    path = tmp_path / "other.quiz.toml"
    text = GROCERIES.read_text("utf-8").replace('id = "groceries"', 'id = "other"', 1)
    before, _, rest = text.partition('id = "size"\nkind = "single"')
    _, _, after = rest.partition("[[questions]]")
    number = 'id = "size"\nkind = "number"\nrange = { min = 1, max = 9 }\nfact = "household_size"\n'
    number += 'purpose = "household"\nsensitive = true\ntitle = { en = "How many?", ja = "何人?" }\n\n'
    after = after.replace("when = \"size != '1'\"", 'when = "size != 1"')
    path.write_text(f"{before}{number}[[questions]]{after}", "utf-8")
    return path


def test_fact_is_held_against_the_other_files(conflicting: Path) -> None:
    assert run(conflicting).exit_code == 0
    result = run(GROCERIES, conflicting)
    assert isinstance(result.exception, BadDataError)
    assert result.stdout.count("E fact-conflict") == 2
    assert "of the quiz `other`" in result.stdout


def test_fact_is_held_against_the_newest_published_quizzes(conflicting: Path, tmp_path: Path) -> None:
    published = tmp_path / "published"
    published.mkdir()
    old = canonical_json(load_quiz(conflicting.read_bytes(), conflicting.name))
    (published / "other@9.json").write_bytes(old.replace(b'"revision":1', b'"revision":9'))
    assert "E fact-conflict" in run(GROCERIES, "--published", published).stdout
    new = old.replace(b"household_size", b"people").replace(b'"revision":1', b'"revision":10')
    (published / "other@10.json").write_bytes(new)
    assert run(GROCERIES, "--published", published).exit_code == 0
