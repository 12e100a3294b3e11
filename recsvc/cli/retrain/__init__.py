"""`recsvc retrain`: the one command that a scheduler calls."""

import sys
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any, NamedTuple

import msgspec
import rich_click as click
from rich.console import Console

from recsvc.cli.databases import database_option, state_option
from recsvc.cli.retrain import heartbeat as beat
from recsvc.cli.retrain.metrics import write_metrics
from recsvc.cli.retrain.steps import Step, run_step, terminable
from recsvc.domain.errors import LockedError, NothingNewError, UsageError

SOURCES = ("events", "items", "facts")
FINE = (0, NothingNewError.exit_code)


class Files(NamedTuple):
    """What is trained on beside the log; items and facts that are given stand for the log's."""

    events: tuple[Path, ...]
    items: Path | None
    facts: Path | None


class Log(NamedTuple):
    """Where the service keeps what happened."""

    state: Path
    database: str | None
    quizzes: Path | None

    @property
    def exists(self) -> bool:
        """Whether there is a store to export from."""
        return self.database is not None or (self.state / "recsvc.sqlite").is_file()

    @property
    def variables(self) -> dict[str, str]:
        """What steps are told beside their arguments, which are public: a URL may hold a password."""
        told = {"RECSVC_DATABASE": self.database, "RECSVC_QUIZZES": self.quizzes}
        return {name: str(value) for name, value in told.items() if value is not None}


def _heartbeat(_ctx: click.Context, _param: click.Parameter, url: str | None) -> str | None:
    if url is not None and not beat.is_address(url):
        raise click.BadParameter("write http://HOST/PATH or https://HOST/PATH.")
    return url


@click.command(context_settings={"ignore_unknown_options": True})
@click.option(
    "--events",
    type=click.Path(path_type=Path),
    multiple=True,
    help="More events than the log has: files or directories. May be given again.",
)
@click.option("--items", type=click.Path(path_type=Path), help="A catalogue instead of the service's.")
@click.option(
    "--facts", type=click.Path(path_type=Path), help="What visitors declared, instead of the log's."
)
@database_option
@state_option()
@click.option(
    "--quizzes",
    envvar="RECSVC_QUIZZES",
    type=click.Path(file_okay=False, path_type=Path),
    help="Directory of published quizzes.  [default: STATE/quizzes]",
)
@click.option(
    "--metrics",
    envvar="RECSVC_METRICS",
    type=click.Path(dir_okay=False, path_type=Path),
    help="A .prom file for the text file collector of Prometheus' node exporter.",
)
@click.option(
    "--heartbeat",
    envvar="RECSVC_HEARTBEAT",
    callback=_heartbeat,
    metavar="URL",
    help="Address to tell of the start (URL/start), the end (URL) and a failure (URL/fail).",
)
@click.argument("train_options", nargs=-1, type=click.UNPROCESSED)
def retrain(
    events: tuple[Path, ...],
    items: Path | None,
    facts: Path | None,
    database: str | None,
    state: Path,
    quizzes: Path | None,
    metrics: Path | None,
    heartbeat: str | None,
    train_options: tuple[str, ...],
) -> None:  # fmt: skip
    """Export what the service has seen, train on it, and publish what beats popularity: for schedulers.

    All other options go to `recsvc train`: --models, --config, --set, --as-of, --dry-run, --force, --rejects.
    May be called twice, killed or left out. The last line of stdout is one summary object. Exit: as of
    `recsvc train`, so 3 where nothing is new, 4 where the gate refused and 75 where another run is at work.
    """
    console, start = Console(stderr=True), time.time()
    log = Log(state, database, quizzes)
    if not (log.exists or events):
        raise UsageError(f"There is no store in {state} and no --events: nothing to train on.")
    beat.ping(heartbeat, "start", {}, console)
    with terminable():
        summary = _work(log, Files(events, items, facts), train_options)
    summary["seconds"] = round(time.time() - start, 3)
    if summary["exit"] != LockedError.exit_code:  # the run that is at work says itself how it went
        write_metrics(metrics, summary, time.time(), console)
        ending = {name: summary[name] for name in ("status", "exit", "step")}
        beat.ping(heartbeat, "" if summary["exit"] in FINE else "fail", ending, console)
    click.echo(msgspec.json.encode(summary).decode())
    sys.exit(summary["exit"])


def _work(log: Log, files: Files, train_options: tuple[str, ...]) -> dict[str, Any]:
    """Export and train, up to the first step that fails; the summary of the last one with all exports."""
    exported: dict[str, Any] = {}
    summary: dict[str, Any] = {}
    for step in _steps(log, files, train_options):
        summary = run_step(step, log.variables) | {"step": step.name, "exported": exported}
        if summary["exit"]:
            break
        if step.name != "train":
            source = step.name.removeprefix("export ")
            exported[source] = summary["metrics"] | {"cursor": summary["cursor"]}
    return summary


def _steps(log: Log, files: Files, train_options: tuple[str, ...]) -> Iterator[Step]:
    """The exports that are needed, then the training on what they left; made one by one."""
    state = ("--state", str(log.state))
    inputs = [f"--events={path}" for path in files.events]
    for name in SOURCES:
        given = getattr(files, name) if name != "events" else None
        out = log.state / "export" / name
        if given is None and log.exists:
            yield Step(f"export {name}", ("export", name, *state, "--out", str(out)))
            if any(out.glob("*.parquet")):
                given = out
        if given is not None:
            inputs.append(f"--{name}={given}")
    yield Step("train", ("train", *state, *inputs, *train_options))
