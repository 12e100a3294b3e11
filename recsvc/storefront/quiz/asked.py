"""Asked: one question as a form shows it, with what was answered before and what was refused."""

from typing import NamedTuple

from quizzes.answers import Answer
from quizzes.definition import Question, Quiz
from quizzes.texts import in_locale
from recsvc.serving.session_view import NumberRange, QuestionView
from recsvc.storefront.quiz.texts import Texts


class Step(NamedTuple):
    """One whole number of a scale."""

    value: int
    words: str  # "" where only the ends have words


class Offer(NamedTuple):
    """One way to be written to, with the wording that is agreed to."""

    via: str
    wording: str


class Asked(NamedTuple):
    """A question with everything that its form needs."""

    view: QuestionView
    error: str  # what was wrong with the last attempt, "" where nothing was
    skip: str  # what the button says that leaves it out, "" where it must be answered
    hint: str
    chosen: frozenset[str]
    places: dict[str, int]  # choice → place in a ranking, from 1
    typed: str  # a number or a text
    steps: tuple[Step, ...]
    offers: tuple[Offer, ...]

    @property
    def in_a_row(self) -> bool:
        """Whether the steps of a scale stand side by side."""
        return sum(bool(step.words) for step in self.steps) < len(self.steps)


def ask(
    quiz: Quiz,
    view: QuestionView,
    texts: Texts,
    *,
    refused: str = "",
    answered: Answer | None = None,
) -> Asked:
    """Make the form of a question.

    Args:
        quiz: the revision it belongs to.
        view: the question in the visitor's language.
        texts: the words of the page.
        refused: the code with which the last attempt was refused.
        answered: what was said before, when an answer is changed.
    """
    question = quiz.question(view.id)
    value = answered.value if answered else None
    ids = value if isinstance(value, tuple) else (value,) if isinstance(value, str) else ()
    return Asked(
        view=view,
        error=_error(view, refused, texts),
        skip=_skip(view, texts),
        hint=_hint(view, texts),
        chosen=frozenset(map(_plain, (value,) if isinstance(value, float) else ids)),
        places={choice: place for place, choice in enumerate(ids, 1)},
        typed=_typed(view.range, value),
        steps=_steps(view.range) if view.kind == "scale" else (),
        offers=_offers(quiz, question, texts) if question else (),
    )


def _plain(value: str | float) -> str:
    return f"{value:g}" if isinstance(value, float) else value


def _typed(limits: NumberRange | None, value: object) -> str:
    if isinstance(value, str):
        return value
    number = value if isinstance(value, float) else limits.start if limits else None
    return "" if number is None else f"{number:.10g}"


def _error(view: QuestionView, refused: str, texts: Texts) -> str:
    skip = _skip(view, texts)
    if not refused:
        return ""
    if not skip and refused in {"empty", "not_agreed"}:
        return texts("refused.required")
    for name in (f"refused.{refused}_{view.kind}", f"refused.{refused}"):
        if texts.has(name):
            low, high = view.pick or (1, 1)
            limits = view.range
            ends = (f"{limits.min:.10g}", f"{limits.max:.10g}") if limits else ("", "")
            return texts(name, fewest=low, most=high, least=ends[0], highest=ends[1], skip=skip)
    return texts("refused.other")


def _skip(view: QuestionView, texts: Texts) -> str:
    if view.required or view.kind == "info":
        return ""
    if view.kind == "contact":
        return texts("act.no_thanks")
    if view.opt_in:
        return texts("act.rather_not")
    knows = view.kind in {"text", "rank"} or any(choice.unsure for choice in view.choices)
    return texts("act.skip") if knows else texts("act.unknown")


def _hint(view: QuestionView, texts: Texts) -> str:
    if view.kind == "rank":
        return texts("hint.rank")
    if view.pick is not None:
        fewest, most = view.pick
        if fewest == most:
            return texts("hint.pick_exactly", most=most)
        if fewest > 1:
            return texts("hint.pick", fewest=fewest, most=most)
        return texts("hint.pick_any") if most >= len(view.choices) else texts("hint.pick_most", most=most)
    if view.kind in {"slider", "number"} and view.range:
        least, most_ = f"{view.range.min:,.10g}", f"{view.range.max:,.10g}"
        return texts("hint.between", least=least, most=most_, unit=view.range.unit or "").strip()
    return ""


def _steps(limits: NumberRange | None) -> tuple[Step, ...]:
    """The steps of a scale: a word for every step, or for both ends only."""
    if limits is None:
        return ()
    values, labels = range(int(limits.min), int(limits.max) + 1), limits.labels
    if len(labels) == len(values):
        words = dict(zip(values, labels, strict=True))
    else:
        words = {values[0]: labels[0], values[-1]: labels[-1]} if labels else {}
    return tuple(Step(value, words.get(value, "")) for value in values)


def _offers(quiz: Quiz, question: Question, texts: Texts) -> tuple[Offer, ...]:
    return tuple(
        Offer(channel.via, in_locale(quiz, purpose.text, texts.locale))
        for channel in question.channels
        if (purpose := quiz.purposes.get(channel.purpose)) is not None
    )
