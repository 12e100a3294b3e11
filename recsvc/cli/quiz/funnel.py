"""`recsvc quiz funnel`: where visitors leave a quiz, and what its results sold."""

import time
from collections.abc import Mapping, Sequence
from pathlib import Path

import msgspec
import rich_click as click
from rich.console import Console

from quizzes.definition import Kind, Quiz
from recsvc.cli.databases import database_option, existing_store, state_option
from recsvc.domain.errors import BadDataError
from recsvc.reports import LOCALES
from recsvc.serving.funnel import OUTCOMES, SPLITS, STEPS, funnels
from recsvc.serving.live_quizzes import LiveQuizzes

IDLE_S = 30 * 60
"""A session without a step for so long was left (contracts: a session is 30 minutes)."""


@click.command()
@click.argument("quiz")
@click.option(
    "--by",
    type=click.Choice(SPLITS),
    metavar="PART",
    help=f"Compare parts of the visitors, by {', '.join(SPLITS[:-1])} or {SPLITS[-1]}.",
)
@click.option(
    "--window-days",
    type=click.FloatRange(min=0, min_open=True),
    default=7.0,
    show_default=True,
    help="How long after a result a click, a cart or a purchase of its items counts.",
)
@click.option(
    "--locale", type=click.Choice(LOCALES), help="Language of the tables.  [default: the first of the quiz]"
)
@state_option()
@database_option
@click.option("--json", "as_json", is_flag=True, help="One JSON object a part, then one with the summary.")
def funnel(
    quiz: str,
    by: str | None,
    window_days: float,
    locale: str | None,
    state: Path,
    database: str | None,
    *,
    as_json: bool,
) -> None:
    """Show how far visitors came in QUIZ: started, answered, skipped, left, completed, bought.

    A purchase counts for the newest result that showed the item, once, net of returns.
    """
    from recsvc.cli.quiz.funnel_tables import print_funnels  # noqa: PLC0415 (help must not wait for it)

    published = _published(state / "quizzes")
    definition = published.get(quiz)
    with existing_store(database, state) as store:
        found = funnels(
            store.read_events(STEPS),
            lambda visitor_id: store.read_events(OUTCOMES, visitor_id),
            quiz=quiz,
            questions=_questions(definition),
            by=by,
            window_days=window_days,
            idle_before=time.time() - IDLE_S,
        )
    if not found:
        raise BadDataError(_nobody(quiz, published, state))
    if as_json:
        for one in found:
            click.echo(msgspec.json.encode(one))
        click.echo(msgspec.json.encode({"status": "done", "exit": 0, "parts": len(found)}))
    else:
        console = Console(highlight=False)
        spoken = locale or _language(definition)
        print_funnels(found, console, spoken, title=quiz, by=by, window_days=window_days)


def _published(directory: Path) -> dict[str, Quiz]:
    quizzes = LiveQuizzes(directory)
    quizzes.refresh()
    return {quiz_id: quizzes.get(quiz_id) for quiz_id in quizzes.ids()}


def _questions(quiz: Quiz | None) -> Sequence[str]:
    """The order of the questions, where the quiz is published here; what is only read has no funnel."""
    return [one.id for one in quiz.questions if one.kind is not Kind.INFO] if quiz else ()


def _language(quiz: Quiz | None) -> str:
    spoken = quiz.locales[0].partition("-")[0] if quiz else LOCALES[0]
    return spoken if spoken in LOCALES else LOCALES[0]


def _nobody(quiz: str, published: Mapping[str, Quiz], state: Path) -> str:
    if quiz in published:
        return (
            f"Nobody has seen the quiz {quiz!r} in this store yet; its pages, and the elements where "
            "visitors agreed, report every step by themselves (docs/events.md)."
        )
    there = ", ".join(published) or "none"
    return f"Nobody has seen a quiz {quiz!r} in this store; published in {state / 'quizzes'}: {there}."
