"""`recsvc serve`: the online service on this machine."""

import os
import socket
from datetime import UTC, datetime
from pathlib import Path

import rich_click as click

from recsvc.cli.databases import settings_options
from recsvc.domain.errors import InputOutputError, UsageError
from recsvc.settings import OVERRIDES, Settings, is_loopback, load_settings

NEEDS_RESTART = ("host", "port", "workers")
"""Settings of the first process, which a reload cannot change."""


@click.command()
@settings_options
@click.option("--models", metavar="DIRECTORY", help="Directory of models.  [default: STATE/models]")
@click.option(
    "--quizzes", metavar="DIRECTORY", help="Directory of published quizzes.  [default: STATE/quizzes]"
)
@click.option(
    "--placements", metavar="PATH", help="File or directory of placements.  [default: STATE/placements]"
)
@click.option(
    "--drafts",
    metavar="DIRECTORY",
    help="Directory of drafts (*.quiz.toml) to preview; they win over published ones.",
)
@click.option("--theme", metavar="FILE", help="Stylesheet laid over the one of the quiz pages.")
@click.option("--host", help="Address to listen on; loopback only until a key exists.  [default: 127.0.0.1]")
@click.option("--port", type=click.IntRange(1, 65535), help="Port to listen on.  [default: 8000]")
@click.option(
    "--workers", type=click.IntRange(1, 64), help="Processes; several need PostgreSQL.  [default: 1]"
)
def serve(config: str | None, **flags: str | int | None) -> None:
    """Serve slates, events and quizzes over HTTP.

    Without a model it starts all the same and answers empty slates; `/readyz` says what is missing.
    """
    if config:
        os.environ["RECSVC_CONFIG"] = str(Path(config).resolve())
    for name in OVERRIDES:
        if flags.get(name) is not None:
            os.environ[f"RECSVC_{name.upper()}"] = str(flags[name])
    run_server(load_settings(os.environ))


def run_server(settings: Settings) -> None:
    """Run granian with its worker processes until it is told to stop.

    Each worker builds the application itself, from the same environment; what would stop it at its start
    is tried here first, so that it ends with a sentence and an exit code.

    Raises:
        UsageError: a setting that cannot be.
        InputOutputError: the port is taken, or the state, the store or the placements cannot be read.
    """
    from granian.constants import Interfaces  # noqa: PLC0415 (help must not wait for the server)

    from recsvc.cli.workers import Workers  # noqa: PLC0415

    _check_port(settings)
    has_keys = _check_start(settings)
    asks = "" if has_keys else " (open to this machine: no keys exist yet)"
    click.echo(f"Listening on http://{settings.host}:{settings.port}{asks}")
    Workers(
        lambda: _check_reload(settings),
        "recsvc.worker:create_worker",
        address=settings.host,
        port=settings.port,
        interface=Interfaces.ASGI,
        workers=settings.workers,
        factory=True,
        log_access=False,
        websockets=False,
        respawn_failed_workers=True,
        workers_kill_timeout=30,
    ).serve()


def _check_start(settings: Settings) -> bool:
    """What would stop a worker at its start; whether there are keys."""
    from recsvc.tracing import is_traced  # noqa: PLC0415

    is_traced(os.environ)
    has_keys = _check_state(settings)
    _check_placements(settings)
    return has_keys


def _check_reload(running: Settings) -> None:
    """What would stop a worker that reads the settings anew."""
    settings = load_settings(os.environ)
    for name in NEEDS_RESTART:
        if getattr(settings, name) != getattr(running, name):
            raise UsageError(f"`{name}` has changed, which takes a restart; nothing was reloaded.")
    _check_start(settings)


def _check_port(settings: Settings) -> None:
    """The server shares ports silently; two services on one would answer by turns."""
    family = socket.AF_INET6 if ":" in settings.host else socket.AF_INET
    with socket.socket(family) as probe:
        probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            probe.bind((settings.host, settings.port))
        except OSError as error:
            raise InputOutputError(
                f"{settings.host}:{settings.port} cannot be listened on ({error.strerror}); "
                "stop what listens there or pass another --port."
            ) from error


def _check_placements(settings: Settings) -> None:
    from recsvc.serving.live_placements import LivePlacements  # noqa: PLC0415

    if settings.placements and not settings.placements_path.exists():
        raise InputOutputError(
            f"There are no placements at {settings.placements_path}; name a file or a directory of *.toml."
        )
    LivePlacements(settings.placements_path)


def _check_state(settings: Settings) -> bool:
    """Open what the service keeps, once; whether it has keys."""
    from recsvc.destinations import close_channels, open_channels, open_mailer  # noqa: PLC0415
    from recsvc.stores import open_store  # noqa: PLC0415
    from recsvc.stores.secret import read_or_create_secret  # noqa: PLC0415

    try:
        settings.state_path.mkdir(parents=True, exist_ok=True)
    except OSError as error:
        raise InputOutputError(
            f"The state directory {settings.state_path} cannot be made ({error.strerror}); "
            "pass another --state."
        ) from error
    read_or_create_secret(settings.state_path)
    store = open_store(settings.database_url)
    try:
        has_keys = bool(store.read_keys())
        close_channels(open_channels(settings.destinations, os.environ, store, lambda: datetime.now(UTC)))
        if settings.mailer is not None:
            open_mailer(settings.mailer, os.environ, lambda: datetime.now(UTC)).close()
    finally:
        store.close()
    if not has_keys and not is_loopback(settings.host):
        raise UsageError(
            f"The host {settings.host} can be reached from elsewhere, and without a key everything is open. "
            "Make a key first (`recsvc keys create`), or listen on 127.0.0.1."
        )
    return has_keys
