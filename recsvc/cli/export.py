"""`recsvc export`: what training may learn from, out of the store into Parquet files."""

from collections.abc import Callable
from datetime import UTC, datetime
from pathlib import Path
from typing import Any, NamedTuple, TypeVar

import rich_click as click
from rich.console import Console

from recsvc.cli.databases import existing_store, store_options
from recsvc.cli.export_slates import slates
from recsvc.cli.summaries import Summary, summarised
from recsvc.domain.errors import UsageError

Command = TypeVar("Command", bound=Callable[..., Any])
NO_SEGMENTS = (
    "The settings have no [[segments]], so nobody is in any; name their file by --config (docs/segments.md)."
)


class ExportSummary(Summary):
    """The summary object of --json; metrics counts rows."""

    cursor: int | None = None  # up to where the export goes; null for facts


class Flags(NamedTuple):
    """The options that the four commands share."""

    out: Path
    database: str | None
    state: Path
    as_json: bool


def _shared(command: Command) -> Command:
    out = click.option(
        "--out", required=True, type=click.Path(file_okay=False, path_type=Path),
        help="Directory to write to; one for each of the four.",
    )  # fmt: skip
    return out(store_options(command))


@click.group()
def export() -> None:
    """Write what training may learn from as Parquet files, for `recsvc train`; and slates, for mail.

    Visitors who withdrew the purpose `personalise`, or were erased, are left out, and taken out of files that
    an earlier export wrote. The service may run meanwhile. Exit: 0 done, 64 usage, 74 input or output,
    75 another export writes there.
    """


@export.command()
@_shared
@click.option(
    "--after", type=click.IntRange(min=0), help="Cursor to go on from.  [default: where the files in OUT end]"
)
def events(after: int | None, **flags: Any) -> None:
    """Add what happened since the last export: clicks, views, carts, wishes, purchases and returns."""
    from recsvc.files.exported_events import end_of, renew, write_events  # noqa: PLC0415 (polars)
    from recsvc.serving.export import Learners, interactions, reaches  # noqa: PLC0415
    from recsvc.serving.privacy import Erasures  # noqa: PLC0415
    from recsvc.stores.secret import read_or_create_secret  # noqa: PLC0415

    def run(store: Any, out: Path, summary: ExportSummary) -> None:
        start = end_of(out) if after is None else after
        if not reaches(store, start):
            raise UsageError(
                f"The log of this store ends before {start}, up to where {out} goes: it is another log. "
                "Check --database, or export into an empty directory."
            )
        learners, secret = Learners(store), read_or_create_secret(Path(flags["state"]))
        gone = renew(out, learners, Erasures(store, secret).reach)
        read, rows, summary.cursor = write_events(out, start, interactions(store, start), learners)
        summary.read, summary.metrics = read, {"rows": rows, "removed": gone}

    _run("events", Flags(**flags), run)


@export.command()
@_shared
def items(**flags: Any) -> None:
    """Write the catalogue as it stands."""
    from recsvc.files.snapshots import write_items  # noqa: PLC0415

    def run(store: Any, out: Path, summary: ExportSummary) -> None:
        found, _, summary.cursor = store.read_items()
        summary.read, summary.metrics = len(found), {"rows": write_items(out, found)}

    _run("items", Flags(**flags), run)


@export.command()
@_shared
@click.option(
    "--quizzes",
    envvar="RECSVC_QUIZZES",
    type=click.Path(file_okay=False, path_type=Path),
    help="Directory of published quizzes, which say what is sensitive.  [default: STATE/quizzes]",
)
def facts(quizzes: Path | None, **flags: Any) -> None:
    """Write what visitors said and what still holds, without answers to sensitive questions."""
    from recsvc.files.snapshots import write_facts  # noqa: PLC0415
    from recsvc.serving import export as source  # noqa: PLC0415
    from recsvc.serving.live_quizzes import LiveQuizzes  # noqa: PLC0415

    def run(store: Any, out: Path, summary: ExportSummary) -> None:
        published = LiveQuizzes(quizzes or Path(flags["state"]) / "quizzes")
        published.refresh()
        found = list(source.facts(store, published, datetime.now(UTC)))
        summary.read, summary.metrics = len(found), {"rows": write_facts(out, found)}

    _run("facts", Flags(**flags), run)


@export.command()
@_shared
@click.option(
    "--config", type=click.Path(dir_okay=False, exists=True), help="Configuration with [[segments]]."
)
def segments(config: str | None, **flags: Any) -> None:
    """Write who is in which segment now; of the model and the quizzes that the settings name."""
    from recsvc.cli.composition import compose, settings_of  # noqa: PLC0415 (loads the model)
    from recsvc.files.snapshots import write_segments  # noqa: PLC0415

    given = Flags(**flags)

    def run(store: Any, out: Path, summary: ExportSummary) -> None:
        settings = settings_of(config, given.state)
        if not settings.segments:
            click.echo(NO_SEGMENTS, err=True)
        found = list(compose(settings, store).segments.members(store))
        summary.read, summary.metrics = len(found), {"rows": write_segments(out, found)}

    _run("segments", given, run)


export.add_command(slates)


def _run(name: str, flags: Flags, run: Callable[[Any, Path, ExportSummary], None]) -> None:
    from recsvc.files.whole import writing  # noqa: PLC0415

    console = Console(stderr=True)
    with summarised(ExportSummary(), as_json=flags.as_json) as summary:
        with existing_store(flags.database, flags.state) as store, writing(flags.out):
            run(store, flags.out, summary)
        summary.status = "done"
    counted = ", ".join(f"{count:,} {what}" for what, count in (summary.metrics or {}).items())
    console.print(f"{name}: {counted} in {flags.out}", highlight=False, markup=False, soft_wrap=True)
