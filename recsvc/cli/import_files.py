"""`recsvc import`: events, items and facts from files into the store."""

from collections import deque
from collections.abc import Callable, Iterable, Iterator
from concurrent.futures import Future
from datetime import UTC, datetime
from itertools import islice
from pathlib import Path
from typing import Any, Final, NamedTuple, TypeVar

import rich_click as click
from rich.console import Console

from recsvc.cli.databases import store_options
from recsvc.cli.progress import progress_bar
from recsvc.cli.summaries import Summary, summarised

BATCH: Final = 2_000
IN_FLIGHT: Final = 4
"""Batches that wait for the store while the next ones are made."""

Kind = TypeVar("Kind")
Command = TypeVar("Command", bound=Callable[..., Any])


class Flags(NamedTuple):
    """The options that the three commands share."""

    database: str | None
    state: Path
    rejects: Path | None
    timezone: str
    as_json: bool


class Load(NamedTuple):
    """What a file becomes: how many things, batch by batch, and how many the store took of a batch."""

    total: int
    send: Callable[[Any], Iterator[tuple[int, Future[Any]]]]


def _shared(command: Command) -> Command:
    decorators = (
        click.argument("paths", nargs=-1, required=True, type=click.Path(path_type=Path), metavar="PATH…"),
        click.option(
            "--rejects",
            envvar="RECSVC_REJECTS",
            type=click.Path(dir_okay=False, path_type=Path),
            help="Where lines that cannot be read are written, NDJSON.  [default: STATE/rejects/NAME.ndjson]",
        ),
        click.option(
            "--timezone",
            envvar="RECSVC_TIMEZONE",
            default="UTC",
            show_default=True,
            help="Of times that name no zone.",
        ),
        store_options,
    )
    for decorator in reversed(decorators):
        command = decorator(command)
    return command


@click.group("import")
def import_files() -> None:
    """Load events, items or facts from files into the store.

    Files are Parquet, CSV (UTF-8 or CP932) or NDJSON; a directory means all of these in it. Lines that
    cannot be read are left out, counted and written to a rejects file. Importing a file twice changes
    nothing. Exit: 0 done, 64 usage, 65 nothing usable, 74 input or output.
    """


@import_files.command()
@_shared
def events(paths: tuple[Path, ...], **flags: Any) -> None:
    """Append what happened: visitor_id, item_id, and optionally kind, occurred_at, order_id and others.

    Lines of one order become one event. CSV files of a till, with an order and a line number instead of a
    visitor_id, are recognised by their headers.
    """
    from recsvc.files.log_events import count_events, to_events  # noqa: PLC0415 (polars loads only when needed)
    from recsvc.sources.event_files import read_event_files  # noqa: PLC0415

    def load(rejects: Any, timezone: str) -> Load:
        frame = read_event_files(paths, timezone=timezone, rejects=rejects, recognised=_say_kind)
        made = to_events(frame, datetime.now(UTC))
        return Load(count_events(frame), lambda store: _append(store, made))

    _run("events", Flags(**flags), load)


@import_files.command()
@_shared
def items(paths: tuple[Path, ...], **flags: Any) -> None:
    """Put items into the catalogue: item_id, and optionally title, category, price, attr:NAME and others.

    An item that is there already is replaced; what stores have of it stays. Google Merchant feeds (XML, TSV,
    JSON), local inventories and stock files (item_id, store_id, quantity) are recognised.
    """
    from recsvc.sources.item_files import made_items, read_item_files  # noqa: PLC0415

    def load(rejects: Any, timezone: str) -> Load:
        found = read_item_files(paths, timezone=timezone, rejects=rejects, recognised=_say_kind)
        return Load(found.total, lambda store: _put(store, made_items(found, store.read_items()[0], rejects)))

    _run("items", Flags(**flags), load)


@import_files.command()
@_shared
def facts(paths: tuple[Path, ...], **flags: Any) -> None:
    """Record what visitors said: visitor_id, fact, value, and optionally answered_at, expires_at, purpose.

    A fact that the visitor told later elsewhere stays as it is.
    """
    from recsvc.files import facts as file  # noqa: PLC0415
    from recsvc.files.log_events import count_answers, to_answers  # noqa: PLC0415

    def load(rejects: Any, timezone: str) -> Load:
        now = datetime.now(UTC)
        frame = file.read_facts(paths, rejects, timezone=timezone, now=now)
        made = to_answers(frame, now)
        return Load(count_answers(frame), lambda store: _append(store, made))

    _run("facts", Flags(**flags), load)


def _run(name: str, flags: Flags, load: Callable[[Any, str], Load]) -> None:
    """Read, write to the store, and say what came of it, also where it ended badly."""
    from recsvc.files.rejects import Rejects  # noqa: PLC0415

    console, rejects = Console(stderr=True), Rejects()
    with summarised(Summary(), as_json=flags.as_json) as summary:
        try:
            console.print(f"Reading {name} …", highlight=False)
            found = load(rejects, flags.timezone)
            summary.metrics = _store(name, found, flags, console)
            summary.status = "done"
        finally:
            summary.read, summary.rejected = rejects.read, rejects.total
            written = _write_rejects(name, rejects, flags)
            _print_rejects(rejects, written, console)
        summary.metrics["duplicate"] += rejects.duplicates
        summary.metrics["ignored_columns"] = rejects.ignored_columns
    taken = summary.metrics
    console.print(
        f"{name}: {summary.read:,} rows read, {taken['accepted']:,} {name} accepted, "
        f"{taken['duplicate']:,} there already, {summary.rejected:,} rejected, {summary.seconds:.1f} s",
        highlight=False,
        soft_wrap=True,
    )


def _say_kind(path: Path, kind: str) -> None:
    click.echo(f"{path}: read as {kind}", err=True)


def _store(name: str, found: Load, flags: Flags, console: Console) -> dict[str, Any]:
    from recsvc.stores import open_store  # noqa: PLC0415

    flags.state.mkdir(parents=True, exist_ok=True)
    store = open_store(flags.database or f"sqlite:///{flags.state / 'recsvc.sqlite'}")
    accepted = sent = 0
    if not console.is_terminal:
        console.print(f"Importing {found.total:,} {name} …", highlight=False)
    try:
        with progress_bar(console) as progress:
            bar = progress.add_task(f"Importing {name}", total=found.total)
            for size, future in _in_flight(found.send(store)):
                answer = future.result()
                accepted += sum(answer) if isinstance(answer, list) else size
                sent += size
                progress.update(bar, completed=sent)
    finally:
        store.close()
    return {"accepted": accepted, "duplicate": sent - accepted}


def _append(store: Any, made: Iterable[Any]) -> Iterator[tuple[int, Future[Any]]]:
    for batch in _batches(made):
        yield len(batch), store.append(batch)


def _put(store: Any, made: Iterable[Any]) -> Iterator[tuple[int, Future[Any]]]:
    for batch in _batches(made):
        yield len(batch), store.put_items(batch)


def _batches(made: Iterable[Kind]) -> Iterator[list[Kind]]:
    rest = iter(made)
    while batch := list(islice(rest, BATCH)):
        yield batch


def _in_flight(sent: Iterator[tuple[int, Future[Any]]]) -> Iterator[tuple[int, Future[Any]]]:
    """Hand on what was sent some batches ago, so that making and storing overlap."""
    waiting: deque[tuple[int, Future[Any]]] = deque()
    for one in sent:
        waiting.append(one)
        if len(waiting) > IN_FLIGHT:
            yield waiting.popleft()
    yield from waiting


def _write_rejects(name: str, rejects: Any, flags: Flags) -> Path | None:
    """Write the rejects; without any, only where a path was named, and an old default file goes."""
    path = flags.rejects or flags.state / "rejects" / f"{name}.ndjson"
    if rejects.total or flags.rejects:
        rejects.write(path)
        return path
    path.unlink(missing_ok=True)
    return None


def _print_rejects(rejects: Any, written: Path | None, console: Console) -> None:
    if rejects.ignored_columns:
        console.print(f"Ignored columns: {', '.join(rejects.ignored_columns)}", style="yellow", markup=False)
    for reason, count in rejects.counts.items():
        console.print(f"Rejected: {count:,} {reason}", style="yellow", highlight=False)
    if rejects.total:
        console.print(f"The rejected lines with their reasons: {written}", style="yellow", soft_wrap=True)
