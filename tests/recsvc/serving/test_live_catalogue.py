"""Who waited while another thread followed the changes follows no more than that one left to a look."""

import pytest

from recsvc.domain.catalogue import Item
from recsvc.serving.live_catalogue import AT_ONCE, LiveCatalogue
from recsvc.stores.memory import MemoryStore
from tests.lines import at_each_line

FEED, CHANGES = 500, 12


class OtherThread:
    """What another one does at a line: it looks, too, and is through before this one goes on."""

    def __init__(self, live: LiveCatalogue, newest: int, line: int) -> None:
        self._live, self._newest, self._left = live, newest, line

    def __call__(self) -> None:
        if self._left == 0 and not self._live._lock.locked():
            self._live.refresh(self._newest)
        self._left -= 1


def feed(store: MemoryStore, price: float) -> int:
    for change in range(CHANGES):
        names = (f"item-{change * FEED + place}" for place in range(FEED))
        number = store.put_items([Item(item_id=name, price=price) for name in names]).result()
    return number


@pytest.mark.parametrize("line", range(6))
def test_two_that_look_at_once_follow_what_one_may(line: int) -> None:
    store = MemoryStore()
    live = LiveCatalogue(store, at_leisure=True)
    first = feed(store, 1.0)
    live.refresh(first)
    newest = feed(store, 2.0)
    at_each_line(lambda: live.refresh(newest), OtherThread(live, newest, line))
    assert live.is_behind
    assert live.number == first + AT_ONCE // FEED
