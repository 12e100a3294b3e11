"""Keys in memory, and how the store in memory does one thing at a time."""

import threading
from collections.abc import Callable
from concurrent.futures import Future
from contextlib import AbstractContextManager, nullcontext
from datetime import date
from typing import TypeVar

from recsvc.domain.keys import Key, KeyUse

Result = TypeVar("Result")


class MemoryKeys:
    """The port of keys on a dictionary."""

    def __init__(self) -> None:
        self._lock = threading.RLock()
        self._keys: dict[str, KeyUse] = {}
        self._keys_number = 0

    def sweep_turn(self) -> AbstractContextManager[bool]:
        """Nobody else has this memory."""
        return nullcontext(enter_result=True)

    def keys_number(self) -> int:
        """The number that every change of the keys raises."""
        return self._keys_number

    def read_keys(self) -> list[KeyUse]:
        """All keys, those that are over, too."""
        with self._lock:
            return list(self._keys.values())

    def put_key(self, key: Key) -> Future[None]:
        """Keep a key, in place of the one of its id."""

        def write() -> None:
            former = self._keys.get(key.key_id)
            self._keys[key.key_id] = KeyUse(key, former.used_on if former else None)
            self._keys_number += 1

        return self._done(write)

    def note_key_use(self, key_id: str, day: date) -> Future[None]:
        """Keep the last day on which a key was used."""

        def write() -> None:
            if key_id in self._keys:
                self._keys[key_id] = KeyUse(self._keys[key_id].key, day)

        return self._done(write)

    def _done(self, write: Callable[[], Result]) -> Future[Result]:
        future: Future[Result] = Future()
        with self._lock:
            future.set_result(write())
        return future
