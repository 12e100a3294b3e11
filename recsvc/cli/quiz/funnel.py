"""`recsvc quiz funnel`: where visitors leave a quiz, and what its results sold."""

import time
from collections.abc import Sequence
from pathlib import Path

import msgspec
import rich_click as click
from rich.console import Console
from rich.table import Column, Table
from rich.text import Text

from quizzes.definition import Kind
from recsvc.cli.databases import database_option, existing_store, state_option
from recsvc.domain.errors import BadDataError
from recsvc.serving.funnel import OUTCOMES, SPLITS, STEPS, Funnel, QuestionFunnel, funnels
from recsvc.serving.live_quizzes import LiveQuizzes

IDLE_S = 30 * 60
"""A session without a step for so long was left (contracts: a session is 30 minutes)."""
BAR = 24


@click.command()
@click.argument("quiz")
@click.option("--by", type=click.Choice(SPLITS), help="Compare parts of the visitors.")
@click.option(
    "--window-days",
    type=click.FloatRange(min=0, min_open=True),
    default=7.0,
    show_default=True,
    help="How long after a result a click, a cart or a purchase of its items counts.",
)
@state_option()
@database_option
@click.option("--json", "as_json", is_flag=True, help="One JSON object a part, then one with the summary.")
def funnel(
    quiz: str, by: str | None, window_days: float, state: Path, database: str | None, *, as_json: bool
) -> None:
    """Show how far visitors came in QUIZ: started, answered, skipped, left, completed, bought.

    A purchase counts for the newest result that showed the item, once, net of returns.
    """
    with existing_store(database, state) as store:
        found = funnels(
            store.read_events(STEPS),
            lambda visitor_id: store.read_events(OUTCOMES, visitor_id),
            quiz=quiz,
            questions=_questions(state / "quizzes", quiz),
            by=by,
            window_days=window_days,
            idle_before=time.time() - IDLE_S,
        )
    if not found:
        raise BadDataError(f"Nobody has seen the quiz {quiz!r} in this store; look at `recsvc quiz --help`.")
    if as_json:
        for one in found:
            click.echo(msgspec.json.encode(one))
        click.echo(msgspec.json.encode({"status": "done", "exit": 0, "parts": len(found)}))
    else:
        _print(Console(soft_wrap=False, highlight=False), quiz, by, found)


def _questions(directory: Path, quiz_id: str) -> Sequence[str]:
    """The order of the questions, where the quiz is published here; what is only read has no funnel."""
    quizzes = LiveQuizzes(directory)
    quizzes.refresh()
    if quiz_id not in quizzes.ids():
        return ()
    return [one.id for one in quizzes.get(quiz_id).questions if one.kind is not Kind.INFO]


def _print(console: Console, quiz: str, by: str | None, found: Sequence[Funnel]) -> None:
    for one in found:
        table = Table(
            "question",
            *(_right(name) for name in ("shown", "answered", "skipped", "left")),
            "of those who started",
            _right("seconds"),
            title=Text(f"{quiz}{f' · {by} {one.part}' if by else ''}", style="bold"),
            title_justify="left",
            box=None,
        )
        for question in one.questions:
            table.add_row(*_cells(question, one.started))
        console.print(table)
        console.print(_ends(one))
        console.print()


def _right(name: str) -> Column:
    return Column(name, justify="right")


def _cells(question: QuestionFunnel, started: int) -> list[Text | str]:
    share = question.shown / started if started else 0.0
    bar = Text("█" * round(share * BAR), "cyan") + Text(f" {share:.0%}")
    left = Text(str(question.left), "bold red" if question.left * 5 > question.shown > 0 else "")
    seconds = "–" if question.seconds is None else f"{question.seconds:g}"
    return [
        question.question,
        str(question.shown),
        str(question.answered),
        str(question.skipped),
        left,
        bar,
        seconds,
    ]


def _ends(one: Funnel) -> Text:
    def part(name: str, number: int, whole: int) -> str:
        return f"{name} {number}{f' ({number / whole:.0%})' if whole else ''}"

    words = [
        f"seen by {one.seen}",
        f"started {one.started}",
        part("completed", one.completed, one.started),
        part("result clicked", one.clicked, one.completed),
        part("carted", one.carted, one.completed),
        part("bought", one.bought, one.completed),
        *(f"{paid:,.2f} {currency}".rstrip() for currency, paid in one.revenue.items()),
    ]
    return Text("  →  ".join(words[:3]) + "   " + "  ·  ".join(words[3:]), style="dim")
