"""Starting: what would keep the service from it; `serve` ends at the first of it, `doctor` tells all."""

import os
import socket
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, datetime
from typing import TYPE_CHECKING

from recsvc.domain.errors import InputOutputError, UsageError
from recsvc.settings import Settings, is_loopback

if TYPE_CHECKING:
    from recsvc.domain.destinations import Destination
    from recsvc.stores.sql import SqlStore


def check_start(settings: Settings) -> bool:
    """Build what a worker builds, part by part; whether there are keys.

    Raises:
        UsageError: a setting that cannot be, an extra or a secret that is missing.
        InputOutputError: the state, the store or the placements cannot be read.
    """
    check_traces()
    check_counts(settings)
    check_state(settings)
    with opened_store(settings) as store:
        keys = len(store.read_keys())
    for terms in settings.destinations:
        check_destination(terms)
    check_host(settings, keys)
    check_placements(settings)
    return keys > 0


def check_port(settings: Settings) -> None:
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


def check_traces() -> bool:
    """Whether spans are sent."""
    from recsvc.tracing import is_traced  # noqa: PLC0415 (help must not wait for any of these)

    return is_traced(os.environ)


def check_counts(settings: Settings) -> None:
    """Where requests are counted together."""
    from recsvc.stores.request_counts import open_counts  # noqa: PLC0415

    open_counts(settings.limits.storage)


def check_state(settings: Settings) -> None:
    """The state directory, made where it is not there, and the secret in it."""
    from recsvc.stores.secret import read_or_create_secret  # noqa: PLC0415

    try:
        settings.state_path.mkdir(parents=True, exist_ok=True)
    except OSError as error:
        raise InputOutputError(
            f"The state directory {settings.state_path} cannot be made ({error.strerror}); "
            "pass another --state."
        ) from error
    read_or_create_secret(settings.state_path)


@contextmanager
def opened_store(settings: Settings) -> Iterator["SqlStore"]:
    """The store, closed at the end."""
    from recsvc.stores import open_store  # noqa: PLC0415

    store = open_store(settings.database_url)
    try:
        yield store
    finally:
        store.close()


def check_host(settings: Settings, keys: int) -> None:
    """Without keys only this machine is answered."""
    if not keys and not is_loopback(settings.host):
        raise UsageError(
            f"The host {settings.host} can be reached from elsewhere, and without a key everything is open. "
            "Make a key first (`recsvc keys create`), or listen on 127.0.0.1."
        )


def check_destination(terms: "Destination") -> None:
    """Its secret, and the extra that it needs."""
    from recsvc.destinations import check_destination as check  # noqa: PLC0415

    check(terms, os.environ, lambda: datetime.now(UTC))


def check_placements(settings: Settings) -> tuple[str, ...]:
    """The ids of the placements."""
    from recsvc.serving.live_placements import LivePlacements  # noqa: PLC0415

    if settings.placements and not settings.placements_path.exists():
        raise InputOutputError(
            f"There are no placements at {settings.placements_path}; name a file or a directory of *.toml."
        )
    return tuple(LivePlacements(settings.placements_path).by_id)
