"""Every refusal of a command becomes its documented exit code and one sentence."""

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


@pytest.mark.parametrize("arguments", [["nonsense"], ["model", "list", "--nonsense"], ["train"]])
def test_wrong_usage_ends_with_64(arguments: list[str], capsys: pytest.CaptureFixture[str]) -> None:
    assert program.run(arguments) == 64
    assert capsys.readouterr().err


@pytest.mark.parametrize(("error", "code"), LEAVES.items())
def test_refusal_ends_with_its_code_and_sentence(
    error: type[errors.RecsvcError],
    code: int,
    capsys: pytest.CaptureFixture[str],
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    @click.command()
    def refuse() -> None:
        raise error("what, where, why and what to do")

    monkeypatch.setitem(cli.commands, "refuse", refuse)
    monkeypatch.setattr(cli, "get_command", lambda *_: refuse)
    assert program.run(["refuse"]) == code
    assert "what to do" in capsys.readouterr().err


def test_help_names_every_command(capsys: pytest.CaptureFixture[str]) -> None:
    assert program.run(["--help"]) == 0
    out = capsys.readouterr().out
    for name in ("demo", "serve", "import", "train", "evaluate", "model", "quiz", "doctor"):
        assert f" {name} " in out
