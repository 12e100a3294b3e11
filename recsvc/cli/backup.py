"""`recsvc backup` and `recsvc restore`: the store in one file, and back from it."""

from pathlib import Path

import rich_click as click

from recsvc.cli.databases import counted, store_options, url_of
from recsvc.cli.summaries import Summary, summarised

PATH = click.argument("path", type=click.Path(dir_okay=False, path_type=Path))


@click.command()
@PATH
@store_options
def backup(path: Path, database: str | None, state: Path, *, as_json: bool) -> None:
    """Write the store as it is now into the file PATH, which must not be there yet.

    The service may run meanwhile. On PostgreSQL it is a dump of pg_dump. Exit: 0 done, 64 usage,
    74 input or output.
    """
    from recsvc.stores import backups  # noqa: PLC0415 (help must not wait for the store)

    with summarised(Summary(), as_json=as_json) as summary:
        counts = backups.backup(url_of(database, state), path)
        summary.status, summary.metrics = "done", dict(counts)
    if not as_json:
        click.echo(f"{path}: {counted(counts)}")


@click.command()
@PATH
@store_options
@click.option("--replace", is_flag=True, help="Give up the rows that the database has.")
def restore(path: Path, database: str | None, state: Path, *, as_json: bool, replace: bool) -> None:
    """Put the store back as the backup PATH has it, whole or not at all; no service may be using it.

    Exit: 0 done, 64 usage, 65 no sound backup or a database with rows, 74 input or output, 75 in use.
    """
    from recsvc.stores import backups  # noqa: PLC0415 (help must not wait for the store)

    with summarised(Summary(), as_json=as_json) as summary:
        counts = backups.restore(url_of(database, state), path, replace=replace)
        summary.status, summary.metrics = "done", dict(counts)
    if not as_json:
        click.echo(f"Restored from {path}: {counted(counts)}")
