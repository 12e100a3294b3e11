"""Item pages: the bytes of some thousand items in one piece, which is replaced whole."""

import re
from collections.abc import Iterable, Sequence
from typing import NamedTuple

import msgspec
import numpy as np
from numpy.typing import NDArray

PAGE = 4_096
"""Items of a page: more, and one takes longer to write anew; fewer, and a search has more of them to do."""


class ItemPage(NamedTuple):
    """The bodies of items, one behind the other."""

    bodies: bytes
    starts: memoryview  # (n + 1,) int32, where each begins, and the end; one that is gone takes nothing

    def body(self, row: int) -> memoryview:
        """The body of one item, empty where it is gone."""
        return memoryview(self.bodies)[self.starts[row] : self.starts[row + 1]]

    @property
    def there(self) -> NDArray[np.bool_]:
        """(n,) whether each item is there."""
        return np.diff(np.asarray(self.starts)) > 0

    def naming(self, patterns: Sequence[re.Pattern[bytes]]) -> list[int]:
        """The rows, rising, in whose bytes one of the patterns is found."""
        hits = [hit.start() for pattern in patterns for hit in pattern.finditer(self.bodies)]
        if not hits:
            return []
        rows: list[int] = np.unique(np.searchsorted(self.starts, hits, side="right") - 1).tolist()
        return rows


def page_of(bodies: Sequence[bytes | memoryview]) -> ItemPage:
    """A page of bodies in their order."""
    starts = np.zeros(len(bodies) + 1, dtype=np.int32)
    np.cumsum(np.fromiter(map(len, bodies), np.int32, len(bodies)), out=starts[1:])
    return ItemPage(b"".join(bodies), starts.data)


def patterns_of(names: Iterable[str]) -> list[re.Pattern[bytes]]:
    """Find members of an item by their names in its JSON; one for each, which are searched for fastest."""
    return [re.compile(re.escape(msgspec.json.encode(name) + b":")) for name in names]


NO_ITEMS = page_of(())
