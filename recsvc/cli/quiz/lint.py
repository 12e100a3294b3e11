"""`recsvc quiz lint`: every fault of a quiz, with its line and what to do."""

import time
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import msgspec
import rich_click as click
from rich.console import Console
from rich.text import Text

from quizzes.definition import Quiz
from quizzes.errors import QuizFileError
from quizzes.lint import Finding, lint_source
from quizzes.loader import load_quiz
from quizzes.rules.rule import Level
from recsvc.cli.quiz.reading import (
    check_published,
    read_catalogue,
    read_newest,
    read_published,
    read_source,
)
from recsvc.domain.errors import BadDataError

STYLES = {Level.ERROR: "bold red", Level.WARNING: "yellow"}


@click.command()
@click.argument("files", nargs=-1, required=True, type=click.Path(path_type=Path), metavar="FILE…")
@click.option(
    "--catalogue",
    type=click.Path(path_type=Path),
    help="Items file or Merchant feed: checks that what answers wish for and filter on is there.",
)
@click.option(
    "--published",
    type=click.Path(path_type=Path, file_okay=False),
    help="Directory of published revisions: checks that none of them is altered, and that its facts agree.",
)
@click.option("--json", "as_json", is_flag=True, help="One JSON object a finding, then one with the summary.")
def lint(files: tuple[Path, ...], catalogue: Path | None, published: Path | None, *, as_json: bool) -> None:
    """Check quizzes: questions nobody reaches, missing words, unasked consent, and more.

    Ends with 65 where there is an error; warnings alone end with 0.
    """
    started = time.monotonic()
    check_published(published)
    findings = read_findings(files, catalogue, published)
    errors = count_errors(findings)
    if as_json:
        _print_json(findings, len(files), errors, time.monotonic() - started)
    else:
        print_listing(Console(soft_wrap=True, highlight=False), findings, len(files))
    if errors:
        raise BadDataError("The quizzes are not sound; correct the errors above and lint again.")


def read_findings(
    files: Sequence[Path], catalogue: Path | None = None, published: Path | None = None
) -> list[Finding]:
    """Lint files, each beside the others and beside the newest published revision of every other quiz."""
    sources = {path: read_source(path) for path in files}
    drafts = {path: quiz for path, source in sources.items() if (quiz := _sound(source, path))}
    items = read_catalogue(catalogue) if catalogue else None
    named = {quiz.id for quiz in drafts.values()}
    others = [*drafts.values(), *(read_newest(published, without=named) if published else ())]
    return [
        finding
        for path, source in sources.items()
        for finding in lint_source(
            source,
            str(path),
            items,
            read_published(published, drafts[path].id) if published and path in drafts else [],
            siblings=[one for one in others if one is not drafts.get(path)],
        )
    ]


def print_listing(console: Console, findings: Sequence[Finding], files: int) -> None:
    """Print findings for people, and how many there are."""
    for one in findings:
        head = Text.assemble(
            (f"{one.level} {one.code}", STYLES[one.level]), "  ", (f"{one.file}:{one.line}", "cyan")
        )
        console.print(head, Text(f"  {one.path}", style="dim"))
        console.print(Text(f"    {one.message}"))
    errors = count_errors(findings)
    warnings = len(findings) - errors
    console.print(f"{_count(files, 'file')}: {_count(errors, 'error')}, {_count(warnings, 'warning')}")


def count_errors(findings: Sequence[Finding]) -> int:
    """How many findings stop a quiz from being published."""
    return sum(one.level is Level.ERROR for one in findings)


def _sound(source: bytes, path: Path) -> Quiz | None:
    """The quiz of a file; a file that is none is a finding of its own."""
    try:
        return load_quiz(source, str(path))
    except QuizFileError:
        return None


def _print_json(findings: Sequence[Finding], files: int, errors: int, seconds: float) -> None:
    for one in findings:
        click.echo(msgspec.json.encode(one))
    summary: dict[str, Any] = {
        "status": "failed" if errors else "done",
        "exit": BadDataError.exit_code if errors else 0,
        "files": files,
        "errors": errors,
        "warnings": len(findings) - errors,
        "seconds": round(seconds, 3),
    }
    click.echo(msgspec.json.encode(summary))


def _count(number: int, noun: str) -> str:
    return f"{number} {noun}{'' if number == 1 else 's'}"
