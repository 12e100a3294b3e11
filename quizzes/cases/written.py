"""Cases: what the author of a quiz expects of it, as written in `NAME.test.toml` beside the definition."""

import difflib
import re
import tomllib
from collections.abc import Collection, Iterator
from datetime import date
from typing import Annotated, Any

import msgspec
from msgspec import Meta

from quizzes.definition import Quiz
from quizzes.errors import ExpressionError, QuizFileError
from quizzes.loader import source_of
from quizzes.parser import names_in
from quizzes.source import line_at

HEADING = re.compile(r"(?m)^[ \t]*\[\[[ \t]*case[ \t]*\]\]")
PATH = re.compile(r" - at (?:`key` in )?`(\$[^`]*)`$")
UNKNOWN_FIELD = re.compile(r"unknown field `([^`]*)`")
AT_LINE = re.compile(r" \(at line (\d+), column \d+\)$")


class Case(msgspec.Struct, frozen=True, forbid_unknown_fields=True, kw_only=True):
    """Answers, and what is expected after them; what is left out is not looked at."""

    name: Annotated[str, Meta(min_length=1)]
    answers: dict[str, Any] = {}  # question → value, or {skip = true}; all other questions are skipped
    known: dict[str, str | float | tuple[str, ...]] = {}  # fact → value, known before the first answer
    asked: tuple[str, ...] | None = None  # questions in the order asked
    off: tuple[str, ...] = ()  # questions that are not on the path
    never: str | None = None  # an expression over item.* that holds for no item of the result
    top_attrs: tuple[str, ...] = ()  # attribute.value that the first item carries
    slots_filled: int | None = None
    relaxed: tuple[str, ...] | None = None  # questions whose filters gave way
    locale: str | None = None  # the reasons are looked at in this one alone
    now: Any = None  # a date or a time at which the case is true; nothing in a quiz depends on it

    @property
    def looks_at_items(self) -> bool:
        """Whether it expects something of the result."""
        counted = self.slots_filled is not None or self.relaxed is not None
        return counted or bool(self.never or self.top_attrs)


class CaseFile(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """What a file of cases holds."""

    case: tuple[Case, ...] = ()


def read_cases(source: bytes, name: str, quiz: Quiz) -> tuple[Case, ...]:
    """Read the cases of a quiz.

    Raises:
        QuizFileError: they cannot be read or name what the quiz does not have; it names the line and the fix.
    """
    text = source_of(source, name).text
    try:
        found = msgspec.convert(tomllib.loads(text), CaseFile).case
    except tomllib.TOMLDecodeError as error:
        at = AT_LINE.search(str(error))
        line = int(at[1]) if at else line_at(text, len(text))
        raise QuizFileError("syntax", name, line, "$", f"not TOML: {error}.") from error
    except msgspec.ValidationError as error:
        raise _refused(str(error), name, text) from error
    for row, case in enumerate(found):
        for field, reason in _faults(quiz, case):
            raise QuizFileError("case", name, _line(text, row), f"$.case[{row}].{field}", reason)
    return found


def _faults(quiz: Quiz, case: Case) -> Iterator[tuple[str, str]]:
    """Names that the quiz does not have, and expressions that cannot be read."""
    questions = [question.id for question in quiz.questions]
    named = {
        "answers": case.answers,
        "asked": case.asked or (),
        "off": case.off,
        "relaxed": case.relaxed or (),
    }
    for field, names in named.items():
        for name in names:
            if name not in questions:
                yield field, f"the quiz has no question `{name}`; {_nearest(name, questions)}"
    if case.never is not None:
        yield from _unreadable(case.never, questions)
    yield from _misfits(quiz, case)


def _misfits(quiz: Quiz, case: Case) -> Iterator[tuple[str, str]]:
    """Values that cannot be meant."""
    if case.locale is not None and case.locale not in quiz.locales:
        yield "locale", f"the quiz does not speak `{case.locale}`; {_nearest(case.locale, quiz.locales)}"
    if case.now is not None and not isinstance(case.now, date):
        yield "now", f"`{case.now}` is no date; write 2026-04-01 or 2026-04-01T09:00:00Z without quotes."
    for name in case.top_attrs:
        if not all(name.partition(".")):
            yield "top_attrs", f"`{name}` is no attribute.value, such as `category.tea`."


def _unreadable(never: str, questions: Collection[str]) -> Iterator[tuple[str, str]]:
    try:
        spoken = names_in(never)
    except ExpressionError as error:
        yield "never", f"{error}."
        return
    for name in sorted(spoken.questions.difference(questions)):
        yield "never", f"the quiz has no question `{name}`; {_nearest(name, questions)}"
    if not spoken.attributes:
        yield "never", f"`{never}` names no attribute of an item, such as `item.price`."


def _refused(message: str, name: str, text: str) -> QuizFileError:
    at = PATH.search(message)
    path = at[1] if at else "$"
    row = re.match(r"\$\.case\[(\d+)\]", path)
    reason = PATH.sub("", message)
    unknown = UNKNOWN_FIELD.search(reason)
    fields = Case.__struct_fields__ if row else CaseFile.__struct_fields__
    fix = _nearest(unknown[1], fields) if unknown else "correct the value."
    line = _line(text, int(row[1])) if row else 1
    if unknown:
        line = _field_line(text, unknown[1], int(row[1]) if row else 0)
    return QuizFileError(
        "field-unknown" if unknown else "field-invalid", name, line, path, f"{reason}; {fix}."
    )


def _line(text: str, row: int) -> int:
    """The line of the heading of a case."""
    headings = list(HEADING.finditer(text))
    return line_at(text, headings[row].end()) if row < len(headings) else 1


def _field_line(text: str, field: str, row: int) -> int:
    """The line of a field of a case, else of its heading."""
    headings = list(HEADING.finditer(text))
    start = headings[row].start() if row < len(headings) else 0
    match = re.compile(rf"(?m)^[ \t]*[\"']?{re.escape(field)}\b").search(text, start)
    return line_at(text, match.end()) if match else _line(text, row)


def _nearest(name: str, there: Collection[str]) -> str:
    near = difflib.get_close_matches(name, there, n=1)
    return f"did you mean `{near[0]}`?" if near else f"there are {', '.join(there)}."
