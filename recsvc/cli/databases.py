"""Databases: the options by which a command finds the store, and how it tells what it did there."""

from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any, TypeVar

import rich_click as click

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


def counted(counts: Mapping[str, int]) -> str:
    """Counts in words."""
    return ", ".join(f"{count:,} {name}" for name, count in counts.items() if count) or "no rows"
