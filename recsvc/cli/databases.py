"""Databases: the options by which a command finds the store, and how it tells what it did there."""

from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING, Any, TypeVar

import rich_click as click

from recsvc.domain.errors import InputOutputError

if TYPE_CHECKING:
    from recsvc.stores.sql import SqlStore

Command = TypeVar("Command", bound=Callable[..., Any])

as_json = click.option(
    "--json", "as_json", is_flag=True, help="One summary object as the last line of stdout."
)
"""The option that makes the summary an object."""


def store_options(command: Command) -> Command:
    """The options `--database`, `--state` and `--json`."""
    decorators = (
        click.option(
            "--database",
            envvar="RECSVC_DATABASE",
            help="URL of the store.  [default: sqlite:///STATE/recsvc.sqlite]",
        ),
        click.option(
            "--state",
            envvar="RECSVC_STATE",
            type=click.Path(file_okay=False, path_type=Path),
            default=Path(".recsvc"),
            show_default=True,
            help="Directory of everything the service keeps.",
        ),
        as_json,
    )
    for decorator in reversed(decorators):
        command = decorator(command)
    return command


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
