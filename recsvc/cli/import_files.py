"""`recsvc import`: events, items and facts from files into the store."""

import time
from collections.abc import Callable, Iterator, Sequence
from datetime import UTC, datetime
from pathlib import Path
from typing import Any, Final, NamedTuple, TypeVar

import rich_click as click
from rich.console import Console

from recsvc.cli.databases import store_options
from recsvc.cli.progress import progress_bar
from recsvc.cli.sending import Load, Sent, append, append_placed, in_flight, put
from recsvc.cli.summaries import Summary, summarised
from recsvc.cli.zones import DEFAULT, refuse_doubtful, timezone_option, zone_note
from recsvc.domain.catalogue import Item
from recsvc.domain.errors import BadDataError
from recsvc.domain.lookalikes import lookalikes, sentence

CONFLICT: Final = "conflicting_line"
Command = TypeVar("Command", bound=Callable[..., Any])


class Flags(NamedTuple):
    """The options that the three commands share."""

    database: str | None
    state: Path
    rejects: Path | None
    timezone: str | None
    as_json: bool


def _shared(command: Command) -> Command:
    decorators = (
        click.argument("paths", nargs=-1, required=True, type=click.Path(path_type=Path), metavar="PATH…"),
        click.option(
            "--rejects",
            envvar="RECSVC_REJECTS",
            type=click.Path(dir_okay=False, path_type=Path),
            help="Where lines that cannot be read are written, NDJSON.  [default: STATE/rejects/NAME.ndjson]",
        ),
        timezone_option,
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
    nothing. Exit: 0 done, 64 usage, 65 nothing usable, or something else than the log has, 74 input or
    output.
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
        now = datetime.now(UTC)
        frame = read_event_files(paths, timezone=timezone, rejects=rejects, now=now, recognised=_say_kind)
        named = frame["item_id"].drop_nulls().unique(maintain_order=True).to_list()

        def send(store: Any) -> Iterator[Sent]:
            _warn_of_lookalikes(named, store.read_items()[0])
            return append_placed(store, to_events(frame, now), rejects)

        return Load(count_events(frame), send)

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

        def send(store: Any) -> Iterator[Sent]:
            catalogue = store.read_items()[0]
            _warn_of_lookalikes(found.items["item_id"].to_list(), catalogue)
            return put(store, made_items(found, catalogue, rejects))

        return Load(found.total, send)

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
        return Load(count_answers(frame), lambda store: append(store, made))

    _run("facts", Flags(**flags), load)


def _run(name: str, flags: Flags, load: Callable[[Any, str], Load]) -> None:
    """Read, write to the store, and say what came of it, also where it ended badly.

    Raises:
        BadDataError: some of it contradicts what came before; the rest was imported.
    """
    from recsvc.files.rejects import Rejects  # noqa: PLC0415

    console, rejects, start = Console(stderr=True), Rejects(), time.perf_counter()
    with summarised(Summary(), as_json=flags.as_json) as summary:
        try:
            console.print(f"Reading {name} …", highlight=False)
            found = load(rejects, flags.timezone or DEFAULT)
            rows = rejects.read - rejects.total - rejects.duplicates
            if note := zone_note(rejects.zoneless, flags.timezone):
                console.print(note, style="yellow", highlight=False, soft_wrap=True)
            refuse_doubtful(rejects.zoneless, rejects.counts.get("future_time", 0), flags.timezone)
            accepted, known = _store(name, found, flags, console, rejects)
        finally:
            summary.read, summary.rejected = rejects.read, rejects.total
            written = _write_rejects(name, rejects, flags)
            _print_rejects(rejects, written, console)
        summary.metrics = {"accepted": accepted, "duplicate": known + rejects.duplicates}
        summary.metrics["ignored_columns"] = rejects.ignored_columns
        made = f" as {found.total:,} {name}" if found.total < rows else ""
        outcome = _outcome(name, made, summary, time.perf_counter() - start)
        console.print(outcome, highlight=False, soft_wrap=True)
        if CONFLICT in rejects.counts:
            raise BadDataError(_conflict(name, rejects.counts[CONFLICT], written))
        summary.status = "done"


def _outcome(name: str, made: str, summary: Summary, seconds: float) -> str:
    taken = summary.metrics or {}
    return (
        f"{name}: {summary.read:,} rows read{made}, {taken['accepted']:,} accepted, "
        f"{taken['duplicate']:,} there already, {summary.rejected:,} rows rejected, {seconds:.1f} s"
    )


def _conflict(name: str, rows: int, written: Path | None) -> str:
    return (
        f"{rows:,} {name} say something else than what came before under the same id, in these files or in "
        f"an earlier import; what came first stays, and the rest was imported. {written} names them. Tell a "
        "correction as a return of the old line and a new line of another number; where a whole import was "
        "read wrongly, such as in another time zone, import everything into a new store (--state)."
    )


def _say_kind(path: Path, kind: str) -> None:
    click.echo(f"{path}: read as {kind}", err=True)


def _store(name: str, found: Load, flags: Flags, console: Console, rejects: Any) -> tuple[int, int]:
    """How many were new, and how many the store had already, just so."""
    from recsvc.stores import open_store  # noqa: PLC0415

    flags.state.mkdir(parents=True, exist_ok=True)
    store = open_store(flags.database or f"sqlite:///{flags.state / 'recsvc.sqlite'}")
    accepted = sent = 0
    before = rejects.counts.get(CONFLICT, 0)
    if not console.is_terminal:
        console.print(f"Importing {found.total:,} {name} …", highlight=False)
    try:
        batches = in_flight(found.send(store))
        with progress_bar(console) as progress:
            bar = progress.add_task(f"Importing {name}", total=found.total)
            for batch in batches:
                accepted += batch.taken()
                sent += batch.size
                progress.update(bar, completed=sent)
    finally:
        store.close()
    return accepted, sent - accepted - rejects.counts.get(CONFLICT, 0) + before


def _warn_of_lookalikes(item_ids: Sequence[str], catalogue: Sequence[Item]) -> None:
    if found := lookalikes(item_ids, [item.item_id for item in catalogue]):
        click.secho(sentence(found), fg="yellow", err=True)


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
