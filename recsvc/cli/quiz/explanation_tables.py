"""Explanation tables: a quiz explanation for people, from 80 columns on."""

from collections.abc import Iterator, Sequence

from rich import box
from rich.console import Console, Group
from rich.padding import Padding
from rich.table import Table
from rich.text import Text

from recsvc.serving.answer_worth import ValueWorth
from recsvc.serving.quiz_explanation import Explanation, QuestionWorth, Verdict

STYLES = {Verdict.FIRST: "bold green", Verdict.WORTH: "green", Verdict.DROP: "yellow"}
BAR = 10
EIGHTHS = " ▏▎▍▌▋▊▉"
NONE = "–"
LEGEND = (
    "w: the shop's own weight. by w, learnt: how far the items of the value get ahead of all items in "
    "stock, in standard deviations of a stranger's scores, by that weight and by what people with this "
    "answer bought. "
    "now: both, blended as it is served. An answer without w shows the value that it moves most."
)


def print_explanation(found: Explanation, console: Console) -> None:
    """Print the questions in informative order, then what each answer is worth."""
    console.print(_heading(found))
    measured = [question for question in found.questions if question.gain is not None]
    if measured:
        console.print(_measured(measured))
    for line in _remarks(found):
        console.print(Text(line, style="dim"))
    others = [question for question in found.questions if question.gain is None]
    if others and found.model:
        console.print()
        console.print(Text("Not measured", style="bold"))
        console.print(_unmeasured(others))
    for question in found.questions:
        if question.answers:
            console.print()
            console.print(_question_line(question))
            console.print(_answers(question) if found.model else _weights(question))
    if found.model:
        console.print()
        console.print(Text(LEGEND, style="dim"))


def _heading(found: Explanation) -> Text:
    model = f"model {found.model}, {found.items:,} of its items in stock" if found.model else "no model"
    return Text.assemble((f"{found.quiz}@{found.revision}", "bold"), f"  {model}")


def _measured(questions: Sequence[QuestionWorth]) -> Table:
    table = Table(box=box.SIMPLE_HEAD, expand=True, pad_edge=False)
    table.add_column("#", justify="right", no_wrap=True)
    table.add_column("question", ratio=1, overflow="fold")
    table.add_column("settles", justify="right", no_wrap=True)
    table.add_column("", width=BAR, no_wrap=True)
    table.add_column("so far", justify="right", no_wrap=True)
    table.add_column("verdict", no_wrap=True)
    for number, question in enumerate(questions, 1):
        gain = question.gain or 0.0
        table.add_row(
            str(number),
            Group(Text(question.id, style="bold"), Text(question.title, style="dim")),
            f"{gain:.1%}",
            Text(bar(gain), style="cyan"),
            f"{question.cumulative or 0.0:.0%}",
            Text(question.verdict, style=STYLES.get(question.verdict, "dim")),
        )
    return table


def _unmeasured(questions: Sequence[QuestionWorth]) -> Padding:
    table = Table(box=None, show_header=False, pad_edge=False)
    table.add_column(no_wrap=True)
    table.add_column(ratio=1)
    for question in questions:
        table.add_row(question.id, Text(question.why or "", style="dim"))
    return Padding(table, (0, 0, 0, 2))


def _remarks(found: Explanation) -> Iterator[str]:
    if found.model is None:
        yield (
            "No model: below stand the shop's own weights. What answers settle, and what they are worth, "
            "is known once `recsvc train` has published one (--models)."
        )
        return
    yield (
        "settles: share of the variance of the front 50 scores that the answer removes, after the "
        f"questions above it. Below {found.least_gain:.1%} a question could be dropped."
    )
    if found.order == "fixed":
        yield "pace.order is fixed: the quiz asks in file order, this one is advice."
    if not found.items:
        yield "No item in stock is known: name the items with --catalogue to see what answers are worth."


def _question_line(question: QuestionWorth) -> Text:
    line = Text.assemble((question.id, "bold"), f"  {question.title}")
    if question.fact:
        line.append(f"  fact {question.fact}", style="dim")
    if question.visitors:
        line.append(f", {question.visitors:,} visitors: learnt counts {question.blend:.0%}", style="dim")
    return line


def _answers(question: QuestionWorth) -> Padding:
    table = _table()
    for name in ("w", "by w", "learnt", "now"):
        table.add_column(name, justify="right", width=7, no_wrap=True)
    for answer, value in _lines(question):
        if value is None:
            table.add_row(answer, "", "", "", "", "")
        else:
            figures = (value.by_w, value.learnt, value.now)
            table.add_row(answer, value.attribute, _weight(value), *(_lift(figure) for figure in figures))
    return Padding(table, (0, 0, 0, 2))


def _weights(question: QuestionWorth) -> Padding:
    table = _table()
    table.add_column("w", justify="right", width=7, no_wrap=True)
    for answer, value in _lines(question):
        table.add_row(answer, value.attribute if value else "", _weight(value) if value else "")
    return Padding(table, (0, 0, 0, 2))


def _table() -> Table:
    table = Table(box=box.SIMPLE_HEAD, expand=True, pad_edge=False)
    table.add_column("answer", ratio=1, overflow="fold")
    table.add_column("value", ratio=1, overflow="fold")
    return table


def _lines(question: QuestionWorth) -> Iterator[tuple[Text, ValueWorth | None]]:
    """Every answer with the values it names, its words on the first line only."""
    for answer in question.answers:
        words = Text(answer.text, style="dim" if answer.unsure else "")
        if answer.unsure:
            words.append("  (says nothing)")
        yield words, answer.values[0] if answer.values else None
        for value in answer.values[1:]:
            yield Text(), value


def _weight(value: ValueWorth) -> str:
    return NONE if value.w is None else f"{value.w:g}"


def _lift(lift: float | None) -> str:
    return NONE if lift is None else f"{lift:+.2f}"


def bar(share: float) -> str:
    """A share as a bar of eighths of a character."""
    eighths = round(min(max(share, 0.0), 1.0) * BAR * 8)
    return ("█" * (eighths // 8) + EIGHTHS[eighths % 8]).rstrip()
