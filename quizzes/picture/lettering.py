"""Lettering: how wide words are, and where their lines break, without a font at hand."""

import re
import unicodedata
from functools import lru_cache

NARROW, WIDE = frozenset("fijlrtI.,:;!'|()[]{} -"), frozenset("mwMW@%&<>=+~{}#")
LATIN = {"narrow": 0.38, "lower": 0.6, "upper": 0.7, "wide": 0.95}
"""In ems, as broad as in the broadest of the usual fonts without serifs."""
INVALID = re.compile("[\x00-\x08\x0b\x0c\x0e-\x1f\x7f-\x84\x86-\x9f\ud800-\udfff\ufffe\uffff]")
"""What XML does not hold."""
NO_START = frozenset("、。，．・：；？！」』）】〉》ーぁぃぅぇぉっゃゅょァィゥェォッャュョ々%％")


def clean(text: str) -> str:
    """The text in one line, as XML can hold it."""
    return " ".join(INVALID.sub(" ", text).split())


def width(text: str, size: float) -> float:
    """How wide a text is at a size, both in pixels; rather too wide than too narrow."""
    return sum(map(_ems, text)) * size


def wrap(text: str, size: float, limit: float) -> list[str]:
    """Break a text into lines of at most a width; a word that is wider is broken too."""
    lines: list[str] = []
    line = ""
    for part in _parts(clean(text)):
        if line and width((line + part).rstrip(), size) > limit:
            lines.append(line.rstrip())
            line = ""
        line = line + part if line else part.lstrip()
        while width(line.rstrip(), size) > limit and len(line) > 1:
            fits = max(1, sum(width(line[:end], size) <= limit for end in range(1, len(line))))
            lines.append(line[:fits])
            line = line[fits:]
    return [*lines, line.rstrip()] if line.strip() or not lines else lines


def _parts(text: str) -> list[str]:
    """What is not broken: words, and single wide letters with what may not begin a line."""
    found: list[str] = []
    for part in re.findall(r"\s+|[^\s\u2e80-\uffef]+|[\u2e80-\uffef]", text):
        if found and (part in NO_START or found[-1] in {"「", "『", "（"}):
            found[-1] += part
        else:
            found.append(part)
    return found


@lru_cache(maxsize=4096)
def _ems(letter: str) -> float:
    if unicodedata.east_asian_width(letter) in "WFA":
        return 1.0
    if letter in NARROW:
        return LATIN["narrow"]
    if letter in WIDE:
        return LATIN["wide"]
    return LATIN["upper"] if letter.isupper() else LATIN["lower"]
