"""Rounds: work for other services that goes on until it is stopped, and how it waits after a failure."""

import random
import threading
from abc import ABC, abstractmethod
from collections.abc import Callable
from typing import Final, NamedTuple

BACKOFF_S: Final = 30.0
LONGEST_BACKOFF_S: Final = 6 * 3600.0

Jitter = Callable[[], float]
"""A number from 0 to 1, so that retries do not come all at once."""

CHANCE: Final[Jitter] = random.random


class Round(NamedTuple):
    """What a round came to."""

    looked: int = 0  # what was due
    sent: int = 0  # requests that were taken
    failed: int = 0  # that will be tried again
    dead: int = 0  # that were given up

    def plus(self, other: "Round") -> "Round":
        """Both together."""
        return Round(*(one + two for one, two in zip(self, other, strict=True)))


class Rounds(ABC):
    """Works in rounds, on a thread of whoever calls; several processes may, and share the work."""

    def __init__(self) -> None:
        self._stopped = threading.Event()

    @abstractmethod
    def work(self) -> Round:
        """One round.

        Raises:
            StoreUnavailableError: the store does not answer; the next round goes on from there.
        """

    @abstractmethod
    def close(self) -> None:
        """Let go of the connections."""

    def work_through(self) -> Round:
        """Rounds until nothing more is due that could be done now.

        Raises:
            StoreUnavailableError: the store does not answer.
        """
        whole, last = Round(), self.work()
        while last.looked:
            whole, last = whole.plus(last), self.work()
        return whole

    def stop(self) -> None:
        """End the round after the delivery that is on its way."""
        self._stopped.set()

    @property
    def is_stopped(self) -> bool:
        """Whether it was told to end."""
        return self._stopped.is_set()

    def rest(self, seconds: float) -> None:
        """Wait, but for nothing once it is stopped."""
        self._stopped.wait(seconds)


def backoff_s(failed: int, jitter: Jitter) -> float:
    """Seconds until the next attempt, after so many that failed before this one."""
    return min(BACKOFF_S * 2**failed, LONGEST_BACKOFF_S) * (0.5 + jitter())
