"""Stages: what a run is doing, how long and in how much memory; shown on stderr and kept for the report."""

import resource
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from types import TracebackType
from typing import Self

from rich.console import Console
from rich.progress import (
    BarColumn,
    MofNCompleteColumn,
    Progress,
    SpinnerColumn,
    TextColumn,
    TimeElapsedColumn,
)

from recsvc.model.memory import give_back


class Stage:
    """One step of a run; say what it found through `note`."""

    def __init__(self, progress: Progress, name: str) -> None:
        self._progress = progress
        self._task = progress.add_task(name, total=None)
        self.found = ""

    def expect(self, total: int) -> None:
        """Announce how many units there are to advance through."""
        self._progress.update(self._task, total=total)

    def advance(self, steps: int = 1) -> None:
        """Say that units are done."""
        self._progress.advance(self._task, steps)

    def note(self, found: str) -> None:
        """Say what came out, for the line that stays on the screen."""
        self.found = found

    def close(self) -> None:
        """Take the moving line away."""
        self._progress.remove_task(self._task)


class Stages:
    """The stages of one run, each timed.

    Attributes:
        seconds: name → wall time of the finished stages.
        peak_mb: name → the largest resident size of the process up to the end of the stage.
    """

    def __init__(self, console: Console | None = None) -> None:
        self._console = console or Console(stderr=True)
        self._progress = Progress(
            SpinnerColumn(),
            TextColumn("{task.description}"),
            BarColumn(bar_width=24),
            MofNCompleteColumn(),
            TimeElapsedColumn(),
            console=self._console,
            transient=True,
        )
        self.seconds: dict[str, float] = {}
        self.peak_mb: dict[str, float] = {}

    def __enter__(self) -> Self:
        self._progress.start()
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._progress.stop()

    @contextmanager
    def stage(self, name: str) -> Iterator[Stage]:
        """Time a step and leave one line about it."""
        stage = Stage(self._progress, name)
        start = time.perf_counter()
        try:
            yield stage
        finally:
            stage.close()
            give_back()  # 240 MB after 5 million lines were summed
        self.seconds[name] = round(time.perf_counter() - start, 3)
        self.peak_mb[name] = peak_mb()
        self._console.print(f"{name:<24} {self.seconds[name]:>7.1f} s  {stage.found}", highlight=False)

    def summary(self) -> dict[str, dict[str, float]]:
        """For the manifest."""
        return {"seconds": dict(self.seconds), "peak_mb": dict(self.peak_mb)}


def peak_mb() -> float:
    """The largest resident size of this process so far, in MB."""
    units = 1 if sys.platform == "darwin" else 1_024
    return round(resource.getrusage(resource.RUSAGE_SELF).ru_maxrss * units / 1e6, 1)
