"""Texts: every text of a quiz with its place, in a visitor's locale, with piped answers filled in."""

import re
from collections.abc import Iterator, Mapping
from typing import NamedTuple

from quizzes.answers import Answer, picked
from quizzes.definition import PIPE, Question, Quiz, Text

SEPARATORS = {"ja": "、", "zh": "、"}


class Spot(NamedTuple):
    """One text and where it stands."""

    place: tuple[str | int, ...]  # such as ("questions", 2, "choices", 0)
    field: str
    text: Text


def pipes(words: str) -> list[str]:
    """The questions that a text shows the answers of."""
    return [match[1] for match in PIPE.finditer(words)]


def in_locale(quiz: Quiz, text: Text, locale: str) -> str:
    """The words in a locale, in its language, else in the first of the quiz's locales that has them."""
    tried = (locale, locale.partition("-")[0], *quiz.locales)
    return next((text[name] for name in tried if name in text), "")


def fill(quiz: Quiz, text: Text, live: Mapping[str, Answer], locale: str) -> str:
    """The words in a locale, with `{question|fallback}` replaced by what was answered."""

    def piped(match: re.Match[str]) -> str:
        return _shown(quiz, match[1], live, locale) or match[2] or ""

    return PIPE.sub(piped, in_locale(quiz, text, locale))


def _shown(quiz: Quiz, question_id: str, live: Mapping[str, Answer], locale: str) -> str:
    question, answer = quiz.question(question_id), live.get(question_id)
    if question is None or answer is None or answer.skip:
        return ""
    if isinstance(answer.value, float):
        return f"{answer.value:g}" if abs(answer.value) < 1e6 else f"{answer.value:.0f}"  # noqa: PLR2004
    if not question.choices:
        return answer.value if isinstance(answer.value, str) else ""
    words = [in_locale(quiz, choice.text, locale) for choice in picked(question, answer) if not choice.unsure]
    return SEPARATORS.get(locale.partition("-")[0], ", ").join(words)


def question_texts(question: Question, row: int) -> Iterator[Spot]:
    """Every text of one question, the `row`-th of its quiz."""
    place = ("questions", row)
    yield Spot(place, "title", question.title)
    if question.help:
        yield Spot(place, "help", question.help)
    for number, choice in enumerate(question.choices):
        yield Spot((*place, "choices", number), "text", choice.text)
        if choice.alt:
            yield Spot((*place, "choices", number), "alt", choice.alt)
    if question.range and question.range.unit:
        yield Spot(place, "range.unit", question.range.unit)
    for label in question.scale.labels if question.scale else ():
        yield Spot(place, "scale.labels", label)


def all_texts(quiz: Quiz) -> Iterator[Spot]:
    """Every text of a quiz, in file order."""
    yield Spot((), "title", quiz.title)
    for name, purpose in quiz.purposes.items():
        yield Spot(("purposes", name), "text", purpose.text)
    for row, question in enumerate(quiz.questions):
        yield from question_texts(question, row)
    for attribute, values in quiz.result.because.items():
        for value, text in values.items():
            yield Spot(("result", "because"), f"{attribute}.{value}", text)
