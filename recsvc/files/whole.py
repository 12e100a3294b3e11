"""Whole files: what appears by one rename, with all that it holds, or not at all."""

import fcntl
import os
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import polars as pl

from recsvc.domain.errors import InputOutputError, LockedError

LEFTOVERS = ("parquet", "ndjson", "json")
"""Suffixes of what is written here."""


@contextmanager
def writing(directory: Path) -> Iterator[None]:
    """Make a directory and hold it for writing; what killed writes left in it goes.

    Raises:
        LockedError: another process writes there.
        InputOutputError: it cannot be made or written, also while it is held.
    """
    try:
        directory.mkdir(0o700, parents=True, exist_ok=True)  # it names visitors
        with (directory / ".lock").open("a", encoding="ascii") as stream:
            _lock(stream.fileno(), directory)
            for suffix in LEFTOVERS:
                for path in directory.glob(f".*.{suffix}.*"):
                    path.unlink(missing_ok=True)
            yield
    except OSError as error:
        raise InputOutputError(f"{directory} cannot be written ({error.strerror or error}).") from error


def _lock(handle: int, directory: Path) -> None:
    try:
        fcntl.flock(handle, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except BlockingIOError as error:
        raise LockedError(
            f"Another export writes into {directory}; wait for it, or try again later."
        ) from error


def write_whole(frame: pl.DataFrame, path: Path) -> None:
    """Write a frame beside its place and rename it there; without rows the file goes.

    What a killed write leaves starts with a point and is no Parquet file by its suffix, so nobody reads it.
    """
    if frame.is_empty():
        path.unlink(missing_ok=True)
        return
    with _aside(path) as aside:
        frame.write_parquet(aside)


def write_bytes_whole(content: bytes, path: Path) -> None:
    """Write bytes in the same way; without any the file goes."""
    if not content:
        path.unlink(missing_ok=True)
        return
    with _aside(path) as aside:
        aside.write_bytes(content)


@contextmanager
def _aside(path: Path) -> Iterator[Path]:
    """A place beside a file, from which what was written takes its place."""
    aside = path.with_name(f".{path.name}.{os.getpid()}")
    try:
        yield aside
        with aside.open("rb") as stream:
            os.fsync(stream.fileno())
        aside.replace(path)
    finally:
        aside.unlink(missing_ok=True)
