"""`recsvc deliver`: bring the destinations in line now, or give back what was given up."""

from contextlib import closing
from pathlib import Path

import rich_click as click
from rich.console import Console

from recsvc.cli.databases import counted, store_options, url_of
from recsvc.cli.summaries import Summary, summarised
from recsvc.domain.errors import UsageError


@click.command()
@click.option("--config", type=click.Path(dir_okay=False, exists=True), help="Configuration, TOML.")
@click.option("--revive", metavar="DESTINATION", help="Try again what was given up there.")
@store_options
def deliver(
    config: str | None, revive: str | None, database: str | None, state: Path, *, as_json: bool
) -> None:
    """Send what is due to the destinations of the configuration and to its mailer. The service may run.

    Exit: 0 done, 64 usage, 74 input or output. What a destination does not take waits for the next attempt.
    """
    from recsvc.cli.composition import (  # noqa: PLC0415 (loads the model)
        compose_confirmations,
        compose_outbox,
        now,
        settings_of,
    )
    from recsvc.stores import open_store  # noqa: PLC0415

    settings = settings_of(config, state)
    names = [one.name for one in settings.destinations]
    if revive is not None and revive not in names:
        raise UsageError(f"No destination is called {revive!r}; there are: {', '.join(names) or 'none'}.")
    with summarised(Summary(), as_json=as_json) as summary:
        store = open_store(url_of(database, state))
        try:
            at, revived = now().timestamp(), 0
            if settings.mailer is not None and revive == settings.mailer.name:
                revived = store.revive_notices(at).result()
            elif revive is not None:
                revived = store.revive(revive, at).result()
            with closing(compose_outbox(settings, store)) as outbox:
                done = outbox.work_through()
            confirmations = compose_confirmations(settings, store)
            if confirmations is not None:
                with closing(confirmations):
                    done = done.plus(confirmations.work_through())
        finally:
            store.close()
        counts = {**done._asdict(), "revived": revived}
        summary.status, summary.metrics = "done", counts
    Console(stderr=True, highlight=False).print(f"deliveries: {counted(counts)}")
