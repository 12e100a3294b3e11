"""Rewriting: other words into a definition, whose comments, order and layout stay as they are.

The result is read again and held against the quiz that it should be, so that a file is never half right.
"""

import re
from collections.abc import Iterator, Mapping
from itertools import chain
from typing import NamedTuple

import msgspec

from quizzes.definition import Quiz, Text
from quizzes.errors import QuizFileError, TranslationError
from quizzes.loader import canonical_json, load_quiz
from quizzes.texts import Spot, all_texts, arm_texts, with_texts
from quizzes.translation.spans import BARE, Keys, Span, spans

MARK = b"\xef\xbb\xbf"
ESCAPES = {"\\": "\\\\", '"': '\\"', "\b": "\\b", "\t": "\\t", "\n": "\\n", "\f": "\\f", "\r": "\\r"}
ESCAPED = re.compile(r'[\\"\x00-\x1f\x7f]')


class Edit(NamedTuple):
    """What comes in the place of a part of the text."""

    start: int
    end: int
    text: str


def rewrite(source: bytes, name: str, texts: Mapping[str, Text]) -> bytes:
    """The definition with other words at some addresses; JSON is written anew, TOML is edited in place.

    Raises:
        QuizFileError: the definition is no quiz.
        TranslationError: the words cannot be put into their places.
        ValueError: the quiz has no text of an address.
    """
    quiz = load_quiz(source, name)
    wanted = with_texts(quiz, texts)
    if name.endswith(".json"):
        return msgspec.json.format(canonical_json(wanted), indent=2) + b"\n"
    text = source.decode("utf-8-sig")
    edited = _edited(text, sorted(_edits(text, quiz, texts)))
    result = edited.encode()
    try:
        fits = load_quiz(result, name) == wanted
    except QuizFileError:
        fits = False
    if not fits:
        raise TranslationError(
            f"{name} is written in a way that cannot be edited in place; write the words by hand, "
            "or keep each text as one table, such as title = { en = … }."
        )
    return MARK + result if source.startswith(MARK) else result


def _edits(text: str, quiz: Quiz, texts: Mapping[str, Text]) -> Iterator[Edit]:
    there = spans(text)
    for spot in chain(all_texts(quiz), arm_texts(quiz)):
        for locale, words in texts.get(spot.address, {}).items():
            at = there.get((*spot.keys, locale))
            if at is None:
                yield from _added(text, there, spot, locale, words)
            elif spot.text.get(locale) != words:
                yield Edit(at.start, at.end, _quoted(words))


def _added(text: str, there: Mapping[Keys, Span], spot: Spot, locale: str, words: str) -> Iterator[Edit]:
    """A new locale goes behind the last one of its text, written as that is."""
    others = [there[keys] for one in spot.text if (keys := (*spot.keys, one)) in there]
    if not others:
        return
    last = max(others)
    key = text[last.key : last.last] + (locale if BARE.fullmatch(locale) else _quoted(locale))
    if last.inline:
        yield Edit(last.end, last.end, f", {key} = {_quoted(words)}")
        return
    end = text.find("\n", last.end)
    end = len(text) if end < 0 else end - (text[end - 1] == "\r")
    newline = "\r\n" if "\r\n" in text else "\n"
    indent = text[text.rfind("\n", 0, last.key) + 1 : last.key]
    yield Edit(end, end, f"{newline}{indent}{key} = {_quoted(words)}")


def _edited(text: str, edits: list[Edit]) -> str:
    parts, at = [], 0
    for edit in edits:
        parts += [text[at : edit.start], edit.text]
        at = edit.end
    return "".join((*parts, text[at:]))


def _quoted(words: str) -> str:
    """A basic string of TOML."""
    return '"' + ESCAPED.sub(lambda sign: ESCAPES.get(sign[0], f"\\u{ord(sign[0]):04x}"), words) + '"'
