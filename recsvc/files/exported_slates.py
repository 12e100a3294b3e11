"""Exported slates: a directory of numbered parts, each with whole visitors in the order of their names.

The last name of the last part is the cursor, so one rename moves both: an export that was killed goes on
where the last whole part ends.
"""

import re
from collections.abc import Callable, Iterable, Iterator
from pathlib import Path
from typing import Any, Final, Literal

import msgspec
import polars as pl

from recsvc.domain.errors import UsageError
from recsvc.domain.slates import Card, Slate, SlateItem
from recsvc.files.whole import write_bytes_whole, write_whole

Form = Literal["ndjson", "parquet"]
PART_VISITORS: Final = 5_000
"""Visitors after which a part is closed: what an export holds in memory, and may have to make again."""
MANIFEST: Final = "mailing.json"
_NAME: Final = re.compile(r"slates-(\d{6})\.(ndjson|parquet)")
_SCHEMA: Final = {
    **dict.fromkeys(
        ("visitor_id", "placement", "slate_id", "basis", "model", "revision", "title", "unsubscribe"),
        pl.String(),
    ),
    "position": pl.Int32(),
    "item_id": pl.String(),
    "score": pl.Float64(),
    **dict.fromkeys(("reason_code", "reason", "item_title", "link", "picture"), pl.String()),
    **dict.fromkeys(("price", "sale_price"), pl.Float64()),
    "currency": pl.String(),
}

Row = tuple[str, Slate, str | None]
"""A visitor, their slate, and the link by which they unsubscribe."""


class Line(msgspec.Struct, frozen=True, omit_defaults=True):
    """One visitor in NDJSON."""

    visitor_id: str
    placement: str
    slate_id: str
    basis: str
    model: str | None
    items: tuple[SlateItem, ...]
    revision: str = ""
    title: str | None = None
    unsubscribe: str | None = None


class Manifest(msgspec.Struct, frozen=True):
    """What the parts are of."""

    terms: dict[str, Any]
    is_whole: bool = False


class SlateParts:
    """The parts in one directory, which is held by whoever writes.

    Args:
        directory: exists.
        form: one line a visitor (ndjson), or one row an item (parquet).
        terms: what is exported; another export never goes on in the same directory.

    Raises:
        UsageError: the directory holds the slates of other terms.
    """

    def __init__(self, directory: Path, form: Form, terms: dict[str, Any]) -> None:
        self._directory = directory
        self._form = form
        self._manifest = Manifest({**terms, "format": form})
        held = self._held()
        if held is not None and held.terms != self._manifest.terms:
            named = {*held.terms, *self._manifest.terms}
            other = sorted(one for one in named if held.terms.get(one) != self._manifest.terms.get(one))
            raise UsageError(
                f"{directory} holds slates with another {', '.join(other)}; export into an empty directory."
            )
        self.is_whole = held is not None and held.is_whole

    @property
    def end(self) -> str:
        """The name of the last visitor; "" without any."""
        paths = self._paths()
        return self._names(paths[-1])[-1] if paths else ""

    def write(self, rows: Iterable[Row]) -> Iterator[int]:
        """Write rows in parts; how many visitors each has, as it is there."""
        self._keep(is_whole=False)
        some: list[Row] = []
        for row in rows:
            some.append(row)
            if len(some) == PART_VISITORS:
                yield self._close(some)
                some = []
        if some:
            yield self._close(some)
        self._keep(is_whole=True)

    def renew(self, may_stay: Callable[[str], bool]) -> int:
        """Take visitors out of the parts; how many went."""
        gone = 0
        for path in self._paths():
            leaving = {name for name in self._names(path) if not may_stay(name)}
            if leaving:
                gone += len(leaving)
                self._without(leaving, path)
        return gone

    def _held(self) -> Manifest | None:
        path = self._directory / MANIFEST
        if not path.exists():
            return None
        try:
            return msgspec.json.decode(path.read_bytes(), type=Manifest)
        except msgspec.MsgspecError as error:
            raise UsageError(f"{path} cannot be read ({error}); export into an empty directory.") from error

    def _keep(self, *, is_whole: bool) -> None:
        self._manifest = msgspec.structs.replace(self._manifest, is_whole=is_whole)
        write_bytes_whole(msgspec.json.encode(self._manifest) + b"\n", self._directory / MANIFEST)

    def _paths(self) -> list[Path]:
        return sorted(path for path in self._directory.iterdir() if _NAME.fullmatch(path.name))

    def _close(self, rows: list[Row]) -> int:
        paths = self._paths()
        number = int(paths[-1].stem.rpartition("-")[2]) + 1 if paths else 1
        path = self._directory / f"slates-{number:06}.{self._form}"
        if self._form == "ndjson":
            write_bytes_whole(b"".join(map(_line, rows)), path)
        else:
            cells = [cell for row in rows for cell in _cells(*row)]
            write_whole(pl.DataFrame(cells, schema=_SCHEMA, orient="row"), path)
        return len(rows)

    def _names(self, path: Path) -> list[str]:
        """The visitors of a part, in order."""
        if path.suffix == ".ndjson":
            return [_name(line) for line in path.read_bytes().splitlines()]
        names: list[str] = pl.read_parquet(path, columns=["visitor_id"])["visitor_id"].to_list()
        return list(dict.fromkeys(names))

    def _without(self, leaving: set[str], path: Path) -> None:
        if path.suffix == ".ndjson":
            kept = (
                line for line in path.read_bytes().splitlines(keepends=True) if _name(line) not in leaving
            )
            write_bytes_whole(b"".join(kept), path)
        else:
            write_whole(pl.read_parquet(path).filter(~pl.col("visitor_id").is_in(list(leaving))), path)


class _Named(msgspec.Struct):
    visitor_id: str


def _name(line: bytes) -> str:
    return msgspec.json.decode(line, type=_Named).visitor_id


def _line(row: Row) -> bytes:
    visitor_id, slate, unsubscribe = row
    told = Line(
        visitor_id, slate.placement, slate.slate_id, slate.basis.value, slate.model, slate.items,
        slate.revision, slate.title, unsubscribe,
    )  # fmt: skip
    return msgspec.json.encode(told) + b"\n"


def _cells(visitor_id: str, slate: Slate, unsubscribe: str | None) -> Iterator[tuple[object, ...]]:
    shared = (
        visitor_id, slate.placement, slate.slate_id, slate.basis.value, slate.model, slate.revision,
        slate.title, unsubscribe,
    )  # fmt: skip
    for position, item in enumerate(slate.items, 1):
        card = item.card or Card(item.id)
        told = (item.reason.code, item.reason.text, card.title, card.link, card.picture)
        yield (*shared, position, item.id, item.score, *told, card.price, card.sale_price, card.currency)
