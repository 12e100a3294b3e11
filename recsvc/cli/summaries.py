"""Summaries: the object that --json makes the last line of stdout, whatever a command came to."""

import resource
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any, Final, TypeVar

import msgspec
import rich_click as click

from recsvc.domain.errors import RecsvcError

_BYTES_OF_MAXRSS: Final = 1 if sys.platform == "darwin" else 1024


class Summary(msgspec.Struct):
    """What every command says; metrics counts what it did."""

    status: str = "failed"
    exit: int = 0
    version: str | None = None
    metrics: dict[str, Any] | None = None
    gate: dict[str, Any] | None = None
    read: int = 0
    rejected: int = 0
    seconds: float = 0.0
    peak_mb: float = 0.0


Kind = TypeVar("Kind", bound=Summary)


@contextmanager
def summarised(summary: Kind, *, as_json: bool) -> Iterator[Kind]:
    """Fill in how it ended, how long it took and how much memory; print it where JSON is wanted."""
    start = time.perf_counter()
    try:
        yield summary
    except RecsvcError as error:
        summary.status, summary.exit = error.code, error.exit_code
        raise
    finally:
        summary.seconds = round(time.perf_counter() - start, 3)
        peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss * _BYTES_OF_MAXRSS
        summary.peak_mb = round(peak / 2**20, 1)
        if as_json:
            click.echo(msgspec.json.encode(summary).decode())
