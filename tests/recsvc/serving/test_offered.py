import pytest

from recsvc.domain.catalogue import Item
from recsvc.serving.live_catalogue import LiveCatalogue
from recsvc.serving.offered import OfferedItems
from recsvc.serving.shown import Described
from recsvc.stores.memory import MemoryStore
from tests.artifacts import item_ids, make_artifact
from tests.shop import N, Shop, item, sold_out

TEA = "tea"


def test_columns_stand_beside_the_items_of_the_model(shop: Shop) -> None:
    shop.visitors.read(None)
    columns = OfferedItems(shop.catalogue).of(make_artifact(N)).columns
    assert columns.carries("category", TEA).tolist() == [row % 3 == 0 for row in range(N)]
    assert columns.number("price").tolist() == [100.0 + row for row in range(N)]


def test_changes_of_the_catalogue_are_caught_up_with(shop: Shop) -> None:
    artifact, columns = make_artifact(N), OfferedItems(shop.catalogue)
    assert columns.of(artifact).columns.in_stock.all()
    assert columns.of(artifact).columns.carries("category", TEA)[1] == 0
    shop.store.put_items([sold_out(0), item(1, category=TEA), item(2, sale_price=5.0)]).result()
    shop.store.delete_item(item(3).item_id).result()
    shop.visitors.read(None)
    after = columns.of(artifact).columns
    assert after.in_stock.tolist() == [row not in {0, 3} for row in range(N)]
    assert after.carries("category", TEA)[1]
    assert after.number("price")[2] == 5.0
    assert not after.has("category")[3]


def test_another_model_has_other_rows(shop: Shop) -> None:
    columns = OfferedItems(shop.catalogue)
    assert len(columns.of(make_artifact(N)).items) == N
    assert len(columns.of(make_artifact(4, "20260402T120000Z-0badcafe")).items) == 4


def test_without_a_catalogue_everything_may_be_shown_but_no_filter_is_passed(shop: Shop) -> None:
    for row in range(N):
        shop.store.delete_item(item(row).item_id).result()
    shop.visitors.read(None)
    columns = OfferedItems(shop.catalogue).of(make_artifact(N)).columns
    assert columns.in_stock.all()
    assert not columns.has("price").any()


@pytest.mark.parametrize(
    "described",
    [
        Item(item_id="bare"),
        Item(item_id="full", category="tea", brand="b", price=3.0, sale_price=2.0, margin=0.5, age_limit=20),
        Item(item_id="dear", price=3.0, category="", attributes={"taste": ("bold", "crisp"), "empty": ()}),
        Item(item_id="own", brand="b", sale_price=0.0, attributes={"brand": ("c",), "price": ("dear",)}),
    ],
)
def test_each_value_alone_is_the_one_among_all(described: Item) -> None:
    everything = described.values()
    for name in (*everything, "price", "sale_price", "margin", "age_limit", "category", "brand", "taste"):
        assert described.value(name) == everything.get(name)
        assert Described(described).get(name, "none") == everything.get(name, "none")
    assert dict(Described(described)) == everything


def test_who_left_a_group_and_came_back_in_another_is_not_where_that_group_is_sold() -> None:
    store = MemoryStore()
    live = LiveCatalogue(store)
    leader, other = item_ids(N)[:2]
    steps = (
        lambda: store.put_items(
            [
                Item(item_id=leader, item_group_id=leader),
                Item(item_id=other, item_group_id=leader, stock={"a": 5.0}),
            ]
        ),
        lambda: store.delete_item(leader),
        lambda: store.put_items([Item(item_id=leader, item_group_id="elsewhere")]),
    )
    for step in steps:
        step().result()
        live.refresh(store.read_visitor("nobody").catalogue_number)
    assert OfferedItems(live).of(make_artifact(N)).in_store("a").tolist()[:2] == [False, True]
