"""Databases: the options by which a command finds the store, and how it tells what it did there."""

import os
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING, Any, TypeVar

import rich_click as click

from recsvc.domain.errors import InputOutputError
from recsvc.settings import Settings, load_settings

if TYPE_CHECKING:
    from recsvc.stores.sql import SqlStore

Command = TypeVar("Command", bound=Callable[..., Any])

as_json = click.option(
    "--json", "as_json", is_flag=True, help="One summary object as the last line of stdout."
)
"""The option that makes the summary an object."""


database_option = click.option(
    "--database",
    envvar="RECSVC_DATABASE",
    metavar="URL",
    help="Of the store.  [default: sqlite:///STATE/recsvc.sqlite]",
)
"""The option that names the store."""


def state_option(**more: Any) -> Callable[[Command], Command]:
    """The option `--state`.

    Args:
        more: what else `click.option` is told.
    """
    return click.option(
        "--state",
        envvar="RECSVC_STATE",
        type=click.Path(file_okay=False, path_type=Path),
        default=Path(".recsvc"),
        show_default=True,
        help="Directory of everything the service keeps.",
        **more,
    )


def store_options(command: Command) -> Command:
    """The options `--database`, `--state` and `--json`."""
    return database_option(state_option()(as_json(command)))


def settings_options(command: Command) -> Command:
    """The options `--config`, `--state` and `--database`, which leave to the file what they do not say."""
    file = click.Path(dir_okay=False, exists=True)
    config = click.option("--config", type=file, help="Configuration, TOML.")
    state = click.option(
        "--state",
        envvar="RECSVC_STATE",
        metavar="DIRECTORY",
        help="Directory of everything the service keeps.  [default: .recsvc]",
    )
    return config(state(database_option(command)))


def settings_from(flags: Mapping[str, Any]) -> Settings:
    """The settings as `settings_options` and the environment say them.

    Raises:
        UsageError: an unknown key or a value out of range.
        InputOutputError: the file cannot be read.
    """
    named = {f"RECSVC_{name.upper()}": flags[name] for name in ("config", "state", "database")}
    return load_settings(os.environ | {name: value for name, value in named.items() if value})


def url_of(database: str | None, state: Path) -> str:
    """The URL of the store that the options name."""
    return database or f"sqlite:///{state / 'recsvc.sqlite'}"


@contextmanager
def existing_store(database: str | None, state: Path) -> Iterator["SqlStore"]:
    """The store that the options name, closed at the end; a file that is not there is not made.

    Raises:
        InputOutputError: there is none.
    """
    from recsvc.stores import open_store  # noqa: PLC0415 (help must not wait for the store)

    if database is None and not (state / "recsvc.sqlite").is_file():
        raise InputOutputError(f"There is no store in {state}; name it by --state or --database.")
    store = open_store(url_of(database, state))
    try:
        yield store
    finally:
        store.close()


def counted(counts: Mapping[str, int]) -> str:
    """Counts in words."""
    return ", ".join(f"{count:,} {name}" for name, count in counts.items() if count) or "no rows"
