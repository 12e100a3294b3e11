"""Loader: TOML or JSON to a Quiz, its canonical JSON and its content hash."""

import difflib
import hashlib
import re
import tomllib
from collections.abc import Iterable, Iterator, Mapping

import msgspec

from quizzes.definition import (
    Basis,
    Channel,
    Choice,
    Experiment,
    Kind,
    Order,
    Pace,
    Patch,
    Place,
    Purpose,
    Question,
    Quiz,
    Range,
    Result,
    Scale,
    Touchpoint,
)
from quizzes.errors import ExpressionError, QuizFileError
from quizzes.parser import parse
from quizzes.source import Lines, Source, line_at, path_of, place_of

SUFFIXES = (".toml", ".json")
REGEX = re.compile(r"`str` matching regex '.*'$")
WORDS: Mapping[str, Iterable[str]] = {"kind": Kind, "order": Order, "basis": Basis, "place": Place}
"""The words that a field takes, by its name."""
PATH = re.compile(r" - at (?:`key` in )?`(\$[^`]*)`$")
UNKNOWN_FIELD = re.compile(r"unknown field `([^`]*)`")
TOML_PLACE = re.compile(r" \(at line (\d+), column (\d+)\)$")
WORD = re.compile(r"[\w-]+")
LONG_NUMBER = re.compile(r"[0-9A-Fa-f_]{1000}")
PARTS: dict[str, type[msgspec.Struct]] = {
    "channels": Channel,
    "choices": Choice,
    "experiment": Experiment,
    "pace": Pace,
    "purposes": Purpose,
    "questions": Question,
    "range": Range,
    "result": Result,
    "scale": Scale,
    "set": Patch,
    "touchpoints": Touchpoint,
}


def load_quiz(source: bytes, name: str) -> Quiz:
    """Read a quiz; the suffix of its name says whether it is TOML or JSON.

    Raises:
        QuizFileError: it is no quiz; the message names file, line, path and fix.
    """
    text = _text(source, name)
    raw = _raw(text, name)
    lines = Lines(text, raw)
    try:
        quiz = msgspec.convert(raw, Quiz)
    except (msgspec.ValidationError, RecursionError) as error:
        raise _refused(str(error), name, lines) from error
    except ValueError as error:
        raise _too_long(text, name) from error
    for place, field, expression in expressions(quiz):
        try:
            parse(expression)
        except ExpressionError as error:
            path = path_of(place, field)
            raise QuizFileError("expression", name, lines.line(place), path, f"{error}.") from error
    return quiz


def source_of(source: bytes, name: str) -> Source:
    """The text of a definition, for the lines of lint findings.

    Raises:
        QuizFileError: it is no UTF-8.
    """
    return Source(name, _text(source, name))


def canonical_json(quiz: Quiz) -> bytes:
    """The one JSON form of a quiz: what is hashed, published and sent."""
    return msgspec.json.encode(quiz, order="deterministic")


def content_hash(quiz: Quiz) -> str:
    """SHA-256 of the canonical JSON, in hex."""
    return hashlib.sha256(canonical_json(quiz)).hexdigest()


def expressions(quiz: Quiz) -> Iterator[tuple[tuple[str | int, ...], str, str]]:
    """Every `when` and `must` of a quiz: its place, its field and its text."""
    for row, question in enumerate(quiz.questions):
        place = ("questions", row)
        if question.when is not None:
            yield place, "when", question.when
        if question.must is not None:
            yield place, "must", question.must
        for number, choice in enumerate(question.choices):
            if choice.must is not None:
                yield (*place, "choices", number), "must", choice.must


def _text(source: bytes, name: str) -> str:
    try:
        return source.decode("utf-8-sig")
    except UnicodeDecodeError as error:
        line = source.count(b"\n", 0, error.start) + 1
        reason = f"byte {error.start} is no UTF-8; save the file as UTF-8."
        raise QuizFileError("syntax", name, line, "$", reason) from error


def _raw(text: str, name: str) -> object:
    try:
        if name.endswith(".toml"):
            return tomllib.loads(text)
        if name.endswith(".json"):
            return msgspec.json.decode(text)
    except tomllib.TOMLDecodeError as error:
        at = TOML_PLACE.search(str(error))
        line = int(at[1]) if at else line_at(text, len(text))
        fix = _unquoted(text, line, int(at[2])) if at else ""
        raise QuizFileError("syntax", name, line, "$", f"not TOML: {error}{fix}.") from error
    except msgspec.DecodeError as error:
        byte = re.search(r"\(byte (\d+)\)", str(error))
        line = text.encode().count(b"\n", 0, int(byte[1])) + 1 if byte else line_at(text, len(text))
        raise QuizFileError("syntax", name, line, "$", f"{error}.") from error
    except RecursionError as error:
        raise QuizFileError("syntax", name, 1, "$", "nested too deep to be a quiz.") from error
    except ValueError as error:
        raise _too_long(text, name) from error
    reason = f"a quiz is a file that ends in {' or '.join(SUFFIXES)}; rename it."
    raise QuizFileError("syntax", name, 1, "$", reason)


def _unquoted(text: str, line: int, column: int) -> str:
    """What to do about a word at a place that TOML takes in quotes only; "" where there is none."""
    there = (word for word in WORD.finditer(text.split("\n")[line - 1]) if word.end() >= column)
    word = next(there, None)
    if word is None or word[0].isascii() or word.start() >= column:
        return ""
    return f'; only a to z, digits, _ and - stand without quotes: write `"{word[0]}"`'


def _too_long(text: str, name: str) -> QuizFileError:
    """The refusal of a whole number of more digits than Python converts."""
    digits = LONG_NUMBER.search(text)
    line = line_at(text, digits.start()) if digits else 1
    return QuizFileError("syntax", name, line, "$", "a number has too many digits; correct it.")


def _refused(message: str, name: str, lines: Lines) -> QuizFileError:
    at = PATH.search(message)
    path = at[1] if at else "$"
    reason = PATH.sub("", message)
    unknown = UNKNOWN_FIELD.search(reason)
    code = "field-unknown" if unknown else "field-invalid"
    fix = _nearest(unknown[1], path) if unknown else _fix(reason, path)
    reason = REGEX.sub("a text of another form", reason)
    return QuizFileError(code, name, lines.line(place_of(path)), path, f"{reason}; {fix}.")


def _nearest(field: str, path: str) -> str:
    """What was probably meant by an unknown field."""
    sections = re.findall(r"[a-z_]+", path)
    part = next((PARTS[section] for section in reversed(sections) if section in PARTS), Quiz)
    near = difflib.get_close_matches(field, part.__struct_fields__, n=1)
    if near:
        return f"did you mean `{near[0]}`"
    return f"here stand {', '.join(part.__struct_fields__)}"


def _fix(reason: str, path: str) -> str:
    if "missing required field" in reason:
        return "add it"
    field = path.rpartition(".")[2]
    if "Invalid enum value" in reason and field in WORDS:
        return f"it is one of {', '.join(WORDS[field])}"
    if "Expected `object" in reason:
        return 'write a table in braces: a text as { en = "…", ja = "…" }, weights as { attribute.value = 2 }'
    if "matching regex" in reason:
        return "ids are letters, digits, _ and -; a time is a number and a unit, such as 90d"
    return "correct the value"
