"""Timing: where the time of one answer went; what is timed knows nothing of whoever measures."""

import time
from collections.abc import Iterator
from contextlib import contextmanager
from contextvars import ContextVar

Spent = dict[str, float]
"""Part of the work → seconds it took."""

_spent: ContextVar[Spent | None] = ContextVar("spent", default=None)


def measure() -> Spent:
    """Measure what this task does from now on; the parts come into what is returned."""
    spent: Spent = {}
    _spent.set(spent)
    return spent


@contextmanager
def timed(part: str) -> Iterator[None]:
    """Add the time of a block, or of a decorated function, to a part, where somebody measures."""
    spent = _spent.get()
    if spent is None:
        yield
        return
    began = time.perf_counter()
    try:
        yield
    finally:
        spent[part] = spent.get(part, 0.0) + time.perf_counter() - began
