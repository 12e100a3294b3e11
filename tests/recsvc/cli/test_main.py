"""Every refusal of a command becomes its documented exit code and one sentence."""

import os
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest
import rich_click as click

from recsvc import __main__ as program
from recsvc.cli import cli
from recsvc.domain import errors

LEAVES = {
    errors.UsageError: 64,
    errors.BadDataError: 65,
    errors.ArtifactError: 65,
    errors.InputOutputError: 74,
    errors.LockedError: 75,
    errors.NothingNewError: 3,
    errors.GateRefusedError: 4,
}


@pytest.mark.parametrize(
    "arguments", [["nonsense"], ["model", "list", "--nonsense"], ["train"], ["serve", "--port", "x"]]
)
def test_wrong_usage_ends_with_64(arguments: list[str], capsys: pytest.CaptureFixture[str]) -> None:
    assert program.run(arguments) == 64
    assert capsys.readouterr().err


@pytest.mark.parametrize(("error", "code"), LEAVES.items())
def test_error_carries_its_exit_code(error: type[errors.RecsvcError], code: int) -> None:
    assert error.exit_code == code


def test_refusal_is_one_sentence_on_stderr(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert program.run(["model", "show", "--models", str(tmp_path)]) == 64
    captured = capsys.readouterr()
    assert captured.err.startswith("Error: Nothing is published")
    assert "Traceback" not in captured.err


def test_nothing_new_is_said_and_is_no_error(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    quiz = Path(__file__).parents[2] / "tea.quiz.toml"
    publish = ["quiz", "publish", str(quiz), "--to", str(tmp_path / "quizzes")]
    assert program.run(publish) == 0
    capsys.readouterr()
    assert program.run(publish) == 3
    assert (
        capsys.readouterr().err
        == f"{tmp_path / 'quizzes'} holds the same contents already; nothing is new.\n"
    )


def test_help_names_every_command(capsys: pytest.CaptureFixture[str]) -> None:
    assert program.run(["--help"]) == 0
    out = capsys.readouterr().out
    for name in ("demo", "serve", "import", "train", "evaluate", "model", "quiz", "keys", "doctor"):
        assert f" {name} " in out


def test_open_host_is_refused_before_anything_starts(tmp_path: Path) -> None:
    command = [sys.executable, "-m", "recsvc", "serve", "--state", str(tmp_path), "--host", "0.0.0.0"]  # noqa: S104
    ended = subprocess.run(command, capture_output=True, text=True, check=False, env=os.environ)
    assert ended.returncode == 64
    assert "recsvc keys create" in ended.stderr


def leaves(command: click.Command, name: str = "recsvc") -> Iterator[tuple[str, click.Command]]:
    """Every command that is no group, by its whole name."""
    if not isinstance(command, click.Group):
        yield name, command
        return
    context = click.Context(command)
    for own in command.list_commands(context):
        found = command.get_command(context, own)
        assert found is not None
        yield from leaves(found, f"{name} {own}")


def test_flags_that_say_where_things_are_have_their_variable() -> None:
    where = {
        (name, option.opts[0]): option.envvar
        for name, command in leaves(cli)
        for option in command.params
        if isinstance(option, click.Option) and {"--state", "--database"} & set(option.opts)
    }
    assert where.pop(("recsvc demo", "--state")) is None  # its own, so that no demo fills a shop's
    assert len(where) > 20
    assert {place for place, told in where.items() if told != f"RECSVC_{place[1][2:].upper()}"} == set()
