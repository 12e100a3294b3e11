"""`recsvc placements check`: what the service would say to files of placements, before it reads them."""

from pathlib import Path

import rich_click as click
from rich.console import Console

from recsvc.cli.databases import as_json
from recsvc.cli.summaries import Summary, summarised
from recsvc.domain.errors import BadDataError


@click.group()
def placements() -> None:
    """What may appear at which spot of a page."""


@placements.command()
@click.argument(
    "files", nargs=-1, required=True, type=click.Path(path_type=Path, exists=True), metavar="FILE…"
)
@as_json
def check(files: tuple[Path, ...], *, as_json: bool) -> None:
    """Check files of placements, or directories of them: everything that is against them, with line and fix.

    They are read together, as the service reads a directory. Exit: 0 sound, 64 usage, 65 something is wrong,
    74 a file cannot be read.
    """
    from recsvc.serving.placement_file import judge_placements  # noqa: PLC0415 (help must not wait for it)

    console = Console(stderr=True, highlight=False, markup=False, soft_wrap=True)
    with summarised(Summary(), as_json=as_json) as summary:
        found = judge_placements(files)
        console.print(f"{len(found.placements):,} sound placements", *found.findings, sep="\n")
        summary.read, summary.rejected = len(found.placements), len(found.findings)
        summary.metrics = {"placements": [*found.placements], "findings": found.findings}
        if found.findings:
            raise BadDataError("The placements are not sound; correct what is named above and check again.")
        summary.status = "done"
