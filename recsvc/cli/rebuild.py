"""`recsvc rebuild profiles`: the projection proved, or repaired, from the log."""

from pathlib import Path

import rich_click as click
from rich.console import Console
from rich.progress import Progress

from recsvc.cli.databases import store_options, url_of
from recsvc.cli.summaries import Summary, summarised
from recsvc.domain.errors import InputOutputError


@click.group()
def rebuild() -> None:
    """Make anew what follows from the log."""


@rebuild.command()
@store_options
def profiles(database: str | None, state: Path, *, as_json: bool) -> None:
    """Project every profile anew, and who is one visitor; what is right is left as it is.

    The service may run meanwhile. Exit: 0 done, 64 usage, 74 input or output.
    """
    from recsvc.stores import open_store  # noqa: PLC0415 (help must not wait for the store)
    from recsvc.stores.rebuild import rebuild_profiles  # noqa: PLC0415

    if database is None and not (state / "recsvc.sqlite").is_file():
        raise InputOutputError(f"There is no store in {state}; name it by --state or --database.")
    with summarised(Summary(), as_json=as_json) as summary:
        store = open_store(url_of(database, state))
        try:
            with Progress(console=Console(stderr=True), transient=True) as progress:
                task = progress.add_task("profiles", total=None)
                rebuilt = rebuild_profiles(store, lambda done: progress.update(task, completed=done))
        finally:
            store.close()
        summary.status, summary.metrics = "done", rebuilt._asdict()
    if not as_json:
        click.echo(
            f"{rebuilt.names:,} names in the log: {rebuilt.differed:,} profiles differed and "
            f"{rebuilt.regrouped:,} names were of another visitor."
        )
