"""What would stop the service at its start ends the command with a sentence and its code instead."""

import gc
import socket
from pathlib import Path

import pytest

from recsvc.__main__ import run
from tests.journeys.servers import free_port


def served(capsys: pytest.CaptureFixture[str], *arguments: str) -> tuple[int, str]:
    code = run(["serve", *arguments])
    captured = capsys.readouterr()
    assert "Listening" not in captured.out
    return code, captured.err


@pytest.fixture(autouse=True)
def clean_environment(monkeypatch: pytest.MonkeyPatch) -> None:
    """Flags become variables of the process; they must not outlive a test."""
    for name in ("STATE", "MODELS", "DATABASE", "QUIZZES", "PLACEMENTS", "HOST", "PORT", "WORKERS", "CONFIG"):
        monkeypatch.setenv(f"RECSVC_{name}", "")


def test_taken_port_is_refused(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    with socket.socket() as other:
        other.bind(("127.0.0.1", 0))
        other.listen()
        port = str(other.getsockname()[1])
        code, said = served(capsys, "--state", str(tmp_path), "--port", port)
    assert code == 74
    assert port in said


@pytest.mark.parametrize(
    ("arguments", "code"),
    [
        (["--database", "mysql://x/y"], 64),
        (["--host", "0.0.0.0"], 64),  # noqa: S104 - without a key
        (["--state", "FILE"], 74),
        (["--database", "sqlite:///FILE"], 74),
    ],
)
def test_wrong_state_or_store_is_refused(
    tmp_path: Path, capsys: pytest.CaptureFixture[str], arguments: list[str], code: int
) -> None:
    junk = tmp_path / "junk"
    junk.write_text("no database" * 100)
    given = [one.replace("FILE", str(junk)) for one in arguments]
    free = [] if "--state" in given else ["--state", str(tmp_path / "state")]
    assert served(capsys, *given, *free, "--port", str(free_port()))[0] == code


def test_a_refused_start_leaves_the_collector_of_garbage_on(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    assert served(capsys, "--host", "0.0.0.0", "--state", str(tmp_path), "--port", str(free_port()))[0] == 64  # noqa: S104
    assert gc.isenabled()


def test_a_destination_without_its_secret_is_refused(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    config = tmp_path / "recsvc.toml"
    config.write_text('[[destinations]]\nname = "crm"\nkind = "line"\nsecret_env = "NO_SUCH_VARIABLE"\n')
    code, said = served(capsys, "--state", str(tmp_path), "--config", str(config), "--port", str(free_port()))
    assert code == 64
    assert "NO_SUCH_VARIABLE" in said


def test_placements_that_cannot_be_are_refused_with_their_line(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    file = tmp_path / "shop.toml"
    free = ["--state", str(tmp_path / "state"), "--port", str(free_port()), "--placements", str(file)]
    assert served(capsys, *free)[0] == 74
    file.write_text('[[placements]]\nid = "home"\nstrategy = "best"\n', "utf-8")
    code, said = served(capsys, *free)
    assert code == 64
    assert "shop.toml, line 3" in said
