"""`recsvc demo`: from real purchases to a shop on this machine, in one command."""

import os
import subprocess
import sys
import time
from collections.abc import Callable, Sequence
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import rich_click as click
from rich.console import Console

from recsvc.cli.demo_files import CONFIG_FILE, DATA_VERSION, PLACEMENTS_FILE, write_demo_files
from recsvc.cli.serve import run_server
from recsvc.domain.errors import BadDataError, NothingNewError, RecsvcError
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

    Loads, trains, evaluates and publishes in about a minute, then serves until Ctrl-C. A second run
    starts with what the first one made.
    """
    console = Console(stderr=True)
    started = time.monotonic()
    data = state / "data"
    _once(data / "READY", lambda: _load(console, data))
    with ThreadPoolExecutor(1) as beside:
        # The store is filled on one core while the model is trained on the other.
        importing = beside.submit(_once, state / "IMPORTED", lambda: _import(state, data))
        _train(console, state, data)
        _once(state / "EVALUATED", lambda: _evaluate(console, state, data))
        if not importing.done():
            console.print("Waiting for the rest of the import …")
        importing.result()
    _publish_quiz(state)
    console.print(f"[bold green]Ready[/] after {time.monotonic() - started:.0f} s.")
    for sentence in write_demo_files(state):
        console.print(sentence)
    os.environ |= {
        "RECSVC_CONFIG": str(state / CONFIG_FILE),
        "RECSVC_STATE": str(state),
        "RECSVC_PLACEMENTS": str(state / PLACEMENTS_FILE),
        "RECSVC_PORT": str(port),
    }
    run_server(load_settings(os.environ))


def _once(mark: Path, work: Callable[[], None]) -> None:
    """Do what its mark says is not done yet."""
    if not mark.exists():
        work()
        mark.write_text(DATA_VERSION)


def _load(console: Console, data: Path) -> None:
    _step(console, "Loading The Complete Journey", ["-m", "recsvc.sources.complete_journey", str(data)])


def _train(console: Console, state: Path, data: Path) -> None:
    named = {"events": "training", "items": "items", "facts": "facts"}
    files = [f"--{flag}={data / name}.parquet" for flag, name in named.items()]
    command = ["-m", "recsvc", "train", *files, "--models", str(state / "models")]
    _step(
        console,
        "Training, and importing into the store meanwhile",
        command,
        fine=(0, NothingNewError.exit_code),
    )


def _evaluate(console: Console, state: Path, data: Path) -> None:
    files = [f"--{what}={data / what}.parquet" for what in ("targets", "history")]
    command = [
        "-m",
        "recsvc",
        "evaluate",
        "--models",
        str(state / "models"),
        *files,
        "--keep-seen",
        "-k",
        "10",
    ]
    _step(console, "Evaluating on purchases that training did not see", command)


def _import(state: Path, data: Path) -> None:
    """Import in children of their own, quietly: their words go to a file beside the store."""
    log = state / "import.log"
    with log.open("wb") as stream:
        for what in ("items", "facts", "events"):
            command = ["-m", "recsvc", "import", what, str(data / f"{what}.parquet"), "--state", str(state)]
            code = subprocess.run(  # noqa: S603
                [sys.executable, *command], check=False, stdout=stream, stderr=stream
            ).returncode
            if code:
                raise DemoStepError(f"Importing {what} ended with {code}: {log.read_text()[-500:]}", code)


def _publish_quiz(state: Path) -> None:
    from importlib.resources import as_file, files  # noqa: PLC0415 (help must not wait for the quizzes)

    from quizzes.errors import AlreadyPublishedError, RevisionTakenError  # noqa: PLC0415
    from quizzes.publish import publish, read_draft  # noqa: PLC0415

    with as_file(files("quizzes") / "library" / f"{QUIZ}.quiz.toml") as definition:
        try:
            publish(read_draft(definition), state / "quizzes")
        except AlreadyPublishedError:
            return
        except RevisionTakenError as error:
            raise BadDataError(
                f"{error} Or delete {state / 'quizzes'}: the demo publishes its own."
            ) from error


def _step(console: Console, title: str, command: Sequence[str], fine: Sequence[int] = (0,)) -> None:
    """Run one command in a child, so that its memory goes back before the service starts."""
    console.rule(f"[bold]{title}", align="left")
    code = subprocess.run([sys.executable, *command], check=False).returncode  # noqa: S603
    if code not in fine:
        raise DemoStepError(f"{title} ended with {code}; what went wrong stands above.", code)
