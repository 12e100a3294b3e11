"""Turns: what changes one visitor's answers waits for what changes them already."""

import asyncio
from weakref import WeakValueDictionary


class Turns:
    """One lock a visitor, for as long as somebody waits for it; shared by all who write answers."""

    def __init__(self) -> None:
        self._locks: WeakValueDictionary[str, asyncio.Lock] = WeakValueDictionary()

    def of(self, visitor_id: str) -> asyncio.Lock:
        """The lock of a visitor: nothing is lost between a read and its write."""
        return self._locks.setdefault(visitor_id, asyncio.Lock())
