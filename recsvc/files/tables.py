"""Files of any supported format as tables of raw columns; what cannot be read at all is rejected here."""

from collections.abc import Callable, Iterator, Sequence
from pathlib import Path
from typing import Final, NamedTuple

import polars as pl

from recsvc.domain.errors import BadDataError, InputOutputError
from recsvc.files.delimited import LINE, read_csv
from recsvc.files.json_lines import read_json_lines
from recsvc.files.rejects import Rejects

SUFFIXES: Final = (".parquet", ".csv", ".ndjson", ".jsonl")

Paths = str | Path | Sequence[str | Path]


class Layout(NamedTuple):
    """What a format reads.

    Attributes:
        name: the format, for messages.
        required: columns without which a file cannot be read.
        optional: columns that are read where they are.
        prefixes: a column that starts with one of these is read too.
        apart: columns whose numbers are not text (NDJSON).
        expects: the end of the sentence "Expected …".
    """

    name: str
    required: tuple[str, ...]
    optional: tuple[str, ...]
    expects: str
    prefixes: tuple[str, ...] = ()
    apart: tuple[str, ...] = ()

    def reads(self, column: str) -> bool:
        """Whether a column belongs to the format."""
        return column in self.required or column in self.optional or column.startswith(self.prefixes)


class Table(NamedTuple):
    """One file, or some rows of it; frame holds the columns that the layout reads, and LINE."""

    file: str
    frame: pl.DataFrame
    separated: bool  # CSV: a list is text with | between its values


def find_files(paths: Paths) -> list[Path]:
    """Name the files that paths mean; a directory means all supported files in it, by name.

    Raises:
        InputOutputError: a path does not exist, or a directory holds no supported file.
        BadDataError: the suffix of a file names no format.
    """
    found: list[Path] = []
    for path in map(Path, [paths] if isinstance(paths, (str, Path)) else paths):
        if not path.exists():
            raise InputOutputError(f"{path}: no such file or directory.")
        inside = (
            sorted(p for p in path.iterdir() if p.suffix.lower() in SUFFIXES) if path.is_dir() else [path]
        )
        if not path.is_dir() and path.suffix.lower() not in SUFFIXES:
            raise BadDataError(
                f"{path}: the suffix names no format. Files that end in {', '.join(SUFFIXES)} are read; "
                "unpack, convert or rename this one."
            )
        if not inside:
            raise InputOutputError(f"{path}: the directory holds no file that ends in {', '.join(SUFFIXES)}.")
        found.extend(inside)
    return found


def read_tables(paths: Paths, layout: Layout, rejects: Rejects, rows: int | None = None) -> Iterator[Table]:
    """Read files one by one; those that cannot be read, or lack a column, are rejected as a whole.

    Args:
        paths: files or directories.
        layout: what to read.
        rejects: takes what is left out.
        rows: read Parquet so many rows at a time; a file that breaks off later is then among
            `rejects.broken`, and what was yielded of it does not count.

    Raises:
        BadDataError: a file of no known format, or a CSV file with too many columns.
        InputOutputError: a path does not exist or may not be read.
    """
    for path in find_files(paths):
        for frame in _read(path, layout, rejects, rows):
            names = [name for name in frame.columns if name != LINE and not name.startswith("#number:")]
            rejects.ignore_columns(name for name in names if not layout.reads(name))
            own = frame.drop(name for name in names if not layout.reads(name))
            if not _is_sound(own, str(path), layout, rejects):
                break
            yield Table(str(path), own, path.suffix.lower() == ".csv")


def nothing_usable(paths: Paths, layout: Layout, rejects: Rejects) -> BadDataError:
    """The error for a read that kept no row: what was found, and what was expected."""
    named = ", ".join(map(str, [paths] if isinstance(paths, (str, Path)) else paths))
    found = ", ".join(f"{reason} {count:,}" for reason, count in rejects.counts.items()) or "no rows"
    return BadDataError(f"{named}: no usable {layout.name} ({found}). Expected {layout.expects}.")


def _is_sound(frame: pl.DataFrame, file: str, layout: Layout, rejects: Rejects) -> bool:
    missing = [name for name in layout.required if name not in frame.columns]
    nested = [
        name
        for name, dtype in frame.schema.items()
        if dtype.is_nested() or dtype in (pl.Binary, pl.Object)
        if not (name.startswith("attr:") and isinstance(dtype, pl.List) and not dtype.inner.is_nested())
    ]
    for name in missing:
        rejects.add(file, None, "missing_column", name)
    for name in nested:
        rejects.add(file, None, "wrong_type", name)
    return not (missing or nested)


def _read(path: Path, layout: Layout, rejects: Rejects, rows: int | None) -> Iterator[pl.DataFrame]:
    readers: dict[str, Callable[[], Iterator[pl.DataFrame]]] = {
        ".parquet": lambda: _read_parquet(path, layout, rejects, rows),
        ".csv": lambda: iter([read_csv(path, str(path), rejects)]),
        ".ndjson": lambda: iter([read_json_lines(path, str(path), layout.reads, rejects, layout.apart)]),
    }
    readers[".jsonl"] = readers[".ndjson"]
    try:
        yield from readers[path.suffix.lower()]()
    except OSError as error:
        raise InputOutputError(f"{path}: cannot be read ({error.strerror or error}).") from error
    except (pl.exceptions.PolarsError, pl.exceptions.PanicException):
        rejects.broken.add(str(path))
        rejects.add(str(path), None, "malformed_file")


def _read_parquet(path: Path, layout: Layout, rejects: Rejects, rows: int | None) -> Iterator[pl.DataFrame]:
    """Read the columns of the layout.

    A file that was cut off or is none raises. One whose page headers were altered to absurd sizes ends the
    process inside polars 2.1 (its allocation aborts), which only a second process could contain.
    """
    with path.open("rb") as file:
        names = list(pl.read_parquet_schema(file))
    rejects.ignore_columns(name for name in names if not layout.reads(name))
    whole = pl.scan_parquet(path).select(name for name in names if layout.reads(name))
    first = 0
    while True:
        frame = (whole.slice(first, rows) if rows else whole).collect()
        rejects.read += frame.height
        if frame.height or not first:
            yield (frame.with_row_index(LINE, offset=first + 1) if frame.width else pl.DataFrame({LINE: []}))
        first += frame.height
        if not rows or frame.height < rows:
            return
