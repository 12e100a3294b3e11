"""`recsvc privacy export|erase|sweep`: all that is kept of a visitor, its end, and what lapsed."""

import asyncio
import os
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from datetime import UTC, datetime
from pathlib import Path
from typing import TYPE_CHECKING, Any, TypeVar

import msgspec
import rich_click as click

from recsvc.cli.databases import existing_store, store_options
from recsvc.cli.summaries import Summary, summarised
from recsvc.domain.errors import InputOutputError, LockedError

if TYPE_CHECKING:
    from recsvc.serving.privacy import Privacy
    from recsvc.stores.sql import SqlStore

Command = TypeVar("Command", bound=Callable[..., Any])
VISITOR = click.argument("visitor")


@click.group()
def privacy() -> None:
    """Show, erase and forget what is kept of visitors. The service may run meanwhile.

    VISITOR is any of their names as the log writes it: a customer's id, `card:…`, `line:…`, `shopify:…`,
    `email:…` or `anon:…`.
    """


@privacy.command()
@VISITOR
@store_options
@click.option(
    "--out", type=click.Path(dir_okay=False, path_type=Path), help="File to write to.  [default: stdout]"
)
def export(visitor: str, database: str | None, state: Path, out: Path | None, *, as_json: bool) -> None:
    """Write everything that is kept of VISITOR, under all their names, as JSON.

    With `--json` and without `--out` the summary comes after it. Ends with 3 where nothing is kept under that
    name, with 64 where something is under its value as another kind of name.
    """
    with summarised(Summary(), as_json=as_json) as summary, _opened(database, state) as (found, _):
        found.expect(visitor)
        kept = found.export(visitor)
        text = msgspec.json.format(msgspec.json.encode(kept))
        if out is None:
            click.echo(text)
        else:
            _write(out, text)
        summary.status = "done"
        summary.metrics = {
            "names": len(kept.identities),
            "events": len(kept.events),
            "quiz_sessions": len(kept.quiz_sessions),
            "contacts": len(kept.contacts),
        }


@privacy.command()
@VISITOR
@store_options
@click.option("--yes", is_flag=True, help="Do not ask.")
def erase(visitor: str, database: str | None, state: Path, *, yes: bool, as_json: bool) -> None:
    """Erase VISITOR under all their names, and take them out of the files that exports have written.

    What is gone does not come back: events, profile, facts, consents and quiz sessions. Models hold no
    visitors. Backups that you keep are yours to forget. Ends with 3 where nothing is kept under that name,
    with 64 where something is under its value as another kind of name.
    """
    with summarised(Summary(), as_json=as_json) as summary, _opened(database, state) as (found, store):
        found.expect(visitor)
        names = sorted(store.names(visitor))
        if not yes:
            click.confirm(f"Erase everything of {', '.join(names)}?", abort=True, err=True)
        erased = asyncio.run(found.erase(visitor))
        rows = _renew(state, store)
        summary.status = "done"
        summary.metrics = {"names": erased.names, "events": erased.events, "exported_rows": rows}
    if not as_json:
        click.echo(f"Erased: {erased.events:,} events under {erased.names} names, {rows:,} rows of exports.")


@privacy.command()
@store_options
@click.option(
    "--config",
    envvar="RECSVC_CONFIG",
    type=click.Path(dir_okay=False, exists=True),
    help="Configuration, whose [retention] says how long anything is kept.",
)
@click.option(
    "--rewrite",
    is_flag=True,
    help="Write a large SQLite file anew, too; the service's writes wait, and those of over 5 s are refused.",
)
def sweep(database: str | None, state: Path, config: str | None, *, rewrite: bool, as_json: bool) -> None:
    """Forget what was kept long enough: expired facts, old events and quiz sessions, and addresses.

    The service does it by itself once an hour.
    """
    from recsvc.cli.composition import settings_of  # noqa: PLC0415 (help must not wait for it)

    with summarised(Summary(), as_json=as_json) as summary, _opened(database, state) as (found, _):
        swept = asyncio.run(found.sweep(settings_of(config, state).retention, anew=rewrite))
        if swept is None:
            raise LockedError("The service sweeps at this moment; there is nothing left to do.")
        summary.status, summary.metrics = "done", swept._asdict()
    if not as_json:
        click.echo(
            f"Forgotten: {swept.facts:,} facts, {swept.events:,} events, {swept.sessions:,} quiz sessions, "
            f"{swept.contacts:,} addresses."
        )


@contextmanager
def _opened(database: str | None, state: Path) -> Iterator[tuple["Privacy", "SqlStore"]]:
    """Privacy over a store that is there; these commands make none."""
    from recsvc.serving.privacy import Privacy  # noqa: PLC0415 (help must not wait for it)
    from recsvc.stores.secret import read_or_create_secret  # noqa: PLC0415

    with existing_store(database, state) as store:
        yield Privacy(store, read_or_create_secret(state), lambda: datetime.now(UTC)), store


def _renew(state: Path, store: "SqlStore") -> int:
    """Rewrite the events that `recsvc retrain` has exported; how many rows went."""
    directory = state / "export" / "events"
    if not directory.is_dir():
        return 0
    try:
        from recsvc.files.exported_events import renew  # noqa: PLC0415 (polars)
        from recsvc.files.whole import writing  # noqa: PLC0415
    except ImportError:
        click.echo(f"{directory} keeps its rows until the next export: files are not read here.", err=True)
        return 0
    from recsvc.serving.export import Learners  # noqa: PLC0415
    from recsvc.serving.privacy import Erasures  # noqa: PLC0415
    from recsvc.stores.secret import read_or_create_secret  # noqa: PLC0415

    with writing(directory):
        return renew(directory, Learners(store), Erasures(store, read_or_create_secret(state)).reach)


def _write(path: Path, text: bytes) -> None:
    """A file that only its owner reads."""
    try:
        with os.fdopen(os.open(path, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600), "wb") as file:
            file.write(text)
    except OSError as error:
        raise InputOutputError(f"{path} cannot be written: {error.strerror}.") from error
