"""Unlisted items: what events are about and the catalogue does not have, so that no slate can show it."""

from bisect import bisect_left
from collections import Counter
from collections.abc import Collection
from typing import Final, NamedTuple

from recsvc.domain.events import INTERACTIONS, EventKind
from recsvc.serving.ports import EventLog

NEWEST: Final = 20_000
"""Events that are looked at: half a second; what a shop left out of its catalogue is soon among them."""
_BEYOND: Final = 2**48
"""More than any log has."""


class Unlisted(NamedTuple):
    """What was found."""

    events: int  # that were looked at
    lines: Counter[str]  # item_id → lines of these events


def unlisted(store: EventLog, listed: Collection[str]) -> Unlisted:
    """Look at the newest interactions.

    Args:
        store: has the log.
        listed: ids of the catalogue.
    """
    kinds = frozenset(EventKind)
    newest = bisect_left(range(_BEYOND), x=True, key=lambda number: not store.read_log(kinds, number, 1))
    events = [event for _, event in store.read_log(INTERACTIONS, max(newest - NEWEST, 0), NEWEST)]
    named = Counter(line.item_id for event in events for line in event.lines)
    return Unlisted(len(events), Counter({one: named[one] for one in named.keys() - set(listed)}))
