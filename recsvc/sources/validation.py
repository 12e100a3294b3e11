"""Validation: what an import would make of files, read by the same code and written nowhere."""

from collections.abc import Iterator, Sequence
from datetime import datetime
from pathlib import Path
from typing import Final, NamedTuple

import polars as pl

from recsvc.domain.errors import BadDataError
from recsvc.domain.lookalikes import Lookalike, lookalikes
from recsvc.files.events import PLACED, without_repeats
from recsvc.files.facts import read_facts
from recsvc.files.rejects import Rejects
from recsvc.files.tables import find_files
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
    zoneless: int  # times that name no zone
    error: str | None  # why nothing of it can be used

    @property
    def is_sound(self) -> bool:
        """Whether an import would take all of it."""
        return self.error is None and not self.reasons


class Validation:
    """Reads files as the import of their kind would, one after the other, each beside those before it.

    Args:
        timezone: of times that name none.
        now: aware.
    """

    def __init__(self, timezone: str, now: datetime) -> None:
        self._timezone = timezone
        self._now = now
        self._events = pl.DataFrame(schema=PLACED)
        self._described: dict[str, None] = {}
        self._taken: dict[str, None] = {}

    def of(self, paths: Sequence[Path]) -> Iterator[Validated]:
        """Each of the files, and of those in directories.

        Raises:
            InputOutputError: it is missing or may not be read.
            UsageError: no such time zone, or a package that the format needs is not installed.
        """
        for path in paths:
            for file in find_files(path) if path.is_dir() else [path]:
                yield self._validate(file)

    def lookalikes(self) -> list[Lookalike]:
        """Ids of items in the files so far that look like another one, which an items file has if any has."""
        return lookalikes([*self._described, *self._taken])

    def _validate(self, path: Path) -> Validated:
        rejects, error, accepted, kind = Rejects(), None, 0, FileKind.UNKNOWN
        try:
            kind = recognise(path)
            accepted = self._read(path, kind, rejects)
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
            zoneless=rejects.zoneless,
            error=error,
        )

    def _read(self, path: Path, kind: FileKind, rejects: Rejects) -> int:
        """How many rows an import would take."""
        if kind in EVENT_KINDS:
            return self._read_events(path, rejects)
        if kind is FileKind.FACTS:
            return read_facts(path, rejects, timezone=self._timezone, now=self._now).height
        if not path.stat().st_size:
            raise BadDataError(f"{path} is empty.")
        if kind is FileKind.UNKNOWN:
            raise BadDataError(
                f"{path}: its columns name no kind of file that is imported. docs/files.md lists the columns "
                "of events, items, facts, stock, lines of a till and Google Merchant feeds."
            )
        found = read_item_files(path, timezone=self._timezone, rejects=rejects)
        self._described |= dict.fromkeys(found.items["item_id"].to_list())
        return found.items.height + sum(frame.height for frame in found.levels)

    def _read_events(self, path: Path, rejects: Rejects) -> int:
        frame = read_event_files(path, timezone=self._timezone, rejects=rejects, now=self._now)
        fresh = without_repeats(frame, self._events, rejects)
        self._taken |= dict.fromkeys(fresh["item_id"].drop_nulls().unique(maintain_order=True).to_list())
        self._events = pl.concat([self._events, fresh.filter(pl.col("event_id").is_not_null())])
        return fresh.height


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
