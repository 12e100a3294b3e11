"""Recent changes: whom the latest changes of the catalogue concern, so that nobody looks at all again."""

from collections.abc import Iterable
from typing import NamedTuple

LEAVING = 4
"""Where there are too many, one of so many leaves: one by one, each change would move all the others."""


class Change(NamedTuple):
    """Some items that changed at a time."""

    number: int
    concerned: frozenset[str]  # ids of items and of groups


class RecentChanges:
    """Changes by their rising number; beside whoever reads it only grows, and what leaves leaves another.

    Args:
        since: nothing is known of what changed up to this number.
        changes: what changed after it.
    """

    def __init__(self, since: int, changes: Iterable[Change] = ()) -> None:
        self._since = since
        self._changes = [*changes]
        self._ids = sum(len(change.concerned) for change in self._changes)

    def add(self, change: Change) -> None:
        """Note one more, the newest."""
        self._changes.append(change)
        self._ids += len(change.concerned)

    def after(self, number: int) -> frozenset[str] | None:
        """Ids that changes after a number concern, None where they are no longer known.

        It costs what they are, however many came before; a list read from its end may grow meanwhile.
        """
        if number < self._since:
            return None
        found: set[str] = set()
        for change in reversed(self._changes):
            if change.number <= number:
                break
            found |= change.concerned
        return frozenset(found)

    def at_most(self, ids: int) -> "RecentChanges":
        """The same, or where it names more ids than so many another one of the newest changes."""
        if self._ids <= ids:
            return self
        left, first = self._ids, 0
        while left > ids - ids // LEAVING:
            left -= len(self._changes[first].concerned)
            first += 1
        return RecentChanges(self._changes[first - 1].number, self._changes[first:])
