"""The page: the table of a run, on a terminal and as Markdown."""

from typing import NamedTuple

from quality.goals import Protocol, Reached, Row, reached
from quality.openings import Opening
from rich.console import Console
from rich.table import Table
from rich.text import Text

COLUMNS = ("set", "judged by", "others", "ours", "95 %", "goal", "training", "test opened")
OURS = COLUMNS.index("ours")
INTRODUCTION = """# Quality

Written by `make bench-quality`; do not edit. Each set is trained by `recsvc train` with the configuration
in `quality/SET.toml` and judged by `recsvc evaluate`, the commands that users run. Configurations were found
on validation, by hand at first and then by `recsvc tune`, whose trials stand in `quality/SET.trials.ndjson`
where it was used. The test part was opened as often as the last column says, all configurations together.
`×` is a ratio to a rival of the same run. How sets become files, and who is judged: `quality/sets.py`.

"""


class Line(NamedTuple):
    """One line of the table, as text."""

    cells: tuple[str, ...]
    met: bool | None


def lines(protocol: Protocol, opening: Opening, opened: tuple[int, int] | None, *, stale: bool) -> list[Line]:
    """The lines of one set.

    Args:
        protocol: its goals.
        opening: what was seen.
        opened: configurations that saw the test part, and times; None: this is validation.
        stale: whether the code has changed since.
    """
    found = []
    for number, row in enumerate(protocol.rows):
        value = reached(row, opening.judged)
        first = number == 0
        cost = f"{opening.seconds:.0f} s, {opening.peak_mb:.0f} MB" if first else ""
        seen = _seen(opened, stale=stale) if first else ""
        met = value is not None and round(value.value, 4) >= row.goal
        cells = (
            protocol.title if first else "",
            _judged(row),
            _others(row),
            _ours(row, value),
            _interval(row, value),
            f"≥ {row.goal:g}{' ×' if row.against else ''}",
            cost,
            seen,
        )
        found.append(Line(cells, met if value else None))
    return found


def show(found: list[Line], console: Console) -> None:
    """Print the table; goals that are met are green."""
    table = Table()
    for name in COLUMNS:
        table.add_column(name, overflow="fold")
    for line in found:
        ours = Text(line.cells[OURS], {True: "green", False: "red", None: ""}[line.met])
        table.add_row(*line.cells[:OURS], ours, *line.cells[OURS + 1 :])
    console.print(table)


def markdown(found: list[Line]) -> str:
    """The table as a page."""
    rows = [COLUMNS, ("---",) * len(COLUMNS), *(_marked(line) for line in found)]
    return INTRODUCTION + "".join(f"| {' | '.join(cells)} |\n" for cells in rows)


def _marked(line: Line) -> tuple[str, ...]:
    ours = f"**{line.cells[OURS]}**" if line.met else line.cells[OURS]
    return (*line.cells[:OURS], ours, *line.cells[OURS + 1 :])


def _judged(row: Row) -> str:
    parts = [row.metric, *([row.judged] if row.judged != "all" else [])]
    parts += [row.segment] if row.segment != "all" else []
    return ", ".join(parts) + (f" × {row.against.replace('_', ' ')}" if row.against else "")


def _others(row: Row) -> str:
    return ", ".join(f"{name} {_number(row, value)}" for name, value in row.rivals.items())


def _ours(row: Row, value: Reached | None) -> str:
    return "nobody judged" if value is None else _number(row, value.value)


def _interval(row: Row, value: Reached | None) -> str:
    if value is None or value.low is None or value.high is None:
        return ""
    return f"{_number(row, value.low)}–{_number(row, value.high)}"


def _number(row: Row, value: float) -> str:
    return f"{value:.2f}" if row.against else f"{value:.4f}"


def _seen(opened: tuple[int, int] | None, *, stale: bool) -> str:
    if opened is None:
        return "not: validation"
    configurations, times = opened
    text = f"{times} ×" + (f", {configurations} configurations" if configurations > 1 else "")
    return text + (", by earlier code" if stale else "")
