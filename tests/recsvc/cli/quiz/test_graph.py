from pathlib import Path

import pytest
from click.testing import CliRunner, Result

from recsvc.cli.quiz import quiz
from recsvc.domain.errors import BadDataError, InputOutputError, UsageError

TEA = Path(__file__).parents[3] / "tea.quiz.toml"


def run(*arguments: str | Path) -> Result:
    return CliRunner().invoke(quiz, ["graph", *map(str, arguments)])


def test_picture_goes_to_stdout_or_to_a_file(tmp_path: Path) -> None:
    result = run(TEA)
    assert result.exit_code == 0, result.output
    assert result.stdout.startswith('<svg xmlns="http://www.w3.org/2000/svg"')
    out = tmp_path / "tea.svg"
    told = run(TEA, "--out", out)
    assert told.stdout.startswith(f"{out}: tea@1 in ")
    assert out.read_text("utf-8") == result.stdout


def test_picture_is_in_the_locale() -> None:
    assert "結果" in run(TEA, "--locale", "ja").stdout
    assert "Result" in run(TEA, "--locale", "en").stdout


@pytest.mark.parametrize(
    ("arguments", "error", "told"),
    [
        ((TEA, "--locale", "fr"), UsageError, "--locale fr"),
        (("gone.quiz.toml",), InputOutputError, "gone.quiz.toml cannot be read"),
        ((TEA, "--out", "gone/tea.svg"), InputOutputError, "gone/tea.svg cannot be written"),
        ((__file__,), BadDataError, "rename it"),
    ],
)
def test_what_cannot_be_drawn_is_said(
    arguments: tuple[str | Path, ...], error: type[Exception], told: str
) -> None:
    result = run(*arguments)
    assert isinstance(result.exception, error)
    assert told in str(result.exception)
