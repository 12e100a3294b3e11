"""The live catalogue: the store's items as this worker keeps them, caught up when the number moves.

Some look from threads (the outbox, a slate made once more), and any of them may be the one that catches up.
What they share has one rule: **it is replaced whole, or it only grows in ways that a reader survives**. So
`Held` is swapped in one assignment. The dictionaries and lists within it gain entries or have one replaced,
and never lose any (what is at hand may go; it is asked for, and passed over by nobody). What leads to an
entry is written after it. Who passes over a dictionary copies it first; a list may be passed over as it is.
"""

import asyncio
import threading
from collections.abc import Callable, Iterator
from typing import NamedTuple

from recsvc.domain.catalogue import Item
from recsvc.serving.kept_items import KeptItems
from recsvc.serving.place_index import PlaceIndex
from recsvc.serving.ports import CatalogueStore, ItemPortion
from recsvc.serving.recent_changes import Change, RecentChanges

AT_ONCE, AT_A_TIME = 2_500, 250
"""Items that one look follows at once, as many as one call may replace; and that a worker follows at a time
where more have changed. A change is followed whole, whatever it has."""

LEAST_RECENT, SHARE_RECENT = 4_096, 16
"""Whom changes concern is known of so many ids, or of one of so many items."""


class Held(NamedTuple):
    """What was read at one time, with what changed since."""

    items: KeptItems
    groups: PlaceIndex  # product group → its items
    variants: PlaceIndex  # variant, as the stock books call it → its item
    moved: set[int]  # places whose group has once been another
    changes: RecentChanges


class LiveCatalogue:
    """Items by id; whoever reads meets either of an item, what it was or what it became, never half of it.

    Args:
        store: keeps the items.
        at_leisure: whether somebody calls `follow` again and again, so that no look follows many changes.

    Attributes:
        number: of the last change that was followed.
        is_behind: whether more has changed than a look follows; until `follow` is through with it, answers
            rest on the catalogue as it was a moment ago.
    """

    def __init__(self, store: CatalogueStore, *, at_leisure: bool = False) -> None:
        self._store = store
        self._lock = threading.Lock()
        self._at_leisure = at_leisure
        self.number = 0
        self.is_behind = False
        self._hold(KeptItems())

    @property
    def kept(self) -> KeptItems:
        """The items by place; another object once, when they were first read."""
        return self._held.items

    def __len__(self) -> int:
        return len(self.kept)

    def get(self, item_id: str) -> Item | None:
        """One item, None where the shop has none of that id."""
        return self.kept.get(item_id)

    def counted(self, variant: str) -> Item | None:
        """The item of a variant, by the variant's id in the shop's stock books."""
        held = self._held
        found = (held.items.at(place) for place in reversed(held.variants.places(variant)))
        return next((item for item in found if item is not None and variant in item.counts), None)

    def items(self) -> Iterator[Item]:
        """All items, in the order in which they came."""
        return iter(self.kept)

    def refresh(self, number: int) -> None:
        """Follow what changed since this worker looked, if anything did.

        Whoever comes meanwhile waits, for an answer must not show what was sold out before it was asked for.
        """
        if not self._is_due(number):
            return
        with self._lock:
            if self.number == 0:
                self._hold(KeptItems(self._store.item_portions()))
                self.number = self.kept.number
            while self._is_due(number) and self._follow(AT_ONCE):
                self.is_behind = self._at_leisure and number > self.number

    def follow(self) -> bool:
        """Follow some of the changes that a look has left; False where there are none."""
        with self._lock:
            self.is_behind = self.is_behind and self._follow(AT_A_TIME)
            return self.is_behind

    async def reach(self, number: int) -> None:
        """Follow what changed up to a number, with room for others between the steps.

        Raises:
            StoreUnavailableError: the store does not answer.
        """
        self.refresh(number)
        while number > self.number and self.follow():  # noqa: ASYNC110 (others have their turn)
            await asyncio.sleep(0)

    async def settle(self) -> None:
        """The same up to the last change, for who reads an item in order to write it; it raises the same."""
        while self.follow():  # noqa: ASYNC110
            await asyncio.sleep(0)

    def changed_after(self, number: int) -> frozenset[str] | None:
        """Ids of items and groups of which answers may say something else since a number; None: of all."""
        return self._held.changes.after(number)

    def group_of(self, item_id: str) -> str:
        """The product group of an item; a group itself, and an item without one, stand for themselves."""
        held = self._held
        item = held.items.get(item_id) if held.groups else None
        return _group(item, item_id)

    @property
    def has_groups(self) -> bool:
        """Whether any product comes in several variants."""
        return bool(self._held.groups)

    def variants(self, group: str) -> list[Item]:
        """The items of a product group by their ids, so that all workers prefer the same one."""
        held = self._held
        found = (held.items.at(place) for place in held.groups.places(group)) if held.groups else ()
        there = {item.item_id: item for item in found if item is not None and item.item_group_id == group}
        return [there[item_id] for item_id in sorted(there)]

    def variant_places(self, group: str) -> list[int]:
        """Where the items of a product group stand; no item is read but those that moved."""
        items, groups, _, moved, _ = self._held
        return [
            place
            for place in groups.places(group)
            if place not in moved or _group(items.look(place), "") == group
        ]

    def offered(self, item_id: str, to_buy: Callable[[str], Item | None] | None = None) -> Item | None:
        """What an answer shows for an item or a product group: itself, else a variant that can be bought.

        Args:
            item_id: the item or the group.
            to_buy: `variant_to_buy`, from who asks for many items and keeps what it says.
        """
        item = self.kept.get(item_id)
        if item is not None and item.can_be_bought:
            return item
        return (to_buy or self.variant_to_buy)(self.group_of(item_id)) or item

    def variant_to_buy(self, group: str) -> Item | None:
        """The first variant of a group that can be bought."""
        return next((variant for variant in self.variants(group) if variant.can_be_bought), None)

    def in_store(self, item_id: str, store_id: str) -> Item | None:
        """What a store has of an item: itself, else a variant of its group, None where it has neither."""
        there = (self.kept.get(item_id), *self.variants(self.group_of(item_id)))
        return next((item for item in there if item and item.stock.get(store_id, 0.0) > 0), None)

    def can_be_bought(self, item_id: str) -> bool:
        """Whether an answer may show it, or a variant of it; without any catalogue everything may."""
        if not len(self):
            return True
        item = self.offered(item_id)
        return item is not None and item.can_be_bought

    def relatives(self, item_id: str) -> set[str]:
        """The id of an item, its group's, and those of the other variants."""
        if not self.has_groups:
            return {item_id}
        group = self.group_of(item_id)
        return {item_id, group, *(item.item_id for item in self.variants(group))}

    def _hold(self, items: KeptItems) -> None:
        """Keep what was read."""
        groups = ((item.item_group_id, place) for place, item in items.saying("item_group_id"))
        counted = items.saying("counts")
        self._held = Held(
            items,
            PlaceIndex((group, place) for group, place in groups if group),
            PlaceIndex((name, place) for place, item in counted for name in item.counts),
            set(),
            RecentChanges(items.number),
        )

    def _is_due(self, number: int) -> bool:
        """Whether a look follows anything; asked again by who waited for the lock while another looked."""
        return number > self.number and not self.is_behind

    def _follow(self, most: int) -> bool:
        """Follow the oldest changes, some items at a time; False where there are none."""
        portion = self._store.item_changes(self.number, most)
        if portion.number == self.number:
            return False
        self._take(portion)
        self.number = portion.number  # at last: who reads the number first finds all that it counts
        return True

    def _take(self, portion: ItemPortion) -> None:
        items, groups, variants, moved, changes = self._held
        concerned: set[str] = set()
        for item_id, body in zip(portion.item_ids, portion.bodies, strict=True):
            place, before, item = items.put(item_id, body)
            was, now = _group(before, item_id), _group(item, item_id)
            concerned |= {item_id, was, now}
            if before is not None and (item is None or was != now):  # what is gone may come back elsewhere
                moved.add(place)
            if item is not None:
                for variant in item.counts:
                    variants.add(variant, place)
                if item.item_group_id:
                    groups.add(item.item_group_id, place)
        if concerned:
            others = {place for name in concerned for place in groups.places(name)} if groups else ()
            changes.add(Change(portion.number, frozenset(concerned.union(map(items.item_id, others)))))
            most = max(LEAST_RECENT, len(self) // SHARE_RECENT)
            self._held = self._held._replace(changes=changes.at_most(most))


def _group(item: Item | None, item_id: str) -> str:
    """The product group of what stands under an id."""
    return (item.item_group_id if item else None) or item_id
