"""Recent arrays: what was worked out lately, by what it answers, within so many arrays and bytes."""

import threading
from collections import OrderedDict
from collections.abc import Hashable
from typing import Any, Generic, TypeVar

from numpy.typing import NDArray

Name = TypeVar("Name", bound=Hashable)

MOST_ARRAYS = 512
"""Each is written to for each item that changes, 0.1 µs."""

MOST_BYTES = 128 * 1024 * 1024
"""Whether each of a million items has a text, for 128 texts; more are at hand where there are fewer items."""


class RecentArrays(Generic[Name]):
    """Arrays by name; where there are too many, those leave that were not asked for the longest.

    Requests name what they like, so that nothing may stay for good. Threads may share it.

    Args:
        most: how many arrays are kept.
        most_bytes: how many bytes they take together; the last one is kept, whatever it takes.
    """

    def __init__(self, most: int = MOST_ARRAYS, most_bytes: int = MOST_BYTES) -> None:
        self._most, self._most_bytes = most, most_bytes
        self._lock = threading.Lock()
        self._arrays: OrderedDict[Name, NDArray[Any]] = OrderedDict()
        self.bytes = 0

    def __len__(self) -> int:
        return len(self._arrays)

    def get(self, name: Name) -> NDArray[Any] | None:
        """One of them, which counts as asked for."""
        with self._lock:
            found = self._arrays.get(name)
            if found is not None:
                self._arrays.move_to_end(name)
            return found

    def keep(self, name: Name, array: NDArray[Any]) -> None:
        """Keep one more, or another one under a name."""
        with self._lock:
            self._drop(name)
            self._arrays[name] = array
            self.bytes += array.nbytes
            while len(self._arrays) > 1 and (len(self._arrays) > self._most or self.bytes > self._most_bytes):
                self._drop(next(iter(self._arrays)))

    def drop(self, name: Name) -> None:
        """Let one go, if it is there."""
        with self._lock:
            self._drop(name)

    def clear(self) -> None:
        """Let all go."""
        with self._lock:
            self._arrays.clear()
            self.bytes = 0

    def all(self) -> list[tuple[Name, NDArray[Any]]]:
        """What there is now, to be written to."""
        with self._lock:
            return [*self._arrays.items()]

    def _drop(self, name: Name) -> None:
        gone = self._arrays.pop(name, None)
        self.bytes -= 0 if gone is None else gone.nbytes
