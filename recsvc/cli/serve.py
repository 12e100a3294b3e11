"""`recsvc serve`: the online service on this machine."""

import gc
import os
from pathlib import Path

import rich_click as click

from recsvc.cli.databases import settings_options
from recsvc.cli.starting import check_port, check_start
from recsvc.domain.errors import UsageError
from recsvc.settings import OVERRIDES, Settings, load_settings

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
    gc.disable()  # what a start imports stays: to look for garbage in it takes a tenth of the time
    try:
        from granian.constants import Interfaces  # noqa: PLC0415 (help must not wait for the server)
        from granian.log import LogLevels  # noqa: PLC0415

        from recsvc.cli.workers import Workers  # noqa: PLC0415
        from recsvc.json_logs import SERVER, level_of, write_json_logs  # noqa: PLC0415

        check_port(settings)
        has_keys = check_start(settings)
    finally:
        gc.enable()
    asks = "" if has_keys else " (open to this machine: no keys exist yet)"
    click.echo(f"Listening on http://{settings.host}:{settings.port}{asks}")
    write_json_logs(settings)
    gc.collect()  # or what the checks leave would be frozen, too, and stay
    gc.freeze()  # nor does a worker look through what it is forked with
    Workers(
        lambda: _check_reload(settings),
        "recsvc.worker:create_worker",
        address=settings.host,
        port=settings.port,
        interface=Interfaces.ASGI,
        workers=settings.workers,
        factory=True,
        log_access=False,
        log_level=LogLevels(level_of(settings)),
        log_dictconfig=SERVER,
        websockets=False,
        respawn_failed_workers=True,
        workers_kill_timeout=30,
    ).serve()


def _check_reload(running: Settings) -> None:
    """What would stop a worker that reads the settings anew."""
    settings = load_settings(os.environ)
    for name in NEEDS_RESTART:
        if getattr(settings, name) != getattr(running, name):
            raise UsageError(f"`{name}` has changed, which takes a restart; nothing was reloaded.")
    check_start(settings)
