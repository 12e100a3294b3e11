"""Texts: every text of a quiz with its place, in a visitor's locale, with piped answers filled in."""

import difflib
import re
from collections.abc import Iterator, Mapping
from itertools import chain
from typing import Any, NamedTuple

import msgspec

from quizzes.answers import Answer, picked
from quizzes.definition import PIPE, Question, Quiz, Text

SEPARATORS = {"ja": "、", "zh": "、"}


class Spot(NamedTuple):
    """One text and where it stands."""

    place: tuple[str | int, ...]  # such as ("questions", 2, "choices", 0)
    field: str
    text: Text
    address: str  # such as `questions.skin.choices.dry.text`; the same in every order of the questions
    keys: tuple[str | int, ...]  # the way to it through plain dicts and lists


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


def all_texts(quiz: Quiz) -> Iterator[Spot]:
    """Every text of a quiz, in file order, without those of the arms."""
    yield Spot((), "title", quiz.title, "title", ("title",))
    for name, purpose in quiz.purposes.items():
        place = ("purposes", name)
        yield Spot(place, "text", purpose.text, f"purposes.{name}.text", (*place, "text"))
    for row, question in enumerate(quiz.questions):
        yield from question_texts(question, row)
    for attribute, values in quiz.result.because.items():
        for value, text in values.items():
            field, place = f"{attribute}.{value}", ("result", "because")
            yield Spot(place, field, text, f"result.because.{field}", (*place, attribute, value))


def question_texts(question: Question, row: int) -> Iterator[Spot]:
    """Every text of one question, the `row`-th of its quiz."""
    place, start = ("questions", row), f"questions.{question.id}"
    yield Spot(place, "title", question.title, f"{start}.title", (*place, "title"))
    if question.help:
        yield Spot(place, "help", question.help, f"{start}.help", (*place, "help"))
    for number, choice in enumerate(question.choices):
        at, address = (*place, "choices", number), f"{start}.choices.{choice.id}"
        yield Spot(at, "text", choice.text, f"{address}.text", (*at, "text"))
        if choice.alt:
            yield Spot(at, "alt", choice.alt, f"{address}.alt", (*at, "alt"))
    if question.range and question.range.unit:
        yield Spot(place, "range.unit", question.range.unit, f"{start}.range.unit", (*place, "range", "unit"))
    for step, label in enumerate(question.scale.labels if question.scale else ()):
        keys = (*place, "scale", "labels", step)
        yield Spot(place, "scale.labels", label, f"{start}.scale.labels.{step}", keys)


def arm_texts(quiz: Quiz) -> Iterator[Spot]:
    """The words that the arms of an experiment put in the place of others."""
    for arm, patch in quiz.experiment.set.items() if quiz.experiment else ():
        for address, text in patch.texts.items():
            field = f"set.{arm}.texts.{address}"
            keys = ("experiment", "set", arm, "texts", address)
            yield Spot(("experiment",), field, text, f"experiment.{field}", keys)


def with_texts(quiz: Quiz, texts: Mapping[str, Text]) -> Quiz:
    """The quiz with other words; locales that `texts` does not name stay as they are.

    Args:
        quiz: is left as it is.
        texts: address → words by locale.

    Raises:
        ValueError: the quiz has no text of that address.
    """
    if not texts:
        return quiz
    spots = {spot.address: spot for spot in chain(arm_texts(quiz), all_texts(quiz))}
    plain = msgspec.to_builtins(quiz)
    for address, text in texts.items():
        if address not in spots:
            raise ValueError(f"there is no text `{address}`; {nearest_address(address, spots)}")
        _inside(plain, spots[address].keys).update(text)
    return msgspec.convert(plain, Quiz)


def nearest_address(address: str, there: Mapping[str, object]) -> str:
    """What was probably meant by an address."""
    near = difflib.get_close_matches(address, there, n=1)
    return f"did you mean `{near[0]}`?" if near else "`quiz texts export` lists those there are."


def _inside(part: Any, keys: tuple[str | int, ...]) -> Any:
    for key in keys:
        part = part[key]
    return part
