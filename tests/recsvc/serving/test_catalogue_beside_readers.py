"""Whoever reads the catalogue while another thread follows its changes meets items old or new, and no error.

Two threads meet where they like; here one steps in at each line that the other runs, which is every place
where they could meet between two lines.
"""

from collections.abc import Callable, Iterator
from functools import partial
from itertools import count, product

import pytest

from quizzes.catalogue import Mask
from recsvc.domain.catalogue import Availability, Count, Item
from recsvc.model.packed_ids import PackedIds
from recsvc.serving.live_catalogue import LiveCatalogue
from recsvc.serving.offered import Offered, OfferedItems
from recsvc.stores.memory import MemoryStore
from tests.artifacts import item_ids, make_artifact
from tests.lines import at_each_line

ROWS, MOST_NEW = 4, 9
"""Some are new and no more: a reader would never end if each step made its way longer."""
MODEL = make_artifact(ROWS)


class Stall:
    """A catalogue that is told of another change whenever somebody wants one."""

    def __init__(self) -> None:
        self.store = MemoryStore()
        self.live = LiveCatalogue(self.store)
        self.tell([Item(item_id=name, brand="b", item_group_id="group") for name in item_ids(ROWS)])
        self._changes = self._endless()

    def tell(self, items: list[Item]) -> None:
        self.live.refresh(self.store.put_items(items).result())

    def change(self) -> None:
        next(self._changes)

    def _endless(self) -> Iterator[None]:
        """An item that is new, one that is another, and one that is gone, again and again."""
        for number in count():
            name = item_ids(ROWS)[number % ROWS]
            new = Item(
                item_id=f"new-{min(number, MOST_NEW)}",
                item_group_id="group",
                price=float(number),
                stock={"s1": 1.0},
                counts={f"v-{min(number, MOST_NEW)}": {"s1": Count(1.0, 1.0)}},
            )
            self.tell([new])
            yield
            self.tell([Item(item_id=name, age_limit=20, availability=Availability.OUT_OF_STOCK)])
            yield
            self.store.delete_item(name).result()
            self.live.refresh(self.live.number + 1)
            yield
            self.store.put_items([Item(item_id=name, brand="c", item_group_id="group")]).result()
            self.live.refresh(self.live.number + 2)
            yield


class CatchUp:
    """What another thread does at one of the lines: it brings a change, and follows it."""

    def __init__(self, stall: Stall, kept: OfferedItems, line: int) -> None:
        self._stall, self._kept, self._left = stall, kept, line

    def __call__(self) -> None:
        if self._left == 0:
            self._stall.change()
            self._kept.of(MODEL)
        self._left -= 1


def passes_over_items(live: LiveCatalogue) -> None:
    ids = PackedIds([[*item_ids(ROWS), "new-0", "new-1", "new-2"]])
    there = live.kept.places_of(ids).tolist()
    assert all(item is None or item.item_id == ids[row] for row, item in enumerate(map(at(live), there)))
    assert len({item.item_id for item in live.items()}) >= ROWS - 1
    assert all(item.item_id for _, item in live.kept.saying("brand", "s1"))


def at(live: LiveCatalogue) -> Callable[[int], Item | None]:
    return lambda place: live.kept.at(place) if place >= 0 else None


def finds_items(live: LiveCatalogue) -> None:
    for name in (*item_ids(ROWS), "new-0", "new-1"):
        for item in (live.get(name), live.in_store(name, "s1"), live.offered(name)):
            assert item is None or item.item_id in live.relatives(name) | {item.item_id}
    assert live.counted("v-0") is None or live.counted("v-0") == live.get("new-0")
    assert all(one.item_group_id == "group" for one in live.variants("group"))


def reads_what_changed(live: LiveCatalogue) -> None:
    assert live.changed_after(live.number) is not None
    assert live.changed_after(1) is not None


def makes_columns(live: LiveCatalogue) -> None:
    offered = Offered(MODEL, live)
    assert len(offered.columns.number("age_limit")) == ROWS
    assert len(offered.columns.carries("brand", "b")) == ROWS
    assert len(offered.in_store("s1")) == ROWS


READERS = (passes_over_items, finds_items, reads_what_changed, makes_columns)


@pytest.mark.parametrize("read", READERS)
def test_catalogue_may_change_between_any_two_lines_of_a_reader(
    read: Callable[[LiveCatalogue], None],
) -> None:
    stall = Stall()
    assert at_each_line(lambda: read(stall.live), stall.change) > 3


@pytest.mark.parametrize("read", READERS)
def test_a_reader_may_come_between_any_two_lines_of_a_change(read: Callable[[LiveCatalogue], None]) -> None:
    stall = Stall()
    for _ in range(8):
        assert at_each_line(stall.change, lambda: read(stall.live)) > 20


def test_what_was_followed_while_it_changed_ends_as_it_stands() -> None:
    stall = Stall()
    kept = OfferedItems(stall.live)
    for _ in range(8):
        stall.change()
        at_each_line(lambda: kept.of(MODEL), stall.change)
    now, anew = kept.of(MODEL), Offered(MODEL, stall.live)
    assert [*now.items] == [*anew.items]
    assert now.columns.in_stock.tolist() == anew.columns.in_stock.tolist()
    for name in ("age_limit", "brand"):
        assert now.columns.has(name).tolist() == anew.columns.has(name).tolist()


@pytest.mark.parametrize(
    "ask", [lambda one: one.in_store("s1"), lambda one: one.accepted("item.brand == 'b'")]
)
def test_mask_that_was_made_while_another_thread_caught_up_is_not_kept(
    ask: Callable[[Offered], Mask],
) -> None:
    for before, line in product(range(2), range(0, 300, 3)):
        stall = Stall()
        for _ in range(before):
            stall.change()
        kept = OfferedItems(stall.live)
        at_each_line(partial(ask, kept.of(MODEL)), CatchUp(stall, kept, line))
        assert ask(kept.of(MODEL)).tolist() == ask(Offered(MODEL, stall.live)).tolist()


def test_item_that_came_after_the_rows_were_counted_has_none() -> None:
    stall = Stall()
    offered = Offered(MODEL, stall.live)
    found = offered.items.saying("brand")
    first = next(found)
    stall.tell([Item(item_id="new", brand="b")])
    assert [row for row, _ in [first, *found]] == [*range(ROWS)]
