"""`recsvc quiz lint`: every fault of a quiz, with its line and what to do."""

import time
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Any

import msgspec
import rich_click as click
from rich.console import Console
from rich.text import Text

from quizzes.catalogue import Catalogue
from quizzes.definition import Quiz
from quizzes.errors import QuizFileError
from quizzes.expression import Value
from quizzes.lint import Finding, lint_source
from quizzes.loader import load_quiz
from quizzes.rules.rule import Level
from recsvc.domain.catalogue import Item
from recsvc.domain.errors import BadDataError, InputOutputError, UsageError

STYLES = {Level.ERROR: "bold red", Level.WARNING: "yellow"}


@click.command()
@click.argument("files", nargs=-1, required=True, type=click.Path(path_type=Path), metavar="FILE…")
@click.option(
    "--catalogue",
    type=click.Path(path_type=Path),
    help="Items file (CSV, Parquet or NDJSON): checks that what answers wish for and filter on is there.",
)
@click.option(
    "--published",
    type=click.Path(path_type=Path, file_okay=False),
    help="Directory of published revisions: checks that none of them is altered.",
)
@click.option("--json", "as_json", is_flag=True, help="One JSON object a finding, then one with the summary.")
def lint(files: tuple[Path, ...], catalogue: Path | None, published: Path | None, *, as_json: bool) -> None:
    """Check quizzes: questions nobody reaches, missing words, unasked consent, and more.

    Ends with 65 where there is an error; warnings alone end with 0.
    """
    started = time.monotonic()
    if published and not published.is_dir():
        raise UsageError(
            f"--published {published}: no such directory; name the one that holds the published revisions."
        )
    items = read_catalogue(catalogue) if catalogue else None
    findings = [one for path in files for one in _lint_file(path, items, published)]
    errors = sum(one.level is Level.ERROR for one in findings)
    if as_json:
        _print_json(findings, len(files), errors, time.monotonic() - started)
    else:
        _print_listing(findings, len(files), errors)
    if errors:
        raise BadDataError("The quizzes are not sound; correct the errors above and lint again.")


def read_catalogue(path: Path) -> Catalogue:
    """Read the items that quizzes wish for and filter on; loads polars."""
    from recsvc.files.items import read_items, to_items  # noqa: PLC0415
    from recsvc.files.rejects import Rejects  # noqa: PLC0415

    frame = read_items(path, Rejects())
    return Catalogue(item_values(item) for item in to_items(frame))


def item_values(item: Item) -> dict[str, Value]:
    """An item as the conditions of quizzes see it: `item.price`, `item.category`, its own attributes."""
    numbers = {
        "price": item.price,
        "sale_price": item.sale_price,
        "margin": item.margin,
        "age_limit": item.age_limit,
    }
    known: dict[str, Value] = {name: float(value) for name, value in numbers.items() if value is not None}
    return known | item.attribute_values()


def _lint_file(path: Path, items: Catalogue | None, published: Path | None) -> list[Finding]:
    source = _read(path)
    try:
        quiz_id = load_quiz(source, str(path)).id
    except QuizFileError:
        quiz_id = ""
    return lint_source(source, str(path), items, list(_published(published, quiz_id)))


def _published(directory: Path | None, quiz_id: str) -> Iterator[Quiz]:
    if directory is None or not quiz_id:
        return
    for path in sorted(directory.glob(f"{quiz_id}@*.json")):
        try:
            yield load_quiz(_read(path), str(path))
        except QuizFileError as error:
            raise BadDataError(
                f"{error} A published revision is never edited; publish it again from its source."
            ) from error


def _read(path: Path) -> bytes:
    try:
        return path.read_bytes()
    except OSError as error:
        raise InputOutputError(f"{path} cannot be read: {error.strerror}.") from error


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


def _print_listing(findings: Sequence[Finding], files: int, errors: int) -> None:
    console = Console(soft_wrap=True, highlight=False)
    for one in findings:
        head = Text.assemble(
            (f"{one.level} {one.code}", STYLES[one.level]), "  ", (f"{one.file}:{one.line}", "cyan")
        )
        console.print(head, Text(f"  {one.path}", style="dim"))
        console.print(Text(f"    {one.message}"))
    warnings = len(findings) - errors
    console.print(f"{_count(files, 'file')}: {_count(errors, 'error')}, {_count(warnings, 'warning')}")


def _count(number: int, noun: str) -> str:
    return f"{number} {noun}{'' if number == 1 else 's'}"
