import shutil
from pathlib import Path

import msgspec
import pytest
from click.testing import CliRunner, Result

from quizzes.loader import load_quiz
from quizzes.translation.sheets import from_sheet
from recsvc.cli.quiz import quiz
from recsvc.domain.errors import BadDataError, NothingNewError, UsageError

TEA = Path(__file__).parents[3] / "tea.quiz.toml"


@pytest.fixture
def tea(tmp_path: Path) -> Path:
    path = tmp_path / "tea.quiz.toml"
    shutil.copy(TEA, path)
    return path


def run(*arguments: str | Path) -> Result:
    return CliRunner().invoke(quiz, ["texts", *map(str, arguments)])


def export(tea: Path, form: str, out: Path) -> str:
    result = run("export", tea, "--format", form, "--out", out)
    assert result.exit_code == 0, result.output
    return out.read_text("utf-8-sig")


@pytest.mark.parametrize(("form", "suffix"), [("csv", ".csv"), ("xliff", ".xlf")])
def test_translation_comes_back_into_the_definition(
    tea: Path, tmp_path: Path, form: str, suffix: str
) -> None:
    sheet = tmp_path / f"tea{suffix}"
    sheet.write_text(export(tea, form, sheet).replace("珈琲好き", "コーヒー好き"), "utf-8")
    result = run("import", tea, "--from", sheet)
    assert result.exit_code == 0, result.output
    assert "1 changed, " in result.stdout
    assert ", 0 refused" in result.stdout
    assert tea.read_text("utf-8") == TEA.read_text("utf-8").replace("珈琲好き", "コーヒー好き")


def test_refused_texts_are_named_and_the_others_taken(tea: Path, tmp_path: Path) -> None:
    sheet, out = tmp_path / "tea.csv", tmp_path / "new.quiz.toml"
    text = export(tea, "csv", sheet).replace("濃さ", "{drink|x}").replace("薄め", "うすめ")
    sheet.write_text(text, "utf-8")
    result = run("import", tea, "--from", sheet, "--out", out)
    assert result.exit_code == 0
    assert "1 changed" in result.stdout
    line = next(row for row, one in enumerate(text.splitlines(), 1) if "{drink|x}" in one)
    assert f"{sheet}:{line}: questions.strength.title in ja: the placeholders differ" in result.stderr
    assert tea.read_bytes() == TEA.read_bytes()
    changed = load_quiz(out.read_bytes(), out.name).questions[1]
    assert changed.title["ja"] == "濃さ"
    assert changed.choices[0].text["ja"] == "うすめ"


def test_json_is_one_refusal_a_line_and_the_summary_last(tea: Path, tmp_path: Path) -> None:
    sheet = tmp_path / "tea.csv"
    sheet.write_text("address,en (source),ja\ntitel,x,y\ntitle,Tea or coffee,茶\n", "utf-8")
    refused, summary = map(
        msgspec.json.decode, run("import", tea, "--from", sheet, "--json").stdout.splitlines()
    )
    assert (refused["line"], refused["address"], refused["locale"]) == (2, "titel", "ja")
    assert summary == {"status": "done", "exit": 0, "read": 2, "rejected": 1, "changed": 1}


def test_nothing_usable_writes_nothing(tea: Path, tmp_path: Path) -> None:
    sheet = tmp_path / "tea.csv"
    sheet.write_text("address,en (source),ja\ntitel,x,y\n", "utf-8")
    result = run("import", tea, "--from", sheet)
    assert isinstance(result.exception, BadDataError)
    assert "did you mean `title`?" in result.stderr
    assert tea.read_bytes() == TEA.read_bytes()


def test_unchanged_words_are_nothing_new(tea: Path, tmp_path: Path) -> None:
    export(tea, "xliff", tmp_path / "tea.xliff")
    result = run("import", tea, "--from", tmp_path / "tea.xliff")
    assert isinstance(result.exception, NothingNewError)
    assert tea.read_bytes() == TEA.read_bytes()


def test_source_that_was_changed_in_the_table_is_never_lost_in_silence(tea: Path, tmp_path: Path) -> None:
    sheet = tmp_path / "tea.csv"
    sheet.write_text(export(tea, "csv", sheet).replace("Tea or coffee", "Coffee or tea"), "utf-8")
    result = run("import", tea, "--from", sheet)
    assert isinstance(result.exception, BadDataError)
    assert "title in ja: the source has other words here than in the definition" in result.stderr
    assert "`--with-source`" in result.stderr
    assert tea.read_bytes() == TEA.read_bytes()
    result = run("import", tea, "--from", sheet, "--with-source")
    assert result.exit_code == 0, result.output
    assert "1 changed" in result.stdout
    assert tea.read_text("utf-8") == TEA.read_text("utf-8").replace("Tea or coffee", "Coffee or tea")
    assert isinstance(run("import", tea, "--from", sheet, "--with-source").exception, NothingNewError)


def test_words_of_a_quiz_in_one_language_are_changed_in_the_table(tea: Path, tmp_path: Path) -> None:
    tea.write_text(tea.read_text("utf-8").replace('["en", "ja"]', '["en"]'), "utf-8")
    sheet = tmp_path / "tea.csv"
    sheet.write_text(export(tea, "csv", sheet).replace("Tea or coffee", "Coffee or tea"), "utf-8")
    assert run("import", tea, "--from", sheet).exit_code == 0
    assert load_quiz(tea.read_bytes(), tea.name).title["en"] == "Coffee or tea"


def test_several_quizzes_go_into_a_directory(tea: Path, tmp_path: Path) -> None:
    other = tmp_path / "other.quiz.toml"
    shutil.copy(tea, other)
    out = tmp_path / "out"
    assert run("export", tea, other, "--out", out).exit_code == 0
    assert {path.name for path in out.iterdir()} == {"tea.csv", "other.csv"}
    assert from_sheet((out / "tea.csv").read_bytes(), "tea.csv")
    assert isinstance(run("export", tea, other, "--out", tea).exception, UsageError)


def test_files_that_cannot_be_used_are_refused(tea: Path, tmp_path: Path) -> None:
    sheet = tmp_path / "tea.xlsx"
    sheet.write_bytes(b"PK")
    assert isinstance(run("import", tea, "--from", sheet).exception, UsageError)
    sheet = sheet.rename(tmp_path / "tea.csv")
    assert isinstance(run("import", tea, "--from", sheet).exception, BadDataError)
    export(tea, "csv", sheet)
    tea.write_text("id = [", "utf-8")
    assert isinstance(run("import", tea, "--from", sheet).exception, BadDataError)
    assert isinstance(run("export", tea, "--out", sheet).exception, BadDataError)


def test_quiz_of_one_locale_has_nothing_for_xliff(tea: Path, tmp_path: Path) -> None:
    tea.write_text(tea.read_text("utf-8").replace('["en", "ja"]', '["en"]'), "utf-8")
    result = run("export", tea, "--format", "xliff", "--out", tmp_path / "tea.xlf")
    assert isinstance(result.exception, BadDataError)
    assert not (tmp_path / "tea.xlf").exists()


def test_mode_of_the_definition_stays(tea: Path, tmp_path: Path) -> None:
    tea.chmod(0o640)
    sheet = tmp_path / "tea.csv"
    sheet.write_text("address,ja\ntitle,茶\n", "utf-8")
    assert run("import", tea, "--from", sheet).exit_code == 0
    assert tea.stat().st_mode & 0o777 == 0o640
    assert [path.name for path in tmp_path.iterdir() if path.name.startswith(".")] == []
