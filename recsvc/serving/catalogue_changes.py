"""Catalogue changes: what a shop's system tells one by one; an older word changes nothing."""

import asyncio

import msgspec

from recsvc.domain.catalogue import Count, Item
from recsvc.serving.live_catalogue import LiveCatalogue
from recsvc.serving.ports import CatalogueStore


class CatalogueChanges:
    """Reads an item, changes it and writes it, one change at a time.

    That holds within this worker. Between workers the newer word could be lost to one that was read at the
    same moment; the shop's next word mends it.
    """

    def __init__(self, store: CatalogueStore, live: LiveCatalogue) -> None:
        self._store = store
        self._live = live
        self._turn = asyncio.Lock()

    async def replace(self, item: Item) -> bool:
        """Put an item, with what was counted of its variants; False where a newer word is known.

        Args:
            item: with `changed_at`, and its variants as the keys of `counts`.

        Raises:
            StoreUnavailableError: nothing was kept.
        """
        async with self._turn:
            await self._live.settle()
            before = self._live.get(item.item_id)
            if before is not None and (before.changed_at or 0.0) > (item.changed_at or 0.0):
                return False
            known = before.counts if before is not None else {}
            counts = {variant: known.get(variant, {}) for variant in item.counts}
            await self._put(msgspec.structs.replace(item, counts=counts, stock=stock_of(counts)))
            return True

    async def remove(self, item_id: str) -> bool:
        """Remove an item; False where there is none.

        Raises:
            StoreUnavailableError: nothing was changed.
        """
        async with self._turn:
            was_there = await asyncio.wrap_future(self._store.delete_item(item_id))
            if was_there:
                self._live.refresh(self._live.number + 1)
            return was_there

    async def count(self, variant: str, store_id: str, count: Count | None) -> bool | None:
        """Note how many a store has of a variant, or with None that it no longer keeps it.

        Returns:
            None where no item has the variant, False where a newer count is known.

        Raises:
            StoreUnavailableError: nothing was kept.
        """
        async with self._turn:
            await self._live.settle()
            item = self._live.counted(variant)
            if item is None:
                return None
            own = dict(item.counts[variant])
            if count is not None and store_id in own and own[store_id].at > count.at:
                return False
            own.pop(store_id, None)
            if count is not None:
                own[store_id] = count
            counts = item.counts | {variant: own}
            await self._put(msgspec.structs.replace(item, counts=counts, stock=stock_of(counts)))
            return True

    async def _put(self, item: Item) -> None:
        await self._live.reach(await asyncio.wrap_future(self._store.put_items([item])))


def stock_of(counts: dict[str, dict[str, Count]]) -> dict[str, float]:
    """Store → how many of all variants; what is owed counts as none."""
    stock: dict[str, float] = {}
    for stores in counts.values():
        for store_id, count in stores.items():
            stock[store_id] = stock.get(store_id, 0.0) + max(count.quantity, 0.0)
    return stock
