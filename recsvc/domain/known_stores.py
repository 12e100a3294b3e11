"""Known stores: the names of its stores that a shop has declared."""

from collections.abc import Iterable

import msgspec


class KnownStores(msgspec.Struct, frozen=True):
    """The declared names; where there are none, every name is taken as it comes."""

    names: frozenset[str] = frozenset()

    def lack(self, store_id: str | None) -> bool:
        """Whether a name is not one of them."""
        return bool(self.names) and store_id is not None and store_id not in self.names

    def unknown(self, store_ids: Iterable[str]) -> str | None:
        """The first name that is not one of them, None where all are."""
        return next((store_id for store_id in store_ids if self.lack(store_id)), None)
