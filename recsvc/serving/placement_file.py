"""Placement files: TOML to placements; what cannot be is refused with the line, and what to do."""

import hashlib
import re
from collections.abc import Iterable, Sequence
from importlib.resources import files
from pathlib import Path
from typing import Any, NamedTuple

import msgspec

from recsvc.domain.errors import InputOutputError, UsageError
from recsvc.domain.placements import Placement
from recsvc.serving.placement_flaws import Flaw, flaws_of
from recsvc.serving.placement_shape import shape_of

TABLES = "placements"
HEADER = re.compile(rf"^\s*\[\[\s*{TABLES}\s*\]\]", re.MULTILINE)
UNSAID: dict[str, Any] = {"filter": None, "boosts": ()}
"""The fields that hold expressions, as where there are none."""
TOML_LINE = re.compile(r" \(at line (\d+), column \d+\)$")


class Written(NamedTuple):
    """Where a placement stands."""

    name: str  # of the file
    text: str
    row: int  # among the placements of the file

    def said(self, placement_id: object, flaw: Flaw) -> str:
        """A sentence with file and line."""
        line = _line(self.text, self.row, flaw)
        end = "" if flaw.sentence.endswith(("?", ".")) else "."
        return f"{self.name}, line {line}: placement {placement_id!r}: {flaw.sentence}{end}"


class Judged(NamedTuple):
    """The placements of some files, and everything against them."""

    placements: dict[str, Placement]  # those that can be, by id
    findings: list[str]  # sentences with file, line and fix
    readable: list[tuple[Written, Placement]]  # all that stand there, each without what cannot be read of it


def read_placements(place: Path) -> dict[str, Placement]:
    """The placements of a file, or of every `*.toml` of a directory, by id.

    Raises:
        UsageError: a placement cannot be; the sentence names file, line and fix.
        InputOutputError: a file cannot be read.
    """
    return _sound(judge_placements([place]))


def judge_placements(places: Iterable[Path]) -> Judged:
    """The same of several places, with all that is against their placements.

    Raises:
        InputOutputError: a file cannot be read.
    """
    found = Judged({}, [], [])
    for place in places:
        for path in sorted(place.glob("*.toml")) if place.is_dir() else [place]:
            try:
                text = path.read_text("utf-8")
            except (OSError, UnicodeDecodeError) as error:
                raise InputOutputError(f"The placements {path} cannot be read: {error}.") from error
            _judge(text, path.name, found)
    return found


def recipes() -> dict[str, Placement]:
    """The ready-made placements, by id."""
    return parse_placements(
        files("recsvc.serving").joinpath("recipes.toml").read_text("utf-8"), "recipes.toml"
    )


def parse_placements(text: str, name: str) -> dict[str, Placement]:
    """The placements of one text, by id.

    Args:
        text: TOML with tables `[[placements]]`.
        name: of the file, for the sentence.

    Raises:
        UsageError: as `read_placements`.
    """
    found = Judged({}, [], [])
    _judge(text, name, found)
    return _sound(found)


def _sound(found: Judged) -> dict[str, Placement]:
    if found.findings:
        raise UsageError(found.findings[0])
    return found.placements


def _judge(text: str, name: str, found: Judged) -> None:
    """Add what a text holds."""
    try:
        tables = _tables(text, name, found)
    except (msgspec.DecodeError, ValueError, RecursionError) as error:
        at = TOML_LINE.search(str(error))
        sentence = TOML_LINE.sub("", str(error))[:200]
        found.findings.append(f"{name}, line {at[1] if at else 1}: this is not TOML: {sentence}.")
        return
    for row, table in enumerate(tables):
        shape = shape_of(table)
        unsound = {flaw.field for flaw in shape.flaws}
        flaws = [*shape.flaws, *flaws_of(shape.placement, unsound)]
        placement = shape.placement
        if placement.id in found.placements:
            flaws.append(Flaw("id", "another placement has this id; rename one"))
        written = Written(name, text, row)
        found.findings.extend(written.said(table.get("id", ""), flaw) for flaw in flaws)
        unread = {name: UNSAID[name] for name in UNSAID.keys() & {flaw.field for flaw in flaws}}
        found.readable.append((written, msgspec.structs.replace(placement, **unread)))
        if not flaws:
            found.placements[placement.id] = placement


def _tables(text: str, name: str, found: Judged) -> Sequence[dict[str, Any]]:
    """The tables of a text, with what else it says among the findings.

    Raises:
        msgspec.DecodeError, ValueError, RecursionError: it is no TOML.
    """
    raw: dict[str, Any] = msgspec.toml.decode(text)
    holds = f"a file of placements holds tables `[[{TABLES}]]` and nothing else; see docs/placements.md"
    for strange in sorted(raw.keys() - {TABLES}):
        found.findings.append(f"{name}, line 1: unknown field `{strange}`; {holds}.")
    tables = raw.get(TABLES)
    if isinstance(tables, list) and all(isinstance(table, dict) for table in tables):
        return tables
    if TABLES in raw or len(raw) == 0:
        found.findings.append(f"{name}, line 1: {holds}.")
    return []


def revision_of(placement: Placement) -> str:
    """Twelve hexadecimal digits that change with anything a placement says."""
    return hashlib.blake2b(msgspec.json.encode(placement), digest_size=6).hexdigest()


def _line(text: str, row: int, flaw: Flaw) -> int:
    """The line of what is meant of the placement in a row, else where that begins; counted from 1."""
    starts: Sequence[int] = [match.start() for match in HEADER.finditer(text)]
    if row >= len(starts):
        return 1
    end = starts[row + 1] if row + 1 < len(starts) else len(text)
    field = rf"^\s*(?:\[\[?\s*{TABLES}\.)?{re.escape(flaw.field)}\b" if flaw.field else r"\["
    there = re.compile(field, re.MULTILINE).search(text, starts[row], end)
    at = there.end() if there else text.index("[", starts[row])
    word = re.compile(rf"(?<![\w.-]){re.escape(flaw.word)}(?![\w.-])").search(text, at, end)
    return text.count("\n", 0, word.start() if flaw.word and word else at) + 1
