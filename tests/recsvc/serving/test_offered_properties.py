"""What is offered after any changes is what would be offered had the catalogue always been so."""

import numpy as np
from hypothesis import given, settings
from hypothesis import strategies as st

from recsvc.domain.catalogue import Availability, Item
from recsvc.serving import live_catalogue
from recsvc.serving.live_catalogue import LiveCatalogue
from recsvc.serving.offered import Offered, OfferedItems
from recsvc.stores.memory import MemoryStore
from tests.artifacts import item_ids, make_artifact

ROWS, STORES = 6, ("s1", "s2")
MODEL = make_artifact(ROWS)
NAMES = (*item_ids(ROWS), "loose", "group")
"""Rows of the model, an item that it does not know, and an item that is called like a group."""
FILTERS = ("item.price < 2", "item.brand == 'b'", "'bold' in item.taste", "item.price == item.margin")
ITEMS = st.builds(
    Item,
    item_id=st.sampled_from(NAMES),
    item_group_id=st.sampled_from((None, "group", "item-05")),
    brand=st.sampled_from((None, "b", "c")),
    price=st.sampled_from((None, 1.0, 2.0)),
    sale_price=st.sampled_from((None, 1.5)),
    margin=st.sampled_from((None, 1.0)),
    age_limit=st.sampled_from((None, 20)),
    availability=st.sampled_from((Availability.IN_STOCK, Availability.OUT_OF_STOCK)),
    attributes=st.sampled_from(({}, {"taste": ("bold",)})),
    stock=st.sampled_from(({}, {"s1": 1.0}, {"s1": 0.0, "s2": 3.0})),
)
STEPS = st.lists(st.lists(st.tuples(ITEMS, st.booleans()), min_size=1, max_size=4), min_size=1, max_size=5)


def everything(offered: Offered) -> tuple[object, ...]:
    """All that rules and slates ask."""
    columns = offered.columns
    return (
        [*offered.items],
        columns.in_stock.tolist(),
        [columns.has(name).tolist() for name in ("age_limit", "brand")],
        [np.nan_to_num(columns.number(name), nan=-1).tolist() for name in ("price", "margin")],
        [columns.carries("brand", value).tolist() for value in ("b", "c")],
        [offered.accepted(one).tolist() for one in FILTERS],
        [offered.in_store(store_id).tolist() for store_id in STORES],
        [offered.item_id(row, store_id) for row in range(ROWS) for store_id in (None, *STORES)],
        [offered.group(row) for row in range(ROWS)],
        [offered.rows([name]).tolist() for name in NAMES],
    )


@settings(max_examples=40)
@given(STEPS)
def test_offered_follows_every_change(steps: list[list[tuple[Item, bool]]]) -> None:
    store = MemoryStore()
    live = LiveCatalogue(store)
    kept = OfferedItems(live)
    for step in steps:
        for item, stays in step:
            store.put_items([item]).result() if stays else store.delete_item(item.item_id).result()
        live.refresh(store.read_visitor("").catalogue_number)
        other = LiveCatalogue(store)
        other.refresh(live.number)
        found = everything(kept.of(MODEL))
        assert found == everything(Offered(MODEL, live))
        assert found == everything(Offered(MODEL, other))
        assert found[0] == [live.offered(name) for name in MODEL.vocabulary.ids]
        assert found[1] == [live.can_be_bought(name) for name in MODEL.vocabulary.ids]
        there = [[live.in_store(name, one) is not None for name in MODEL.vocabulary.ids] for one in STORES]
        assert found[6] == there


def test_catalogue_that_changed_much_is_followed_and_offered_anew() -> None:
    store = MemoryStore()
    live = LiveCatalogue(store)
    kept = OfferedItems(live)
    ids = [*MODEL.vocabulary.ids, *(f"more-{number}" for number in range(live_catalogue.LEAST_RECENT))]
    live.refresh(store.put_items([Item(item_id=name) for name in ids]).result())
    first, before = kept.of(MODEL), live.kept
    live.refresh(store.put_items([Item(item_id=name, price=2.0) for name in ids]).result())
    assert live.kept is before
    assert len(live) == len(ids)
    assert kept.of(MODEL) is not first
    assert kept.of(MODEL).columns.number("price").tolist() == [2.0] * ROWS


def test_who_looks_after_too_many_changes_looks_at_everything() -> None:
    store = MemoryStore()
    live = LiveCatalogue(store)
    live.refresh(store.put_items([Item(item_id="tea")]).result())
    first = live.number
    live.refresh(store.put_items([Item(item_id="tea", price=1.0)]).result())
    assert live.changed_after(first) == {"tea"}
    for price in range(2, live_catalogue.LEAST_RECENT + 3):
        live.refresh(store.put_items([Item(item_id="tea", price=float(price))]).result())
    assert live.changed_after(first) is None
    assert live.changed_after(live.number - 1) == {"tea"}
