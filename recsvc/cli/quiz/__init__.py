"""Commands about quizzes: one file a command."""

import rich_click as click

from recsvc.cli.quiz.lint import lint


@click.group()
def quiz() -> None:
    """Write, check and publish quizzes."""


quiz.add_command(lint)
