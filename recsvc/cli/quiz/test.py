"""`recsvc quiz test`: the cases of a quiz, written and generated, and what they came by."""

import time
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import msgspec
import rich_click as click
from rich import box
from rich.console import Console
from rich.table import Column, Table
from rich.text import Text

from quizzes.cases.coverage import Covered, Report, run_cases
from quizzes.cases.trials import Outcome, Shop
from quizzes.cases.written import Case, read_cases
from quizzes.catalogue import Catalogue
from quizzes.definition import Quiz
from quizzes.errors import QuizFileError
from recsvc.cli.quiz.reading import beside, read_items_file, read_quiz, read_source
from recsvc.domain.errors import BadDataError

MISSING_SHOWN = 8


@click.command()
@click.argument("files", nargs=-1, required=True, type=click.Path(path_type=Path), metavar="FILE…")
@click.option(
    "--catalogue",
    type=click.Path(path_type=Path),
    help="Items file or Merchant feed.  [default: NAME.items.csv beside NAME.quiz.toml]",
)
@click.option("--json", "as_json", is_flag=True, help="One JSON object a case, then one with the summary.")
def test(files: tuple[Path, ...], catalogue: Path | None, *, as_json: bool) -> None:
    """Play the cases in NAME.test.toml beside NAME.quiz.toml, and one generated case for every path.

    Ends with 65 where one fails.
    """
    started = time.monotonic()
    reports = {path: _run(path, catalogue) for path in files}
    failed = sum(report.failed for report in reports.values())
    if as_json:
        _print_json(reports, failed, time.monotonic() - started)
    else:
        _print(Console(soft_wrap=True, highlight=False), reports)
    if failed:
        raise BadDataError("Cases fail; correct the quiz, the items or what the cases expect.")


def _run(path: Path, catalogue: Path | None) -> Report:
    quiz = read_quiz(path)
    return run_cases(quiz, _cases(path, quiz), _shop(catalogue or beside(path, ".items.csv"), catalogue))


def _cases(path: Path, quiz: Quiz) -> tuple[Case, ...]:
    file = beside(path, ".test.toml")
    if not file.is_file():
        return ()
    try:
        return read_cases(read_source(file), str(file), quiz)
    except QuizFileError as error:
        raise BadDataError(str(error)) from error


def _shop(path: Path, wanted: Path | None) -> Shop | None:
    """The items of a file; None where nobody named it and it is not there."""
    if wanted is None and not path.is_file():
        return None
    items = read_items_file(path)
    columns = Catalogue([item.values() for item in items], [item.can_be_bought for item in items])
    return Shop(columns, [item.item_id for item in items])


def _print_json(reports: Mapping[Path, Report], failed: int, seconds: float) -> None:
    for path, report in reports.items():
        for one in report.outcomes:
            click.echo(msgspec.json.encode(_as_object(path, one)))
    cases = sum(len(report.outcomes) for report in reports.values())
    summary: dict[str, Any] = {
        "status": "failed" if failed else "done",
        "exit": BadDataError.exit_code if failed else 0,
        "files": len(reports),
        "cases": cases,
        "passed": cases - failed,
        "failed": failed,
        "coverage": {str(path): _coverage(report) for path, report in reports.items()},
        "seconds": round(seconds, 3),
    }
    click.echo(msgspec.json.encode(summary))


def _as_object(path: Path, one: Outcome) -> dict[str, Any]:
    return {
        "file": str(path),
        "case": one.name,
        "generated": one.generated,
        "status": "failed" if one.failures else "passed",
        "failures": one.failures,
        "path": one.path,
    }


def _coverage(report: Report) -> dict[str, Any]:
    parts = {"paths": report.paths, "choices": report.choices, "reasons": report.reasons}
    return {**parts, "complete": report.complete}


def _print(console: Console, reports: Mapping[Path, Report]) -> None:
    for path, report in reports.items():
        for one in report.outcomes:
            if one.failures:
                _print_failed(console, path, one)
    for path, report in reports.items():
        console.print(_table(path, report))
        for remark in _remarks(report):
            console.print(Text(remark, style="dim"))
        console.print()
    cases = sum(len(report.outcomes) for report in reports.values())
    failed = sum(report.failed for report in reports.values())
    console.print(f"{cases} cases: {cases - failed} passed, {failed} failed")


def _print_failed(console: Console, path: Path, one: Outcome) -> None:
    file = path if one.generated else beside(path, ".test.toml")
    kind = "generated case" if one.generated else "case"
    console.print(Text.assemble(("failed", "bold red"), "  ", (str(file), "cyan"), f"  {kind}: {one.name}"))
    for failure in one.failures:
        console.print(Text(f"    {failure.what}: expected {failure.expected}"))
        console.print(Text(f"    {' ' * len(failure.what)}  got      {failure.got}"))


def _table(path: Path, report: Report) -> Table:
    table = Table(
        "",
        Column("all", justify="right"),
        Column("by every case", justify="right"),
        Column("by written cases", justify="right"),
        title=Text(str(path), style="bold"),
        title_justify="left",
        box=box.SIMPLE_HEAD,
        pad_edge=False,
    )
    written = [one for one in report.outcomes if not one.generated]
    passed = sum(not one.failures for one in report.outcomes)
    own = sum(not one.failures for one in written)
    table.add_row("cases passed", str(len(report.outcomes)), str(passed), f"{own} of {len(written)}")
    parts = {"paths": report.paths, "choices": report.choices, "reasons shown": report.reasons}
    for name, part in parts.items():
        if part is not None:
            table.add_row(name, str(part.total), _share(part.covered, part), _share(part.written, part))
    return table


def _share(number: int, part: Covered) -> str:
    return f"{number} ({number / part.total:.0%})" if part.total else f"{number}"


def _remarks(report: Report) -> list[str]:
    found = []
    parts = {"no path": report.paths, "never picked": report.choices, "never shown": report.reasons}
    for what, part in parts.items():
        if part is not None and part.missing:
            more = len(part.missing) - MISSING_SHOWN
            names = ", ".join(part.missing[:MISSING_SHOWN])
            found.append(f"{what}: {names}{f' and {more} more' if more > 0 else ''}")
    if report.reasons is None:
        found.append("Without items nothing is said about results; name them by --catalogue.")
    if not report.complete:
        found.append("There are more paths than are generated.")
    return found
