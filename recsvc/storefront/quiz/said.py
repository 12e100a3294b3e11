"""Said: the answers of a session in words, each of which may be changed."""

from collections.abc import Mapping
from typing import Any, NamedTuple

import msgspec

from quizzes.answers import Answer, picked
from quizzes.definition import Kind, Question, Quiz
from quizzes.texts import SEPARATORS, fill, in_locale
from recsvc.storefront.quiz.texts import Texts


class Said(NamedTuple):
    """One answer."""

    question: str
    title: str
    words: str  # "" where it was skipped


def live_answers(answers: Mapping[str, Any]) -> dict[str, Answer]:
    """The answers of a session's view as the engine has them."""
    return {name: msgspec.convert(raw, Answer) for name, raw in answers.items()}


def said(quiz: Quiz, live: Mapping[str, Answer], texts: Texts) -> tuple[Said, ...]:
    """Every answer that counts, in the order of the quiz; what was only read is none."""
    found = ((quiz.question(name), answer) for name, answer in live.items())
    return tuple(
        Said(
            question.id,
            fill(quiz, question.title, live, texts.locale),
            in_words(quiz, question, answer, live, texts),
        )
        for question, answer in found
        if question is not None and question.kind is not Kind.INFO
    )


def in_words(quiz: Quiz, question: Question, answer: Answer, live: Mapping[str, Answer], texts: Texts) -> str:
    """One answer in words, "" where it was skipped."""
    value = answer.value
    if answer.skip or value is None:
        return ""
    if isinstance(value, dict):
        return texts(f"channel.{value.get('via', 'email')}")
    if isinstance(value, float):
        unit = in_locale(quiz, question.range.unit, texts.locale) if question.range else ""
        return texts("said.number", number=f"{value:,.10g}", unit=unit).strip()
    if not question.choices:
        return str(value)
    words = [fill(quiz, choice.text, live, texts.locale) for choice in picked(question, answer)]
    between = " › " if question.kind is Kind.RANK else SEPARATORS.get(texts.spoken(), ", ")
    return between.join(words)
