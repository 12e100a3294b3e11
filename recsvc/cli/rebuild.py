"""`recsvc rebuild profiles`: the projection proved, or repaired, from the log."""

from pathlib import Path

import rich_click as click
from rich.console import Console
from rich.progress import Progress

from recsvc.cli.databases import existing_store, store_options
from recsvc.cli.summaries import Summary, summarised


@click.group()
def rebuild() -> None:
    """Make anew what follows from the log."""


@rebuild.command()
@store_options
def profiles(database: str | None, state: Path, *, as_json: bool) -> None:
    """Project every profile anew, and who is one visitor; what is right is left as it is.

    The service may run meanwhile. Exit: 0 done, 64 usage, 74 input or output.
    """
    from recsvc.stores.rebuild import rebuild_profiles  # noqa: PLC0415 (help must not wait for it)

    with summarised(Summary(), as_json=as_json) as summary:
        with (
            existing_store(database, state) as store,
            Progress(console=Console(stderr=True), transient=True) as progress,
        ):
            task = progress.add_task("profiles", total=None)
            rebuilt = rebuild_profiles(store, lambda done: progress.update(task, completed=done))
        summary.status, summary.metrics = "done", rebuilt._asdict()
    if not as_json:
        click.echo(
            f"{rebuilt.names:,} names in the log: {rebuilt.differed:,} profiles differed and "
            f"{rebuilt.regrouped:,} names were of another visitor."
        )
