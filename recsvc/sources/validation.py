"""Validation: what an import would make of a file, read by the same code and written nowhere."""

from datetime import datetime
from pathlib import Path
from typing import Final, NamedTuple

import polars as pl

from recsvc.domain.errors import BadDataError
from recsvc.files.facts import read_facts
from recsvc.files.rejects import Rejects
from recsvc.sources.event_files import read_event_files
from recsvc.sources.item_files import read_item_files
from recsvc.sources.recognised import FileKind, recognise

FIRST_LINES: Final = 5
EVENT_KINDS: Final = frozenset({FileKind.EVENTS, FileKind.POS})


class Reason(NamedTuple):
    """Why some rows would be rejected."""

    reason: str  # key of rejects.REASONS
    column: str | None
    rows: int
    lines: tuple[int, ...]  # the first of them, from 1; none = the whole file


class Validated(NamedTuple):
    """What an import would make of one file."""

    file: str
    kind: FileKind
    read: int
    accepted: int  # rows
    duplicate: int
    reasons: tuple[Reason, ...]
    ignored_columns: tuple[str, ...]
    error: str | None  # why nothing of it can be used

    @property
    def is_sound(self) -> bool:
        """Whether an import would take all of it."""
        return self.error is None and not self.reasons


def validate_file(path: Path, timezone: str, now: datetime) -> Validated:
    """Read one file as the import of its kind would; `now` is aware.

    Raises:
        InputOutputError: it is missing or may not be read.
        UsageError: no such time zone, or a package that the format needs is not installed.
    """
    rejects, error, accepted = Rejects(), None, 0
    kind = recognise(path)
    try:
        accepted = _read(path, kind, timezone, rejects, now)
    except BadDataError as refused:
        error = str(refused)
    return Validated(
        file=str(path),
        kind=kind,
        read=rejects.read,
        accepted=accepted,
        duplicate=rejects.duplicates,
        reasons=_reasons(rejects),
        ignored_columns=tuple(rejects.ignored_columns),
        error=error,
    )


def _read(path: Path, kind: FileKind, timezone: str, rejects: Rejects, now: datetime) -> int:
    """How many rows an import would take."""
    if kind in EVENT_KINDS:
        return read_event_files(path, timezone=timezone, rejects=rejects).height
    if kind is FileKind.FACTS:
        return read_facts(path, rejects, timezone=timezone, now=now).height
    if kind is FileKind.UNKNOWN:
        raise BadDataError(
            f"{path}: its columns name no kind of file that is imported. docs/files.md lists the columns of "
            "events, items, facts, stock, lines of a till and Google Merchant feeds."
        )
    found = read_item_files(path, timezone=timezone, rejects=rejects)
    return found.items.height + sum(frame.height for frame in found.levels)


def _reasons(rejects: Rejects) -> tuple[Reason, ...]:
    """Reasons by how many rows each has."""
    lines = pl.col("line").drop_nulls()
    found = (
        rejects.frame()
        .group_by("reason", "column", maintain_order=True)
        .agg(pl.len().alias("rows"), lines.head(FIRST_LINES).alias("lines"))
        .sort("rows", descending=True, maintain_order=True)
    )
    return tuple(Reason(reason, column, rows, tuple(first)) for reason, column, rows, first in found.rows())
