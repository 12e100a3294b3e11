"""Timing: where the time of one answer went; what is timed knows nothing of whoever measures."""

import time
from contextlib import ContextDecorator
from contextvars import ContextVar
from typing import Self

Spent = dict[str, float]
"""Part of the work → seconds it took."""

_spent: ContextVar[Spent | None] = ContextVar("spent", default=None)


def measure() -> Spent:
    """Measure what this task does from now on; the parts come into what is returned."""
    spent: Spent = {}
    _spent.set(spent)
    return spent


class timed(ContextDecorator):  # noqa: N801 (it reads as what it does: `with timed(…)`, `@timed(…)`)
    """Add the time of a block, or of a decorated function, to a part, where somebody measures."""

    def __init__(self, part: str) -> None:
        self._part = part

    def _recreate_cm(self) -> Self:
        return type(self)(self._part)  # a decorated function may run in several threads

    def __enter__(self) -> None:
        self._began = time.perf_counter()

    def __exit__(self, *_: object) -> None:
        spent = _spent.get()
        if spent is not None:
            spent[self._part] = spent.get(self._part, 0.0) + time.perf_counter() - self._began
