"""What a run prints beside its evaluation: the sentences of the gate, and where the report is."""

from pathlib import Path

from rich.console import Console

from training.gate import Verdict


def print_verdict(verdict: Verdict, console: Console, *, forced: bool = False) -> None:
    """Print a sentence a check; one that refuses in red."""
    for check in verdict.checks:
        style = "green" if check.passed else "red"
        console.print(f"gate: {check.name}: {check.sentence}", style=style, highlight=False, soft_wrap=True)
    if forced and not verdict.passed:
        console.print("gate: published all the same (--force).", style="yellow", highlight=False)


def write_page(page: str, path: Path, console: Console) -> None:
    """Write report.html where a run that published nothing leaves it, in the place of the one before."""
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(page, "utf-8")
    print_page(path, console)


def print_page(path: Path, console: Console) -> None:
    """Say where the report is."""
    console.print(f"report: {path}", markup=False, highlight=False, soft_wrap=True)
