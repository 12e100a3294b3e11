"""Source: the text of a definition, and the line of the nearest enclosing `id` of any place in it."""

import re
from collections.abc import Mapping
from typing import NamedTuple

Place = tuple[str | int, ...]  # such as ("questions", 2, "choices", 0)
SECTIONS = re.compile(r"\b(questions|choices|touchpoints)\[(\d+)\]")


class Source(NamedTuple):
    """A definition as it was written."""

    name: str
    text: str


class Lines:
    """Lines of the ids of a definition; ids are searched in file order, so repeated ones are told apart.

    Args:
        text: the definition as it was written.
        raw: the same as plain dicts and lists.
    """

    def __init__(self, text: str, raw: object) -> None:
        self._text = text
        self._at = 0
        self._lines: dict[Place, int] = {(): 1}
        if isinstance(raw, Mapping):
            self._walk((), raw)
            self._name("purposes", raw.get("purposes"))
            result = raw.get("result")
            self._reasons(result.get("because") if isinstance(result, Mapping) else None)

    def line(self, place: Place) -> int:
        """The line of a place, or of what encloses it, counted from 1."""
        while place not in self._lines:
            place = place[:-1]
        return self._lines[place]

    def _walk(self, place: Place, part: Mapping[str, object]) -> None:
        found = self._find(part.get("id"))
        if found is not None:
            self._lines[place] = found
        for section in ("questions", "choices", "touchpoints"):
            inner = part.get(section)
            for row, one in enumerate(inner if isinstance(inner, list | tuple) else ()):
                if isinstance(one, Mapping):
                    self._walk((*place, section, row), one)

    def _find(self, name: object) -> int | None:
        if not isinstance(name, str):
            return None
        pattern = rf"""(?<![\w-])(?:id|"id")\s*[:=]\s*["']{re.escape(name)}["']"""
        match = re.compile(pattern).search(self._text, self._at)
        if match is None:
            return None
        self._at = match.end()
        return line_at(self._text, match.start())

    def _name(self, section: str, names: object) -> None:
        """Lines of the keys of a table whose entries have no id."""
        for name in names if isinstance(names, Mapping) else ():
            pattern = rf"""(?m)^\s*(?:\[{section}\.)?"?{re.escape(str(name))}"?\s*[\]=:.]"""
            match = re.search(pattern, self._text)
            if match:
                self._lines[section, str(name)] = line_at(self._text, match.end())

    def _reasons(self, tables: object) -> None:
        """Lines of the tables of reasons: by their headers, else beneath that of the result."""
        for name in tables if isinstance(tables, Mapping) else ():
            key = rf"""["']?{re.escape(str(name))}["']?"""
            header = rf"(?m)^\s*\[result\.because\.{key}\]"
            beneath = rf"(?ms)^\s*\[result(?:\.because)?\].*?(?<![\w-]){key}\s*[=.]"
            match = re.search(header, self._text) or re.search(beneath, self._text)
            if match:
                self._lines["result", "because", str(name)] = line_at(self._text, match.end())


def line_at(text: str, position: int) -> int:
    """The line of a position, counted from 1."""
    return text.count("\n", 0, position) + 1


def place_of(path: str) -> Place:
    """The place that a decoder's path such as `$.questions[2].choices[0].w` lies in."""
    return tuple(part for section, row in SECTIONS.findall(path) for part in (section, int(row)))


def path_of(place: Place, field: str = "") -> str:
    """A place as a path, such as `$.questions[2].when`."""
    path = "$" + "".join(f"[{part}]" if isinstance(part, int) else f".{part}" for part in place)
    return f"{path}.{field}" if field else path
