"""What a shop's system tells one by one ends the same, in whatever order and however often it is told."""

import asyncio
from itertools import permutations

from recsvc.domain.catalogue import Count, Item
from recsvc.serving.catalogue_changes import CatalogueChanges
from recsvc.serving.live_catalogue import LiveCatalogue
from recsvc.stores.memory import MemoryStore

TEA = Item(item_id="tea", title="Tea", changed_at=10.0, counts={"small": {}, "large": {}})
NEWS = [("small", "a", Count(3.0, 11.0)), ("large", "a", Count(1.0, 12.0)), ("small", "a", Count(5.0, 13.0))]


def changes() -> tuple[CatalogueChanges, LiveCatalogue]:
    store = MemoryStore()
    live = LiveCatalogue(store)
    return CatalogueChanges(store, live), live


def test_counts_end_the_same_in_every_order() -> None:
    async def tell(order: tuple[tuple[str, str, Count], ...]) -> dict[str, float]:
        made, live = changes()
        await made.replace(TEA)
        for news in order:
            await made.count(*news)
        item = live.get("tea")
        assert item is not None
        return item.stock

    assert [asyncio.run(tell(order)) for order in permutations(NEWS)] == [{"a": 6.0}] * 6


def test_counts_told_at_once_lose_nothing() -> None:
    async def tell() -> dict[str, float]:
        made, live = changes()
        await made.replace(TEA)
        news = [("small", f"store-{number}", Count(1.0, 1.0)) for number in range(50)]
        await asyncio.gather(*(made.count(*one) for one in news))
        item = live.get("tea")
        assert item is not None
        return item.stock

    assert len(asyncio.run(tell())) == 50


def test_variant_that_moved_to_another_product_is_counted_there() -> None:
    async def tell() -> tuple[bool | None, bool | None]:
        made, live = changes()
        await made.replace(TEA)
        await made.replace(Item(item_id="tin", changed_at=11.0, counts={"large": {}}))
        await made.replace(Item(item_id="tea", changed_at=12.0, counts={"small": {}}))
        found = (
            await made.count("large", "a", Count(2.0, 1.0)),
            await made.count("gone", "a", Count(2.0, 1.0)),
        )
        tin = live.get("tin")
        assert tin is not None
        assert tin.stock == {"a": 2.0}
        return found

    assert asyncio.run(tell()) == (True, None)
