"""What it costs to offer a catalogue and to follow its changes: reads, searches and looks, counted."""

from collections import Counter
from typing import Any

import pytest

from recsvc.domain.catalogue import Availability, Item
from recsvc.serving.live_catalogue import LiveCatalogue
from recsvc.serving.offered import MOST_UNSTOCKED, Offered, OfferedItems
from recsvc.stores.memory import MemoryStore
from tests.artifacts import item_ids, make_artifact
from tests.calls import calls_of

ROWS = 40
MODEL = make_artifact(ROWS)
SOLD_OUT = Availability.OUT_OF_STOCK


class Stall:
    """A catalogue of the model's items, and what is offered of it."""

    def __init__(self, **said: Any) -> None:
        self.store = MemoryStore()
        self.live = LiveCatalogue(self.store)
        self.kept = OfferedItems(self.live)
        self.tell(ROWS, **said)

    def tell(self, rows: int, per_group: int = 0, **said: Any) -> None:
        groups = (f"g{row // per_group}" if per_group else None for row in range(rows))
        items = [
            Item(item_id=name, item_group_id=group, **said)
            for name, group in zip(item_ids(rows), groups, strict=True)
        ]
        self.live.refresh(self.store.put_items(items).result())

    def offered(self) -> Offered:
        return self.kept.of(MODEL)


@pytest.fixture
def anew() -> Stall:
    """A stall whose worker started just now, with groups of four and two stores."""
    stall = Stall(per_group=4, stock={"s0": 1.0, "s1": 2.0})
    again = Stall.__new__(Stall)
    again.store, again.live = stall.store, LiveCatalogue(stall.store)
    again.kept = OfferedItems(again.live)
    again.live.refresh(stall.live.number)
    return again


def test_store_reads_each_item_once_and_finds_all_rows_together(anew: Stall) -> None:
    offered = anew.offered()
    calls = calls_of(lambda: offered.in_store("s0"))
    assert offered.in_store("s0").all()
    assert calls["ItemPage.body"] == ROWS
    assert calls["KeptItems.places_of"] == calls["Vocabulary.rows"] == 1
    assert calls["LiveCatalogue.variants"] == 0


def test_store_that_has_nothing_is_looked_for_once_and_has_no_mask(anew: Stall) -> None:
    offered = anew.offered()
    calls = calls_of(lambda: [offered.in_store("nowhere") for _ in range(3)])
    assert not offered.in_store("nowhere").any()
    assert calls["patterns_of"] == 1
    assert offered.in_store("nowhere").strides == (0,)
    anew.tell(1, stock={"nowhere": 1.0})
    assert anew.offered() is offered
    assert offered.in_store("nowhere").tolist() == [row == 0 for row in range(ROWS)]


def test_stores_that_have_nothing_push_out_no_store_that_has(anew: Stall) -> None:
    offered = anew.offered()
    offered.in_store("s0")
    for number in range(MOST_UNSTOCKED + 1):
        offered.in_store(f"nowhere-{number}")
    assert calls_of(lambda: offered.in_store("s0"))["patterns_of"] == 0


def test_change_looks_at_a_row_once_for_all_stores() -> None:
    stall = Stall(stock={f"s{number}": 1.0 for number in range(20)})
    offered = stall.offered()
    for number in range(20):
        offered.in_store(f"s{number}")
    stall.tell(5)
    calls = calls_of(stall.offered)
    assert calls["Look.stores"] == 5
    assert calls["LiveCatalogue.in_store"] == 0
    assert offered.in_store("s7").tolist() == [row >= 5 for row in range(ROWS)]


def test_group_that_is_sold_out_is_looked_at_once() -> None:
    stall = Stall(per_group=ROWS)
    stall.offered()
    stall.tell(ROWS, per_group=ROWS, availability=SOLD_OUT)
    assert calls_of(stall.offered)["LiveCatalogue.variants"] == 1
    assert calls_of(lambda: Offered(MODEL, stall.live))["LiveCatalogue.variants"] == 1


def refreshed(rows: int, changed: int) -> Counter[str]:
    """What it costs to follow some variants of one group that has as many as there are items."""
    stall = Stall()
    stall.tell(rows, per_group=rows)
    number = stall.store.put_items(
        [Item(item_id=name, item_group_id="g0", price=2.0) for name in item_ids(changed)]
    ).result()
    return calls_of(lambda: stall.live.refresh(number))


def test_changes_of_a_group_pass_over_it_once_however_many_they_are() -> None:
    calls, others = refreshed(400, changed=100), refreshed(800, changed=100)
    assert calls["KeptItems.item_id"] == 400
    assert others["KeptItems.item_id"] == 800
    assert calls["LiveCatalogue.variants"] == 0
    assert calls["KeptItems.look"] == others["KeptItems.look"] == 100


def test_filters_of_names_that_no_item_has_search_once_a_name_and_keep_no_column(anew: Stall) -> None:
    offered = anew.offered()
    asked = [f"item.z{number} == '{text}' or item.z{number} > 1" for number in range(5) for text in "ab"]
    calls = calls_of(lambda: [offered.accepted(one) for one in asked])
    assert calls["patterns_of"] == 5
    assert offered.columns.columns.kept.bytes == 0
