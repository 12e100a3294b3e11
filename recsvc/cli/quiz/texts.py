"""`recsvc quiz texts`: the words of a quiz to translators, and back into its definition."""

import os
import secrets
from collections.abc import Callable, Sequence
from pathlib import Path

import msgspec
import rich_click as click

from quizzes.definition import Quiz
from quizzes.errors import QuizFileError, TranslationError
from quizzes.loader import load_quiz
from quizzes.translation.offers import Offer, Refusal, accept, with_sources
from quizzes.translation.rewriting import rewrite
from quizzes.translation.sheets import from_sheet, to_sheet
from quizzes.translation.xliff import from_xliff, to_xliff
from recsvc.cli.quiz.reading import read_quiz, read_source
from recsvc.domain.errors import BadDataError, NothingNewError, UsageError

WRITERS: dict[str, Callable[[Quiz], bytes]] = {"csv": to_sheet, "xliff": to_xliff}
READERS: dict[str, Callable[[bytes, str], list[Offer]]] = {
    ".csv": from_sheet,
    ".xlf": from_xliff,
    ".xliff": from_xliff,
}
SUFFIXES = {"csv": ".csv", "xliff": ".xlf"}


@click.group()
def texts() -> None:
    """Give the words of a quiz to translators, and take theirs."""


@texts.command("export")
@click.argument("files", nargs=-1, required=True, type=click.Path(path_type=Path), metavar="FILE…")
@click.option(
    "--out",
    required=True,
    type=click.Path(path_type=Path),
    help="File to write; for several quizzes a directory, where each gets a file of its name.",
)
@click.option(
    "--format",
    "form",
    type=click.Choice(list(WRITERS)),
    default="csv",
    show_default=True,
    help="CSV for spreadsheet programs, XLIFF 1.2 for translation programs.",
)
def export_texts(files: tuple[Path, ...], out: Path, form: str) -> None:
    """Write every text of a quiz with its address, a column or a file element for each locale."""
    several = len(files) > 1 or out.is_dir()
    if len(files) > 1 and out.exists() and not out.is_dir():
        raise UsageError(f"--out {out} is a file, and there are {len(files)} quizzes; name a directory.")
    targets = [out / f"{path.name.partition('.')[0]}{SUFFIXES[form]}" if several else out for path in files]
    for path, target in zip(files, targets, strict=True):
        quiz = read_quiz(path)
        try:
            contents = WRITERS[form](quiz)
        except TranslationError as error:
            raise BadDataError(f"{path}: {error}") from error
        _write(target, contents)
        click.echo(f"{target}: the texts of {quiz.id}@{quiz.revision} in {', '.join(quiz.locales)}")


@texts.command("import")
@click.argument("file", type=click.Path(path_type=Path), metavar="FILE")
@click.option(
    "--from",
    "sheet",
    required=True,
    type=click.Path(path_type=Path),
    help="What the translator sends back: .csv, .xlf or .xliff.",
)
@click.option("--out", type=click.Path(path_type=Path), help="Definition to write.  [default: FILE itself]")
@click.option(
    "--with-source", is_flag=True, help="Take the words of the source, too: they were changed in the table."
)
@click.option("--json", "as_json", is_flag=True, help="One JSON object a refused text, then the summary.")
def import_texts(file: Path, sheet: Path, out: Path | None, *, with_source: bool, as_json: bool) -> None:
    """Put translations into a definition; its comments and its layout stay as they are.

    A text is refused that the quiz does not have, whose source has other words than the definition, that is
    empty, or that has other placeholders than the source; the others are taken. Ends with 65 where none is
    taken, or nothing changes and something is refused, with 3 where nothing changes.
    """
    offers = _read_offers(sheet)
    source = read_source(file)
    try:
        quiz = load_quiz(source, str(file))
        offers = with_sources(quiz, offers) if with_source else offers
        found, refused = accept(quiz, offers)
        contents = rewrite(source, str(file), found)
    except (QuizFileError, TranslationError) as error:
        raise BadDataError(str(error)) from error
    changed = sum(map(len, found.values()))
    if changed:
        _write(out or file, contents)
    _print(sheet, refused, len(offers), changed, as_json=as_json)
    if len(refused) == len(offers):
        raise BadDataError(f"{sheet} holds no usable translation; nothing is written.")
    if refused and not changed:
        raise BadDataError(f"{sheet} changes nothing but what is refused above; nothing is written.")
    if not changed:
        raise NothingNewError(f"{file} has all the words of {sheet} already; nothing is new.")


def _read_offers(sheet: Path) -> list[Offer]:
    reader = READERS.get(sheet.suffix.lower())
    if reader is None:
        raise UsageError(
            f"--from {sheet}: translations are files that end in {', '.join(READERS)}; rename it."
        )
    try:
        return reader(read_source(sheet), str(sheet))
    except TranslationError as error:
        raise BadDataError(str(error)) from error


def _print(sheet: Path, refused: Sequence[Refusal], offers: int, changed: int, *, as_json: bool) -> None:
    taken = offers - len(refused)
    if as_json:
        for one in refused:
            click.echo(msgspec.json.encode(one._asdict()))
        status = "done" if changed else "failed" if refused or not taken else NothingNewError.code
        failed = BadDataError.exit_code if refused or not taken else NothingNewError.exit_code
        code = 0 if changed else failed
        summary = {
            "status": status,
            "exit": code,
            "read": offers,
            "rejected": len(refused),
            "changed": changed,
        }
        click.echo(msgspec.json.encode(summary))
        return
    for one in refused:
        click.echo(
            f"{sheet}:{one.line}: {one.address} in {one.locale or 'no locale'}: {one.reason}", err=True
        )
    click.echo(f"{changed} changed, {taken - changed} as they were, {len(refused)} refused")


def _write(path: Path, contents: bytes) -> None:
    """Replace a file in one rename, so that it is never half written; its mode stays."""
    path.parent.mkdir(parents=True, exist_ok=True)
    aside = path.with_name(f".{path.name}.{secrets.token_hex(8)}.part")
    try:
        with aside.open("xb") as stream:
            stream.write(contents)
            stream.flush()
            os.fsync(stream.fileno())
        if path.exists():
            aside.chmod(path.stat().st_mode)
        aside.replace(path)
    finally:
        aside.unlink(missing_ok=True)
