"""`recsvc report …`: what came of what was shown; one file a command."""

import rich_click as click

from recsvc.cli.report.placements import placements


@click.group()
def report() -> None:
    """Say what came of what was shown, from the log."""


report.add_command(placements)
