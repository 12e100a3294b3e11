"""Commands about quizzes: one file a command."""

import rich_click as click

from recsvc.cli.quiz.explain import explain
from recsvc.cli.quiz.funnel import funnel
from recsvc.cli.quiz.graph import graph
from recsvc.cli.quiz.lint import lint
from recsvc.cli.quiz.preview import preview
from recsvc.cli.quiz.publish import publish
from recsvc.cli.quiz.test import test
from recsvc.cli.quiz.texts import texts


@click.group()
def quiz() -> None:
    """Write, check and publish quizzes."""


quiz.add_command(explain)
quiz.add_command(funnel)
quiz.add_command(graph)
quiz.add_command(lint)
quiz.add_command(preview)
quiz.add_command(publish)
quiz.add_command(test)
quiz.add_command(texts)
