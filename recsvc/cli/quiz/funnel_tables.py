"""Funnel tables: how far visitors came, for people; a table a part of the visitors and a row a question."""

from collections.abc import Sequence

from rich.console import Console
from rich.table import Table
from rich.text import Text

from recsvc.serving.funnel import Funnel, QuestionFunnel
from recsvc.storefront.formats import money
from recsvc.storefront.words import Words, read_table

BAR = 12
COUNTS = ("shown", "answered", "skipped", "left")


def print_funnels(
    found: Sequence[Funnel], console: Console, locale: str, *, title: str, by: str | None, window_days: float
) -> None:
    """Print every part, then what the figures are."""
    words = Words(read_table("recsvc.cli.quiz"), locale)
    for one in found:
        part = f" · {words(f'by.{by}')} {one.part}" if by else ""
        console.print(_table(one, f"{title}{part}", words))
        console.print(Text("  →  ".join(_steps(one, words))))
        console.print(Text("  ·  ".join(_outcomes(one, words))))
        console.print()
    console.print(Text(words("end.legend", days=f"{window_days:g}"), style="dim"))


def _table(one: Funnel, title: str, words: Words) -> Table:
    table = Table(title=Text(title, style="bold"), title_justify="left", box=None, pad_edge=False)
    table.add_column(words("column.question"), overflow="fold")
    for name in COUNTS:
        table.add_column(words(f"column.{name}"), justify="right", no_wrap=True)
    table.add_column(words("column.share"), no_wrap=True)
    table.add_column(words("column.seconds"), justify="right", no_wrap=True)
    for question in one.questions:
        table.add_row(*_cells(question, one.started))
    return table


def _cells(question: QuestionFunnel, started: int) -> list[Text]:
    share = question.shown / started if started else 0.0
    is_leaky = question.left * 5 > question.shown > 0
    counts = [Text(f"{getattr(question, name):,}") for name in COUNTS]
    counts[-1].stylize("bold red" if is_leaky else "")
    bar = Text("█" * round(share * BAR), "cyan") + Text(f" {share:.0%}")
    seconds = "–" if question.seconds is None else f"{question.seconds:,.1f}"
    return [Text(question.question), *counts, bar, Text(seconds)]


def _steps(one: Funnel, words: Words) -> list[str]:
    return [
        words("end.seen", count=f"{one.seen:,}"),
        words("end.started", count=f"{one.started:,}"),
        words("end.completed", count=_share(one.completed, one.started)),
    ]


def _outcomes(one: Funnel, words: Words) -> list[str]:
    counts = [
        words(f"end.{name}", count=_share(getattr(one, name), one.completed))
        for name in ("clicked", "carted", "bought")
    ]
    return [*counts, *(money(paid, currency, words.locale) for currency, paid in one.revenue.items())]


def _share(number: int, whole: int) -> str:
    return f"{number:,} ({number / whole:.0%})" if whole else f"{number:,}"
