"""The commands `train` and `evaluate`; they reach `recsvc` through entry points."""

import sys
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from datetime import datetime
from pathlib import Path
from typing import Any

import msgspec
import rich_click as click
from rich.console import Console

from recsvc.domain.errors import RecsvcError, UsageError
from recsvc.model.artifact import REPORT
from training.moments import Split, parse_lengths, parse_moment, parse_split

PATH = click.Path(path_type=Path)


class Parsed(click.ParamType[Any]):
    """A value that a function reads; its ValueError is the usage error."""

    def __init__(self, name: str, parse: Callable[[str], Any]) -> None:
        self.name = name
        self._parse = parse

    def convert(self, value: Any, param: click.Parameter | None, ctx: click.Context | None) -> Any:
        """Parse one value."""
        if not isinstance(value, str):
            return value
        try:
            return self._parse(value)
        except ValueError as error:
            self.fail(str(error), param, ctx)


MOMENT = Parsed("time", parse_moment)
LENGTHS = Parsed("k,k", parse_lengths)
SPLIT = Parsed("split", parse_split)
STATE = click.option(
    "--state",
    envvar="RECSVC_STATE",
    type=click.Path(file_okay=False, path_type=Path),
    default=Path(".recsvc"),
    show_default=True,
    help="Directory of everything the service keeps.",
)


@click.command()
@click.option(
    "--events",
    "events",
    type=PATH,
    multiple=True,
    required=True,
    help="Events: files or directories (Parquet, CSV, NDJSON). May be given again.",
)
@click.option("--items", type=PATH, help="The catalogue.")
@click.option("--facts", type=PATH, help="What visitors declared.")
@STATE
@click.option(
    "--models",
    type=PATH,
    envvar="RECSVC_MODELS",
    help="Where models are published.  [default: STATE/models]",
)
@click.option("--config", type=PATH, envvar="RECSVC_TRAINING_CONFIG", help="Training configuration, TOML.")
@click.option(
    "--set", "assignments", multiple=True, metavar="KEY=VALUE", help="One key of it; may be given again."
)
@click.option("--as-of", type=MOMENT, help="Leave out what happened later.")
@click.option("--timezone", default="UTC", show_default=True, help="Of times that name no zone.")
@click.option(
    "--rejects",
    type=PATH,
    help="Where lines that cannot be read are written, NDJSON.  [default: STATE/rejects/train.ndjson]",
)
@click.option(
    "--engine",
    type=click.Choice(["local", "spark"]),
    default="local",
    show_default=True,
    help="What learns: this process, or a Spark cluster (docs/scaling.md).",
)
@click.option("--master", envvar="RECSVC_MASTER", help="URL of the cluster.  [default: local[*]]")
@click.option("--dry-run", is_flag=True, help="Train and judge, publish nothing.")
@click.option("--force", is_flag=True, help="Publish whatever the gate says, and even if nothing is new.")
@click.option("--json", "as_json", is_flag=True, help="One summary object as the last line of stdout.")
def train(
    events: tuple[Path, ...],
    items: Path | None,
    facts: Path | None,
    state: Path,
    models: Path | None,
    config: Path | None,
    assignments: tuple[str, ...],
    as_of: datetime | None,
    timezone: str,
    rejects: Path | None,
    engine: str,
    master: str | None,
    *,
    dry_run: bool,
    force: bool,
    as_json: bool,
) -> None:  # fmt: skip
    """Train a model, judge it on visitors it never saw, and publish it if it beats popularity.

    Exit: 0 done, 3 nothing new, 4 gate refused, 64 usage, 65 bad data, 74 input/output, 75 another run.
    """
    # polars and implicit load only when a command runs: `recsvc serve` shares this program.
    from recsvc.files.rejects import Rejects  # noqa: PLC0415
    from training import job, scoreboard  # noqa: PLC0415
    from training.config import load_config  # noqa: PLC0415
    from training.inputs import Inputs  # noqa: PLC0415
    from training.report import printed, record  # noqa: PLC0415
    from training.stages import Stages, peak_mb  # noqa: PLC0415

    console, found, unpublished = _console(), Rejects(), state / "reports" / "train.html"
    stages = Stages(console)
    with closing_summary(console, as_json=as_json) as summary:
        settings = load_config(config, assignments)
        if master and engine != "spark":
            raise UsageError("--master is the cluster of --engine spark; pass both or neither.")
        order = job.Order(
            Inputs(list(events), items, facts, timezone), models or state / "models", settings, as_of,
            dry_run, force, (master or "local[*]") if engine == "spark" else None,
        )  # fmt: skip
        try:
            with stages:
                outcome = job.run(order, stages, found)
        except job.RefusedError as refusal:
            summary |= {
                "gate": refusal.verdict.summary(),
                "metrics": record.headline(refusal.record["evaluation"]),
            }
            scoreboard.print_evaluation(refusal.record["evaluation"], console)
            printed.print_verdict(refusal.verdict, console)
            printed.write_page(refusal.page, unpublished, console)
            raise
        finally:
            _report_rejects(found, rejects, state / "rejects" / "train.ndjson", console)
            summary |= {"read": found.read, "rejected": found.total, "peak_mb": peak_mb()}
            summary["stages"] = stages.seconds
        scoreboard.print_evaluation(outcome.record["evaluation"], console)
        printed.print_verdict(outcome.verdict, console, forced=outcome.published)
        if outcome.published:
            printed.print_page(order.models / outcome.model.version / REPORT, console)
        else:
            printed.write_page(outcome.page, unpublished, console)
        summary |= {
            "status": "published" if outcome.published else "dry_run",
            "version": outcome.model.version if outcome.published else None,
            "metrics": record.headline(outcome.record["evaluation"]),
            "gate": outcome.verdict.summary(),
        }


@click.command()
@STATE
@click.option(
    "--models",
    metavar="DIR[@VERSION]",
    envvar="RECSVC_MODELS",
    help="The model to judge.  [default: STATE/models]",
)
@click.option("--targets", type=PATH, help="What visitors then took: visitor_id, item_id.")
@click.option("--history", type=PATH, help="What is known of them: events.")
@click.option("--facts", type=PATH, help="What they declared.")
@click.option("--events", type=PATH, multiple=True, help="Instead of a model: events to fit one on.")
@click.option(
    "--items", type=PATH, help="The catalogue: tells what is out of stock, and that fit learns from it."
)
@click.option(
    "--split", type=SPLIT, help="What of the events is judged: time:TIME or last:N of each visitor."
)
@click.option(
    "--config", type=PATH, envvar="RECSVC_TRAINING_CONFIG", help="Training configuration of that fit."
)
@click.option(
    "--seeds", type=click.IntRange(1, 20), default=1, show_default=True, help="Fits, each with the next seed."
)
@click.option("-k", "ks", type=LENGTHS, default="10,20", show_default=True, help="Lengths of the lists.")
@click.option("--keep-seen", is_flag=True, help="Lists may hold what the visitor had.")
@click.option("--known-items", is_flag=True, help="Leave out targets that the model does not know.")
@click.option("--as-of", type=MOMENT, help="Reference time; default: the newest time of the history.")
@click.option("--timezone", default="UTC", show_default=True, help="Of times that name no zone.")
@click.option("--json", "as_json", is_flag=True, help="One summary object as the last line of stdout.")
def evaluate(
    state: Path,
    models: str | None,
    targets: Path | None,
    history: Path | None,
    facts: Path | None,
    events: tuple[Path, ...],
    items: Path | None,
    split: Split | None,
    config: Path | None,
    seeds: int,
    ks: tuple[int, ...],
    as_of: datetime | None,
    timezone: str,
    *,
    keep_seen: bool,
    known_items: bool,
    as_json: bool,
) -> None:  # fmt: skip
    """Rank all items for each visitor in TARGETS as the service would, beside popularity and other rivals.

    Judges a published model on `--targets`, or one that it fits on the part of `--events` before `--split`.
    """
    from training import judging, own_fit, scoreboard  # noqa: PLC0415 (as above)
    from training.config import load_config  # noqa: PLC0415
    from training.inputs import Inputs  # noqa: PLC0415

    console = _console()
    with closing_summary(console, as_json=as_json) as summary:
        options = judging.Options(ks, keep_seen, known_items, as_of, timezone)
        if targets is not None and not events and split is None and seeds == 1:
            files = judging.Files(models or str(state / "models"), targets, history, facts, items)
            found = judging.judge_files(files, options, console)
        elif targets is None and events and split is not None:
            inputs = Inputs(list(events), items, facts, timezone)
            found = own_fit.judge_seeds(inputs, split, load_config(config), options, console, seeds)
        else:
            raise UsageError("Pass either --targets (with --models), or --events with --split (and --seeds).")
        scoreboard.print_evaluation(found, console)
        summary |= {"status": "done", **found}


def _console() -> Console:
    """Standard error; a log calls itself 80 wide and takes the grids as well, which need 100."""
    console = Console(stderr=True)
    console.width = max(console.width, 100)
    return console


def _report_rejects(found: Any, named: Path | None, default: Path, console: Console) -> None:
    """Write what was left out and say so; without any, an old default file goes."""
    path = named or default
    if found.total or named:
        found.write(path)
    else:
        path.unlink(missing_ok=True)
    parts = []
    if found.total:
        reasons = ", ".join(f"{count:,} {reason}" for reason, count in found.counts.items())
        parts.append(f"Rejected: {reasons}, written to {path}.")
    if found.ignored_columns:
        parts.append(f"Ignored columns: {', '.join(found.ignored_columns)}.")
    if parts:
        console.print(" ".join(parts), style="yellow", markup=False, highlight=False, soft_wrap=True)


@contextmanager
def closing_summary(console: Console, *, as_json: bool) -> Iterator[dict[str, Any]]:
    """Collect a summary; print it as the last line, whatever happened, and end with the exit code."""
    start = time.perf_counter()
    nothing = dict.fromkeys(("version", "metrics", "gate", "read", "rejected", "seconds", "peak_mb"))
    summary: dict[str, Any] = {"status": "failed", "exit": 0, **nothing}
    try:
        yield summary
    except RecsvcError as error:
        summary |= {"status": error.code, "exit": error.exit_code, "message": str(error)}
        console.print(str(error), style="red", highlight=False, soft_wrap=True)
    summary["seconds"] = round(time.perf_counter() - start, 3)
    if as_json:
        click.echo(msgspec.json.encode(summary).decode())
    if summary["exit"]:
        sys.exit(summary["exit"])
