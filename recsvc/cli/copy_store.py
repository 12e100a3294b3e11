"""`recsvc copy`: all rows of one store into another, such as from SQLite to PostgreSQL."""

import rich_click as click
from rich.console import Console

from recsvc.cli.databases import as_json, counted
from recsvc.cli.summaries import Summary, summarised


@click.command(name="copy")
@click.option("--from", "source", required=True, help="URL of the store to read.")
@click.option("--to", "target", required=True, help="URL of the store to fill: migrated, and without rows.")
@as_json
def copy_store(source: str, target: str, *, as_json: bool) -> None:
    """Copy a store with everything in it, as of one moment, into another; whole or not at all.

    What is written to the source meanwhile is not in the copy: stop its service first when moving for good.
    Exit: 0 done, 64 usage, 65 the target has rows, 74 input or output.
    """
    from recsvc.stores.moving import copy  # noqa: PLC0415 (help must not wait for the store)

    console = Console(stderr=True)
    with summarised(Summary(), as_json=as_json) as summary:
        counts = copy(
            source,
            target,
            lambda table, done: console.print(f"{table}: {done:,}", highlight=False) if done else None,
        )
        summary.status, summary.read, summary.metrics = "done", sum(counts.values()), dict(counts)
    if not as_json:
        click.echo(f"Copied: {counted(counts)}")
