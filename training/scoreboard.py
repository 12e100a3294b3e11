"""The scoreboard: an evaluation as grids for a terminal of 100 columns."""

from collections.abc import Mapping, Sequence
from typing import Any

from rich.box import SIMPLE_HEAD
from rich.console import Console
from rich.table import Table as Grid

HEADINGS = {
    "model": "model",
    "popularity": "popularity",
    "popularity_window": "last\nwindow",
    "own_counts": "own\ncounts",
    "fold_in": "fold-in",
    "answers": "answers",
}
PARTS = {
    "newcomers": ("newcomers", "products known"),
    "channels": ("by channel", "channel"),
    "groups": ("by answer", "answer"),
}
NEITHER_WAY = ("novelty", "coverage")
"""More of these is another list and not a better one, so none of them is the best."""
LOWER_IS_BETTER = ("out_of_stock",)
Segment = Mapping[str, Any]


def print_evaluation(summary: Mapping[str, Any], console: Console) -> None:
    """Print the JSON of an evaluation: a grid a segment, then a line for each part of it."""
    segments = summary["segments"]
    for name, segment in segments.items():
        # Without repeats everything is new, and would stand there twice.
        if segment["visitors"] and (name == "all" or segment["model"] != segments["all"]["model"]):
            console.print(_grid(name, segment), _intervals(segment), "", sep="\n", highlight=False)
    k = 10 if 10 in summary["k"] else summary["k"][0]  # noqa: PLR2004 (what the gate looks at)
    for part, (title, of) in PARTS.items():
        judged = {name: one for name, one in summary.get(part, {}).items() if one["visitors"]}
        if judged:
            lines = _lines(f"{title}, NDCG@{k}", of, judged, f"ndcg@{k}")
            console.print(lines, "", sep="\n", highlight=False)
    if "seeds" in summary:
        seeds, found = summary["seeds"]["seeds"], summary["seeds"]["model"][f"ndcg@{k}"]
        console.print(
            f"{len(seeds)} seeds: NDCG@{k} of the model {found['mean']:.4f} on average, largest and smallest "
            f"{found['spread']:.4f} apart.",
            highlight=False, soft_wrap=True,
        )  # fmt: skip
    if summary["dropped_targets"]:
        console.print(f"{summary['dropped_targets']} targets were left out: the model does not know them.")


def _grid(name: str, segment: Segment) -> Grid:
    """Metrics by rivals."""
    rivals = [rival for rival in HEADINGS if rival in segment]
    headings = [HEADINGS[rival] for rival in rivals]
    grid = _columns(f"{name}: {segment['visitors']} visitors", "metric", headings, gap=3)
    for metric in segment["model"]:
        values = [segment[rival][metric] for rival in rivals]
        if any(value is not None for value in values):
            grid.add_row(metric, *_marked(metric, values))
    return grid


def _lines(title: str, of: str, judged: Mapping[str, Segment], metric: str) -> Grid:
    """One metric: names by rivals, with the interval of the gain over popularity."""
    rivals = [rival for rival in HEADINGS if rival in next(iter(judged.values()))]
    headings = ["visitors", *(HEADINGS[rival] for rival in rivals), "gain over\npopularity"]
    grid = _columns(title, of, headings, gap=1)
    for name, segment in judged.items():
        values = _marked(metric, [segment[rival][metric] for rival in rivals])
        grid.add_row(
            name, str(segment["visitors"]), *values, _between(segment, f"{metric}_vs_popularity", "+")
        )
    return grid


def _columns(title: str, first: str, headings: Sequence[str], gap: int) -> Grid:
    grid = Grid(title=title, title_justify="left", box=SIMPLE_HEAD, show_edge=False, padding=(0, gap // 2))
    grid.add_column(first, max_width=18, overflow="fold")
    for heading in headings:
        grid.add_column(heading, justify="right", no_wrap=True)
    return grid


def _marked(metric: str, values: list[float | None]) -> list[str]:
    """Four digits each; the best ones in bold and starred, for screens without bold."""
    name = metric.partition("@")[0]
    known = [value for value in values if value is not None]
    best = min(known) if name in LOWER_IS_BETTER else max(known)
    stars = name not in NEITHER_WAY and min(known) < max(known)
    return [
        "–"
        if value is None
        else f"[bold green]*{value:.4f}[/]"
        if stars and value == best
        else f"{value:.4f}"
        for value in values
    ]


def _intervals(segment: Segment) -> str:
    parts = [
        f"{metric.upper()} {_between(segment, metric)}, over popularity "
        f"{_between(segment, f'{metric}_vs_popularity', '+')}"
        for metric in segment["ci"]
        if "_vs_" not in metric
    ]
    return "\n".join(f"  model's {part} (95 %)" for part in parts)


def _between(segment: Segment, name: str, sign: str = "") -> str:
    low, high = segment["ci"][name]
    return f"{low:{sign}.4f} to {high:{sign}.4f}"
