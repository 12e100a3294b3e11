"""Erasing: several visitors at once, as when a shop names a customer and the guests of a thousand orders."""

import asyncio
from collections.abc import Collection

from recsvc.serving.ports import PersonalRows
from recsvc.serving.privacy import digest


async def erase_all(store: PersonalRows, secret: bytes, visitor_ids: Collection[str]) -> None:
    """Erase visitors under all their names in one transaction, and make room once.

    Raises:
        StoreUnavailableError: the store does not answer; nothing was erased.
    """
    names = await asyncio.to_thread(store.names, *visitor_ids)
    await asyncio.wrap_future(store.erase({name: digest(secret, name) for name in names}))
    await asyncio.to_thread(store.compact)
