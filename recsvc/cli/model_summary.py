"""The summary of a version for a terminal: what it learnt from, how good it is, what it cost."""

import sys
from collections.abc import Iterator, Mapping
from typing import Any

from rich import box
from rich.console import Console
from rich.markup import escape
from rich.table import Table

from recsvc.model.parameters import BUCKETS

WIDTH = 80
"""Of what goes into a file or a pipe; a terminal says its own."""
METRIC = "ndcg@10"
RIVALS = ("popularity", "popularity_window", "own_counts", "fold_in", "answers")
NOTHING = "-"


def print_summary(found: dict[str, Any]) -> None:
    """Print what `recsvc model show` knows; a part that the version lacks is left out."""
    console = Console(highlight=False, width=None if sys.stdout.isatty() else WIDTH)
    training = found["training"]
    console.print(f"[bold]{found['version']}[/] ({found['state']})")
    console.print(_facts(found, training))
    evaluation = training.get("evaluation", {})
    if evaluation.get("segments"):
        console.print(_quality(evaluation))
    console.print(_checks(training))
    console.print(_strengths(found))
    if training.get("seconds"):
        console.print(_stages(training))


def _facts(found: Mapping[str, Any], training: Mapping[str, Any]) -> Table:
    window = training.get("window", {})
    rejects = training.get("rejects", {})
    read = training.get("lines", {}).get("read")
    rejected = "".join(f", {count:,} {reason}" for reason, count in rejects.get("counts", {}).items())
    lines = {
        "window": f"{_day(window.get('from'))} to {_day(window.get('to'))}, judged from "
        f"{_day(training.get('judged_from'))}",
        "rows": f"{_count(rejects.get('read', read))} read, "
        f"{_count(rejects.get('total'))} rejected{rejected}",
        "trained on": f"{_count(found.get('visitors'))} visitors, {_count(found.get('items'))} items, "
        f"{_count(training.get('interactions'))} interactions; {_count(training.get('left_out'))} left out",
        "factors": f"{found['factors']}, alpha {found['confidence'].alpha:.2f}, "
        f"regularization {found['regularizer'].strength:g}",
        "answers": f"{', '.join(found['facts']) or 'none'}; {found['directions']} attribute directions",
        "report": found.get("report") or "none",
    }
    grid = Table.grid(padding=(0, 2))
    grid.add_column(style="dim")
    grid.add_column(overflow="fold")
    for name, text in lines.items():
        grid.add_row(name, escape(text))
    return grid


def _quality(evaluation: Mapping[str, Any]) -> Table:
    """A column a segment, so that all of them fit beside each other in 80 columns."""
    segments = dict(_segments(evaluation))
    rivals = [rival for rival in RIVALS if any(rival in segment for segment in segments.values())]
    table = _table("NDCG@10", *segments)
    ends = [segment.get("ci", {}).get(METRIC) or (None, None) for segment in segments.values()]
    models = [_score(segment["model"].get(METRIC)) for segment in segments.values()]
    table.add_row("visitors", *(_count(segment["visitors"]) for segment in segments.values()))
    table.add_row("model", *(f"[bold]{score}[/]" for score in models))
    table.add_row("  95 % from", *(_score(low) for low, _ in ends))
    table.add_row("  to", *(_score(high) for _, high in ends))
    for rival in rivals:
        scores = (_score(segment.get(rival, {}).get(METRIC)) for segment in segments.values())
        table.add_row(rival.replace("_", " "), *scores)
    return table


def _segments(evaluation: Mapping[str, Any]) -> Iterator[tuple[str, Mapping[str, Any]]]:
    """Everybody, then those of whom the answers and so many events are known."""
    yield from ((name, one) for name, one in evaluation["segments"].items() if one["visitors"])
    for events, one in evaluation.get("newcomers", {}).items():
        if one["visitors"]:
            yield f"answers\n+ {events}", one


def _checks(training: Mapping[str, Any]) -> Table:
    gate = training.get("gate", {})
    reason = {"passed": gate.get("passed"), "sentence": gate.get("reason", "not judged")}
    grid = Table.grid(padding=(0, 2))
    grid.add_column(style="dim")
    grid.add_column()
    grid.add_column(overflow="fold")
    for place, check in enumerate(gate.get("checks") or [reason]):
        word = "[green]passed[/]" if check["passed"] else "[red]failed[/]"
        grid.add_row(
            "" if place else "gate", NOTHING if check["passed"] is None else word, escape(check["sentence"])
        )
    if training.get("forced"):
        grid.add_row("", "", "Published with --force.")
    return grid


def _strengths(found: Mapping[str, Any]) -> Table:
    ends = [f"{high - 1}" for high in BUCKETS[1:]] + [""]
    names = [
        f"{low}+" if not end else f"{low}" if f"{low}" == end else f"{low}-{end}"
        for low, end in zip(BUCKETS, ends, strict=True)
    ]
    table = _table("Strengths by known items", *names)
    strengths = found["strengths"]
    table.add_row("τ answers, popularity", *(f"{value:g}" for value in strengths.tau))
    table.add_row("ρ item-item table", *(f"{value:g}" for value in strengths.rho))
    table.add_row("ω bought again", *(f"{value:g}" for value in strengths.omega))
    return table


def _stages(training: Mapping[str, Any]) -> Table:
    memory = training.get("peak_mb", {})
    table = _table("Stages", "seconds", "peak MB so far")
    for name, seconds in training["seconds"].items():
        table.add_row(name, f"{seconds:.1f}", _count(memory.get(name)))
    return table


def _table(first: str, *columns: str) -> Table:
    table = Table(box=box.SIMPLE_HEAD, padding=(0, 1), pad_edge=False)
    table.add_column(first)
    for column in columns:
        table.add_column(column.replace("_", " "), justify="right")
    return table


def _count(value: float | None) -> str:
    return NOTHING if value is None else f"{value:,.0f}"


def _score(value: float | None) -> str:
    return NOTHING if value is None else f"{value:.4f}"


def _day(moment: str | None) -> str:
    return str(moment)[:10] if moment else NOTHING
