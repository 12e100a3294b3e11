"""`recsvc quiz publish`: from definitions to revisions that are served and never change."""

import time
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import msgspec
import rich_click as click
from rich.console import Console

from quizzes.errors import AlreadyPublishedError, QuizFileError, RevisionTakenError
from quizzes.publish import Draft, Publication, check, read_draft
from quizzes.publish import publish as write
from recsvc.cli.quiz.lint import count_errors, print_listing, read_findings
from recsvc.domain.errors import BadDataError, NothingNewError


@click.command()
@click.argument("files", nargs=-1, required=True, type=click.Path(path_type=Path), metavar="FILE…")
@click.option(
    "--to",
    "directory",
    required=True,
    type=click.Path(path_type=Path, file_okay=False),
    help="Directory that the service loads, such as .recsvc/quizzes.",
)
@click.option(
    "--catalogue",
    type=click.Path(path_type=Path),
    help="Items file or Merchant feed: nothing is published that does not fit it.",
)
@click.option("--json", "as_json", is_flag=True, help="One JSON object with the summary on stdout.")
def publish(files: tuple[Path, ...], directory: Path, catalogue: Path | None, *, as_json: bool) -> None:
    """Check quizzes and write each as ID@REVISION.json, once and for ever, with its pictures.

    Ends with 3 where all of them are published already, with 65 where one is not sound or alters what is
    published; then nothing is written. To go back, publish the older contents under a new revision.
    """
    started = time.monotonic()
    findings = read_findings(files, catalogue, directory if directory.is_dir() else None)
    errors = count_errors(findings)
    if findings:
        print_listing(Console(stderr=True, soft_wrap=True, highlight=False), findings, len(files))
    if errors:
        _sum_up([], findings=len(findings), errors=errors, started=started, as_json=as_json)
        raise BadDataError("Nothing is published; correct the errors above and publish again.")
    drafts = [draft for path in files if (draft := _new(path, directory))]
    published = [write(draft, directory) for draft in drafts]
    _sum_up(published, findings=len(findings), errors=0, started=started, as_json=as_json)
    if not published:
        raise NothingNewError(f"{directory} holds the same contents already; nothing is new.")


def _new(path: Path, directory: Path) -> Draft | None:
    """A file as it will be published; None where it is published already."""
    try:
        draft = read_draft(path)
        check(draft, directory)
    except AlreadyPublishedError:
        return None
    except (QuizFileError, RevisionTakenError) as error:
        raise BadDataError(str(error)) from error
    return draft


def _sum_up(
    published: Sequence[Publication], *, findings: int, errors: int, started: float, as_json: bool
) -> None:
    if not as_json:
        for one in published:
            click.echo(f"{one.quiz}@{one.revision}  sha256 {one.hash}  {one.path}")
        return
    status, exit_code = "done", 0
    if errors:
        status, exit_code = "failed", BadDataError.exit_code
    elif not published:
        status, exit_code = NothingNewError.code, NothingNewError.exit_code
    summary: dict[str, Any] = {
        "status": status,
        "exit": exit_code,
        "published": published,
        "errors": errors,
        "warnings": findings - errors,
        "seconds": round(time.monotonic() - started, 3),
    }
    click.echo(msgspec.json.encode(summary))
