"""`recsvc quiz graph`: a picture of the paths through a quiz."""

from pathlib import Path

import rich_click as click

from quizzes.graph import draw
from recsvc.cli.quiz.reading import read_quiz
from recsvc.domain.errors import InputOutputError, UsageError


@click.command()
@click.argument("file", type=click.Path(path_type=Path), metavar="FILE")
@click.option("--out", type=click.Path(path_type=Path), help="SVG file to write.  [default: stdout]")
@click.option("--locale", help="Language of the texts.  [default: the first of the quiz]")
def graph(file: Path, out: Path | None, locale: str | None) -> None:
    """Draw the paths through a quiz, as SVG: who is asked what, and who is done early."""
    quiz = read_quiz(file)
    if locale is not None and locale not in quiz.locales:
        raise UsageError(f"--locale {locale}: {file} has {', '.join(quiz.locales)}.")
    picture = draw(quiz, locale)
    if out is None:
        click.echo(picture, nl=False)
        return
    try:
        out.write_text(picture, "utf-8")
    except OSError as error:
        raise InputOutputError(f"{out} cannot be written: {error.strerror}.") from error
    click.echo(f"{out}: {quiz.id}@{quiz.revision} in {locale or quiz.locales[0]}")
