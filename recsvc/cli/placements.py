"""`recsvc placements check`: what the service would say to files of placements, before it reads them."""

from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import TYPE_CHECKING

import rich_click as click
from rich.console import Console

from recsvc.cli.databases import as_json, database_option, existing_store
from recsvc.cli.quiz.reading import read_items_file
from recsvc.cli.summaries import Summary, summarised
from recsvc.domain.catalogue import Item
from recsvc.domain.errors import BadDataError, UsageError

if TYPE_CHECKING:
    from recsvc.serving.placement_file import Judged


@click.group()
def placements() -> None:
    """What may appear at which spot of a page."""


@placements.command()
@click.argument(
    "files", nargs=-1, required=True, type=click.Path(path_type=Path, exists=True), metavar="FILE…"
)
@click.option(
    "--catalogue",
    type=click.Path(path_type=Path),
    help="Items file (CSV, Parquet or NDJSON): checks that items have what placements name.",
)
@click.option(
    "--state",
    envvar="RECSVC_STATE",
    type=click.Path(file_okay=False, path_type=Path),
    help="Directory of everything the service keeps: checks the same beside the catalogue there.",
)
@database_option
@as_json
def check(
    files: tuple[Path, ...],
    *,
    catalogue: Path | None,
    state: Path | None,
    database: str | None,
    as_json: bool,
) -> None:
    """Check files of placements, or directories of them: everything that is against them, with line and fix.

    They are read together, as the service reads a directory. Exit: 0 sound, 64 usage, 65 something is wrong,
    74 a file cannot be read.
    """
    from recsvc.serving.placement_file import judge_placements  # noqa: PLC0415 (help must not wait for it)

    console = Console(stderr=True, highlight=False, markup=False, soft_wrap=True)
    with summarised(Summary(), as_json=as_json) as summary:
        found = judge_placements(files)
        items = _items(catalogue, state, database)
        findings = [*found.findings, *_beside(found, items)]
        beside = f" beside {_counted(len(items), 'item')}" if items else ""
        console.print(_counted(len(found.placements), "sound placement") + beside, *findings, sep="\n")
        summary.read, summary.rejected = len(found.placements), len(findings)
        summary.metrics = {"placements": [*found.placements], "findings": findings}
        if findings:
            raise BadDataError("The placements are not sound; correct what is named above and check again.")
        summary.status = "done"


def _items(catalogue: Path | None, state: Path | None, database: str | None) -> list[Item]:
    """The catalogue to look at; nothing where none is named.

    Raises:
        UsageError: the one that is named is empty.
    """
    if catalogue is not None:
        items = read_items_file(catalogue)
    elif state is not None or database is not None:
        with existing_store(database, state or Path()) as store:
            items = store.read_items(0)[0]
    else:
        return []
    if not items:
        raise UsageError("The catalogue holds no item to look at; `recsvc import items` brings some.")
    return items


def _beside(found: "Judged", items: Sequence[Item]) -> Iterator[str]:
    """What placements name and no item has, with file and line."""
    from recsvc.serving.placement_names import Stocked, unmet  # noqa: PLC0415

    if items:
        stocked = Stocked(items)
        for written, placement in found.readable:
            yield from (written.said(placement.id, flaw) for flaw in unmet(placement, stocked))


def _counted(number: int, noun: str) -> str:
    return f"{number:,} {noun}{'' if number == 1 else 's'}"
