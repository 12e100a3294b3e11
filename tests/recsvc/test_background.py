"""What goes on beside answering leaves room for answers."""

import asyncio
from itertools import pairwise

from recsvc.background import following
from recsvc.domain.catalogue import Item
from recsvc.serving.catalogue_changes import CatalogueChanges
from recsvc.serving.live_catalogue import AT_ONCE, LiveCatalogue
from recsvc.stores.memory import MemoryStore

FEED, CHANGES = 500, 40

LONG_S = 60.0
"""Following that takes so long, for some 2 s, has failed: it says so in the log alone."""


def feed(store: MemoryStore, price: float, changes: int = CHANGES) -> int:
    """Put some batches of items, as an import does; the newest number."""
    for change in range(changes):
        names = (f"item-{change * FEED + place}" for place in range(FEED))
        number = store.put_items([Item(item_id=name, price=price) for name in names]).result()
    return number


def behind() -> tuple[MemoryStore, LiveCatalogue, int]:
    """A worker whose catalogue was put, and then changed all at once."""
    store = MemoryStore()
    live = LiveCatalogue(store, at_leisure=True)
    live.refresh(feed(store, 1.0))
    return store, live, feed(store, 2.0)


def test_requests_are_answered_between_the_steps_in_which_a_large_import_is_followed() -> None:
    _, live, newest = behind()
    followed: list[int] = []

    async def answer_meanwhile() -> list[int]:
        async with asyncio.timeout(LONG_S), following(live, lambda: followed.append(live.number))(None):
            seen = [live.number]
            while live.is_behind or live.number < newest:
                live.refresh(newest)  # what each request does before it answers
                seen.append(live.number)
                await asyncio.sleep(0)
            return seen

    seen = asyncio.run(answer_meanwhile())
    steps = [after - before for before, after in pairwise(seen)]
    assert steps[0] == AT_ONCE // FEED  # the look that finds it
    assert max(steps[1:]) == 1  # a change of the import, between two answers
    assert followed == [*range(seen[1] + 1, newest + 1)]
    assert all(item.price == 2.0 for item in live.items())


def test_look_follows_no_more_than_one_call_may_replace_and_leaves_the_rest() -> None:
    _, live, newest = behind()
    live.refresh(newest)
    first = live.number
    live.refresh(newest)
    assert live.number == first
    assert live.is_behind
    assert sum(item.price == 2.0 for item in live.items()) == AT_ONCE


def test_small_changes_are_followed_at_once_before_and_after_a_large_one() -> None:
    store, live, newest = behind()
    live.refresh(newest)
    while live.follow():
        pass
    live.refresh(store.put_items([Item(item_id="item-7", price=3.0)]).result())
    found = live.get("item-7")
    assert found is not None
    assert found.price == 3.0
    assert not live.is_behind


def test_who_writes_what_it_reads_reads_the_newest() -> None:
    store, live, newest = behind()
    store.put_items([Item(item_id="item-9", changed_at=20.0)]).result()
    live.refresh(newest)
    older = Item(item_id="item-9", changed_at=10.0)
    assert not asyncio.run(CatalogueChanges(store, live).replace(older))


def test_who_puts_items_finds_them_when_it_is_answered() -> None:
    store, live, newest = behind()
    live.refresh(newest)
    number = store.put_items([Item(item_id="item-9", price=3.0)]).result()
    asyncio.run(live.reach(number))
    found = live.get("item-9")
    assert found is not None
    assert found.price == 3.0
