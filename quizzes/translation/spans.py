"""Spans: where the values of a TOML document stand, so that one can be replaced and all else stays.

The document is sound TOML: the decoder has read it, and here only positions are looked for.
"""

import re
import tomllib
from typing import NamedTuple

Keys = tuple[str | int, ...]
STRINGS = {
    '"""': re.compile(r'"""(?:[^\\]|\\.)*?"""(?:"{0,2})', re.DOTALL),
    "'''": re.compile(r"'''.*?'''(?:'{0,2})", re.DOTALL),
    '"': re.compile(r'"(?:[^"\\]|\\.)*"'),
    "'": re.compile(r"'[^']*'"),
}
BARE = re.compile(r"[A-Za-z0-9_-]+")
SCALAR = re.compile(r"[^,\]}#\r\n]+")
BLANK = re.compile(r"[ \t]*")
FILLER = re.compile(r"(?:[ \t\r\n]|#[^\n]*)*")


class Span(NamedTuple):
    """Where a pair of key and value stands."""

    key: int  # start of its key, dotted or not
    last: int  # start of the last part of its key
    start: int  # of its value
    end: int
    inline: bool  # in {}; else on lines of its own


def spans(text: str) -> dict[Keys, Span]:
    """Every pair of a document by its way through tables and arrays."""
    scanner = _Scanner(text)
    scanner.document()
    return scanner.found


class _Scanner:
    def __init__(self, text: str) -> None:
        self._text = text
        self._at = 0
        self._rows: dict[Keys, int] = {}  # array of tables → number of its last table
        self.found: dict[Keys, Span] = {}

    def document(self) -> None:
        here: Keys = ()
        self._step(FILLER)
        while self._at < len(self._text):
            if self._sees("["):
                here = self._header()
            else:
                self._pair(here, inline=False)
            self._step(FILLER)

    def _header(self) -> Keys:
        array = self._sees("[[")
        self._at += 1 + array
        names = [name for name, _ in self._key()]
        self._at += 1 + array
        path: Keys = ()
        for number, name in enumerate(names, 1):
            path = (*path, name)
            if array and number == len(names):
                self._rows[path] = self._rows.get(path, -1) + 1
            if path in self._rows:
                path = (*path, self._rows[path])
        return path

    def _pair(self, table: Keys, *, inline: bool) -> None:
        parts = self._key()
        self._at += 1  # =
        self._step(BLANK)
        path, start = (*table, *(name for name, _ in parts)), self._at
        self._value(path)
        self.found[path] = Span(parts[0][1], parts[-1][1], start, self._at, inline)

    def _key(self) -> list[tuple[str, int]]:
        """The parts of a dotted key, each with its start."""
        parts: list[tuple[str, int]] = []
        while not parts or self._sees("."):
            self._at += bool(parts)
            self._step(BLANK)
            start = self._at
            self._step(STRINGS.get(self._text[start], BARE))
            parts.append((_name(self._text[start : self._at]), start))
            self._step(BLANK)
        return parts

    def _value(self, path: Keys) -> None:
        quote = next((quote for quote in STRINGS if self._sees(quote)), None)
        if quote:
            self._step(STRINGS[quote])
        elif self._sees("["):
            self._array(path)
        elif self._sees("{"):
            self._table(path)
        else:
            self._step(SCALAR)

    def _array(self, path: Keys) -> None:
        self._at += 1
        self._step(FILLER)
        row = 0
        while not self._sees("]"):
            self._value((*path, row))
            row += 1
            self._comma()
        self._at += 1

    def _table(self, path: Keys) -> None:
        self._at += 1
        self._step(FILLER)
        while not self._sees("}"):
            self._pair(path, inline=True)
            self._comma()
        self._at += 1

    def _comma(self) -> None:
        self._step(FILLER)
        self._at += self._sees(",")
        self._step(FILLER)

    def _sees(self, sign: str) -> bool:
        return self._text.startswith(sign, self._at)

    def _step(self, pattern: re.Pattern[str]) -> None:
        match = pattern.match(self._text, self._at)
        if match is None:
            raise ValueError(f"no TOML at position {self._at}")
        self._at = match.end()


def _name(written: str) -> str:
    """A part of a key without its quotes."""
    return str(tomllib.loads(f"name = {written}")["name"]) if written[0] in "\"'" else written
