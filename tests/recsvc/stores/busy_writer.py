"""A writer that is at work, for as long as a test needs others to wait for it."""

import threading
from collections.abc import Iterator
from contextlib import contextmanager

import sqlalchemy as sa

from recsvc.stores.writer import Writer


@contextmanager
def busy(busied: Writer) -> Iterator[None]:
    """The writer is at work on something else, so that what is sent meanwhile becomes one group."""
    started, finish = threading.Event(), threading.Event()

    def work(_: sa.Connection) -> None:
        started.set()
        finish.wait()

    busied.submit(work)
    started.wait()
    try:
        yield
    finally:
        finish.set()
