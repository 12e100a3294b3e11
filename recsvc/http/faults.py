"""Faults: what is wrong with a request, as a code, a JSON pointer and a sentence."""

import re

import msgspec

from recsvc.domain.errors import InvalidRequestError


class Fault(msgspec.Struct, frozen=True, omit_defaults=True):
    """One thing wrong with a request."""

    code: str
    message: str
    pointer: str | None = None  # JSON pointer into the body, "" for all of it
    parameter: str | None = None  # a path, query or header parameter


class FaultyRequestError(InvalidRequestError):
    """A request with a fault that has a name of its own."""

    def __init__(self, fault: Fault) -> None:
        super().__init__(fault.message, fault.pointer or "")
        self.fault = fault


CODES = (
    (re.compile(r"Object contains unknown field"), "unknown_field"),
    (re.compile(r"Object missing required field"), "missing_field"),
    (re.compile(r"Invalid enum value"), "unknown_value"),
    (re.compile(r"Invalid RFC3339"), "invalid_time"),
    (re.compile(r"Number out of range"), "out_of_range"),
    (re.compile(r"Expected `\w+` (of length|[<>]=?) "), "out_of_range"),
    (re.compile(r"Expected `str` matching regex"), "invalid_value"),
    (re.compile(r"Expected `"), "wrong_type"),
)
"""How msgspec's sentences begin, and the code each gets."""

FIELD = re.compile(r"(?:unknown|required) field `([^`]*)`")
STEP = re.compile(r"\.([^.\[]+)|\[(\d+)\]")


def fault_of(error: Exception, base: str = "") -> Fault:
    """Name what a decoder complained about.

    Args:
        error: what msgspec or the text decoder raised.
        base: pointer to the part of the body that was decoded.
    """
    if isinstance(error, RecursionError):
        return Fault("too_deep", "The JSON is nested too deep.", base)
    if isinstance(error, UnicodeDecodeError):
        return Fault("invalid_utf8", "The body holds text that is not UTF-8.", base)
    sentence, _, path = str(error).partition(" - at `")
    if not isinstance(error, msgspec.ValidationError):
        return Fault("malformed_json", f"The body is not JSON: {sentence}.", base)
    return Fault(code_of(sentence), readable(sentence), base + _pointer(path) + _field(sentence))


def code_of(sentence: str) -> str:
    """The code of one of msgspec's sentences."""
    return next((code for pattern, code in CODES if pattern.match(sentence)), "invalid_value")


def readable(sentence: str) -> str:
    """The same sentence for people: a pattern says less than its description."""
    if sentence.startswith("Expected `str` matching regex"):
        return "Expected text of the form that the API's description gives."
    return f"{sentence[:300]}."


def _pointer(path: str) -> str:
    """`$.a[3].b` as `/a/3/b`; it ends where msgspec does not name the key of a mapping."""
    steps = path.removeprefix("$").partition("[...]")[0]
    return "".join(f"/{name or place}" for name, place in STEP.findall(steps.rstrip("`")))


def _field(sentence: str) -> str:
    named = FIELD.search(sentence)
    return f"/{escape(named.group(1))}" if named else ""


def escape(key: str) -> str:
    """A key as one step of a JSON pointer (RFC 6901)."""
    return key[:100].replace("~", "~0").replace("/", "~1")
