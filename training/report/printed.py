"""What a run prints: the tables of the evaluation and the sentence of the gate."""

from collections.abc import Mapping
from pathlib import Path
from typing import Any

from rich.console import Console
from rich.table import Table as Grid

from training.gate import Verdict


def print_evaluation(summary: Mapping[str, Any], console: Console) -> None:
    """Print an evaluation as one grid a segment."""
    rivals = ("model", "popularity", "own_counts", "fold_in", "answers")
    for name, segment in summary["segments"].items():
        if not segment["visitors"]:
            continue
        grid = Grid(title=f"{name}: {segment['visitors']} visitors", title_justify="left")
        grid.add_column("metric")
        present = [rival for rival in rivals if rival in segment]
        for rival in present:
            grid.add_column(rival.replace("_", " "), justify="right")
        for metric in segment["model"]:
            grid.add_row(metric, *(f"{segment[rival][metric]:.4f}" for rival in present))
        console.print(grid)
    if summary["dropped_targets"]:
        console.print(f"{summary['dropped_targets']} targets were left out: the model does not know them.")


def print_verdict(verdict: Verdict, console: Console) -> None:
    """Print the sentence of the gate."""
    style = "green" if verdict.passed else "red"
    console.print(f"gate: {verdict.reason}", style=style, highlight=False)


def write_page(page: str, path: Path, console: Console) -> None:
    """Write report.html where a run that published nothing leaves it, in the place of the one before."""
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(page, "utf-8")
    print_page(path, console)


def print_page(path: Path, console: Console) -> None:
    """Say where the report is."""
    console.print(f"report: {path}", markup=False, highlight=False, soft_wrap=True)
