"""The commands `train` and `evaluate`; they reach `recsvc` through entry points."""

import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import msgspec
import rich_click as click
from rich.console import Console

from recsvc.domain.errors import RecsvcError

PATH = click.Path(path_type=Path)


class Moment(click.ParamType[datetime]):
    """A time in ISO 8601 or a date; without a zone it is UTC."""

    name = "time"

    def convert(self, value: Any, param: click.Parameter | None, ctx: click.Context | None) -> datetime:
        """Parse one value."""
        if isinstance(value, datetime):
            return value
        try:
            moment = datetime.fromisoformat(value)
        except ValueError:
            self.fail(f"{value!r} is not a time such as 2026-03-01 or 2026-03-01T04:00:00Z", param, ctx)
        return moment.replace(tzinfo=moment.tzinfo or UTC)


class Lengths(click.ParamType[tuple[int, ...]]):
    """Lengths of lists, separated by commas."""

    name = "k,k"

    def convert(
        self, value: Any, param: click.Parameter | None, ctx: click.Context | None
    ) -> tuple[int, ...]:
        """Parse one value."""
        if isinstance(value, tuple):
            return value
        try:
            ks = tuple(sorted({int(part) for part in value.split(",")}))
        except ValueError:
            ks = ()
        if not ks or ks[0] < 1:
            self.fail(f"{value!r} is not a list of lengths such as 10,20", param, ctx)
        return ks


MOMENT, LENGTHS = Moment(), Lengths()


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
@click.option(
    "--models",
    type=PATH,
    envvar="RECSVC_MODELS",
    default=Path(".recsvc/models"),
    show_default=True,
    help="Where models are published.",
)
@click.option("--config", type=PATH, envvar="RECSVC_TRAINING_CONFIG", help="Training configuration, TOML.")
@click.option(
    "--set", "assignments", multiple=True, metavar="KEY=VALUE", help="One key of it; may be given again."
)
@click.option("--as-of", type=MOMENT, help="Leave out what happened later.")
@click.option("--timezone", default="UTC", show_default=True, help="Of times that name no zone.")
@click.option("--rejects", type=PATH, help="Where lines that cannot be read are written, NDJSON.")
@click.option("--dry-run", is_flag=True, help="Train and judge, publish nothing.")
@click.option("--force", is_flag=True, help="Publish whatever the gate says, and even if nothing is new.")
@click.option("--json", "as_json", is_flag=True, help="One summary object as the last line of stdout.")
def train(
    events: tuple[Path, ...],
    items: Path | None,
    facts: Path | None,
    models: Path,
    config: Path | None,
    assignments: tuple[str, ...],
    as_of: datetime | None,
    timezone: str,
    rejects: Path | None,
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
    from training import job, report  # noqa: PLC0415
    from training.config import load_config  # noqa: PLC0415
    from training.inputs import Inputs  # noqa: PLC0415
    from training.stages import Stages  # noqa: PLC0415

    console, found = Console(stderr=True), Rejects()
    with _summary(console, as_json=as_json) as summary:
        settings = load_config(config, assignments)
        order = job.Order(
            Inputs(list(events), items, facts, timezone), models, settings, as_of, dry_run, force
        )
        try:
            with Stages(console) as stages:
                outcome = job.run(order, stages, found)
        except job.RefusedError as refusal:
            summary |= {
                "gate": refusal.verdict.summary(),
                "metrics": report.headline(refusal.record["evaluation"]),
            }
            raise
        finally:
            if rejects is not None:
                found.write(rejects)
            summary |= {"read": found.read, "rejected": found.counts, "peak_mb": report.peak_mb()}
        report.print_evaluation(outcome.record["evaluation"], console)
        report.print_verdict(outcome.verdict, console)
        summary |= {
            "status": "published" if outcome.published else "dry_run",
            "version": outcome.model.version if outcome.published else None,
            "metrics": report.headline(outcome.record["evaluation"]),
            "gate": outcome.verdict.summary(),
        }


@click.command()
@click.option(
    "--models",
    metavar="DIR[@VERSION]",
    envvar="RECSVC_MODELS",
    default=".recsvc/models",
    show_default=True,
    help="The model to judge.",
)
@click.option("--targets", type=PATH, required=True, help="What visitors then took: visitor_id, item_id.")
@click.option("--history", type=PATH, help="What is known of them: events.")
@click.option("--facts", type=PATH, help="What they declared.")
@click.option("-k", "ks", type=LENGTHS, default="10,20", show_default=True, help="Lengths of the lists.")
@click.option("--keep-seen", is_flag=True, help="Lists may hold what the visitor had.")
@click.option("--known-items", is_flag=True, help="Leave out targets that the model does not know.")
@click.option("--as-of", type=MOMENT, help="Reference time; default: the newest time of the history.")
@click.option("--timezone", default="UTC", show_default=True, help="Of times that name no zone.")
@click.option("--json", "as_json", is_flag=True, help="One summary object as the last line of stdout.")
def evaluate(
    models: str,
    targets: Path,
    history: Path | None,
    facts: Path | None,
    ks: tuple[int, ...],
    as_of: datetime | None,
    timezone: str,
    *,
    keep_seen: bool,
    known_items: bool,
    as_json: bool,
) -> None:  # fmt: skip
    """Rank all items for each visitor in TARGETS as the service would, beside popularity and other rivals."""
    from training import judging, report  # noqa: PLC0415 (as above)

    console = Console(stderr=True)
    with _summary(console, as_json=as_json) as summary:
        request = judging.Request(
            models, targets, history, facts, ks, keep_seen, known_items, as_of, timezone
        )
        found = judging.judge_files(request, console)
        report.print_evaluation(found, console)
        summary |= {"status": "done", **found}


@contextmanager
def _summary(console: Console, *, as_json: bool) -> Iterator[dict[str, Any]]:
    """Collect a summary; print it as the last line, whatever happened, and end with the exit code."""
    start = time.perf_counter()
    summary: dict[str, Any] = {"status": "failed", "exit": 0}
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
