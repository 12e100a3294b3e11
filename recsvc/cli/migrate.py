"""`recsvc migrate`: bring the tables of a database to this release."""

from pathlib import Path

import rich_click as click

from recsvc.cli.databases import store_options, url_of
from recsvc.cli.summaries import Summary, summarised


@click.command()
@store_options
def migrate(database: str | None, state: Path, *, as_json: bool) -> None:
    """Make the tables of the store, or bring them to this release; what is up to date stays as it is.

    SQLite is brought up to date by whatever opens it, PostgreSQL never: run this before the service of a new
    release starts.
    """
    from recsvc.stores.moving import migrate as bring_up_to_date  # noqa: PLC0415 (help must not wait for it)

    with summarised(Summary(), as_json=as_json) as summary:
        before, after = bring_up_to_date(url_of(database, state))
        summary.status, summary.metrics = "done", {"from": before, "to": after}
    if not as_json:
        click.echo(f"The tables are at version {after}" + (" as before." if before == after else "."))
