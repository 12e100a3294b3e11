"""Placement tables: outcomes for people, a table a placement and a column an arm."""

from collections.abc import Callable, Iterator, Sequence

from rich import box
from rich.console import Console
from rich.table import Table
from rich.text import Text

from recsvc.cli.report.placement_words import PlacementWords
from recsvc.reports.numbers import NOTHING
from recsvc.serving.estimates import Figure
from recsvc.serving.outcomes import ArmOutcome, Outcomes, PlacementOutcome

Cell = str | Text
Row = tuple[str, list[Cell]]


def print_outcomes(found: Outcomes, console: Console, locale: str) -> None:
    """Print every placement, then what the figures are."""
    words = PlacementWords(locale)
    for placement in found.placements:
        console.print(_PlacementTable(placement, words).table())
        for remark in _remarks(placement, words):
            console.print(remark)
        console.print()
    if found.unreadable:
        console.print(Text(words("remark.unreadable", count=f"{found.unreadable:,}"), style="yellow"))
    console.print(Text(words("remark.legend"), style="dim"))


def nothing_shown(found: Outcomes, locale: str) -> str:
    """Why there is nothing to print."""
    words = PlacementWords(locale)
    if found.unreadable:
        return words("refusal.unreadable", count=f"{found.unreadable:,}")
    return words("refusal.nothing")


class _PlacementTable:
    """One placement in one language."""

    def __init__(self, placement: PlacementOutcome, words: PlacementWords) -> None:
        self._placement = placement
        self._arms = placement.arms
        self._words = words

    def table(self) -> Table:
        """A column an arm, a row a figure."""
        title = Text(self._placement.placement, style="bold")
        table = Table(box=box.SIMPLE_HEAD, title=title, title_justify="left", pad_edge=False)
        table.add_column("", no_wrap=True)
        for arm in self._arms:
            table.add_column(self._words.arm(arm.arm), justify="right")
        for label, cells in (*self._counts(), *self._rates(), *self._credits()):
            table.add_row(label, *cells)
        return table

    def _counts(self) -> Iterator[Row]:
        if any(arm.share is not None for arm in self._arms):
            shares = (arm.share for arm in self._arms)
            yield self._words("row.share"), [NOTHING if one is None else f"{one:.0%}" for one in shares]
        for name in ("visitors", "slates", "impressions", "clicks", "buyers"):
            yield self._words(f"row.{name}"), [f"{getattr(arm, name):,}" for arm in self._arms]

    def _rates(self) -> Iterator[Row]:
        for name in ("click_rate", "conversion"):
            figures: list[Figure] = [getattr(arm, name) for arm in self._arms]
            yield self._words(f"row.{name}"), [_spoken(one, "{:.2%}".format) for one in figures]
            yield from self._lifts([getattr(arm.lift, name, None) for arm in self._arms])
        for currency in sorted({one for arm in self._arms for one in arm.revenue_per_visitor}):
            label = self._words("row.revenue", currency=self._words.currency(currency))
            yield label, [self._paid(arm, currency) for arm in self._arms]
            yield from self._lifts(
                [arm.lift.revenue_per_visitor.get(currency) if arm.lift else None for arm in self._arms]
            )

    def _lifts(self, lifts: Sequence[Figure | None]) -> Iterator[Row]:
        if any(arm.lift for arm in self._arms):
            label = self._words("row.lift", baseline=self._words.arm(self._placement.baseline))
            compared = [arm.lift is not None for arm in self._arms]
            yield label, [_lift(one) if beside else "" for one, beside in zip(lifts, compared, strict=True)]

    def _credits(self) -> Iterator[Row]:
        yield self._words("row.last_touch"), [self._words.credited(arm.last_touch) for arm in self._arms]
        yield self._words("row.any_touch"), [self._words.credited(arm.any_touch) for arm in self._arms]

    def _paid(self, arm: ArmOutcome, currency: str) -> str:
        figure = arm.revenue_per_visitor.get(currency)
        return NOTHING if figure is None else _spoken(figure, "{:,.2f}".format)


def _remarks(placement: PlacementOutcome, words: PlacementWords) -> Iterator[Text]:
    ratio = placement.sample_ratio
    if ratio is not None and ratio.is_off:
        yield Text(words("remark.ratio_off", p=f"{ratio.p:.1g}", counts=words.drawn(ratio)), style="bold red")
    elif ratio is not None:
        yield Text(words("remark.ratio", p=f"{ratio.p:.2f}"), style="dim")
    if placement.crossed:
        yield Text(words("remark.crossed", count=f"{placement.crossed:,}"), style="yellow")


def _spoken(figure: Figure, said: Callable[[float], str]) -> str:
    if figure.low is None or figure.high is None:
        return said(figure.value)
    return f"{said(figure.value)} ({said(figure.low)}–{said(figure.high)})"


def _lift(figure: Figure | None) -> Cell:
    if figure is None or figure.low is None or figure.high is None:
        return NOTHING
    style = "green" if figure.low > 0 else "red" if figure.high < 0 else ""
    return Text(f"{figure.value:+.1%} ({figure.low:+.1%}…{figure.high:+.1%})", style=style)
