import msgspec

from recsvc.domain.catalogue import Availability, Count, Item
from recsvc.serving.ports import Store
from tests.contracts.engines import event

TEA = Item(
    item_id="tea",
    title="Tea",
    titles={"ja": "緑茶"},
    price=3.5,
    availability=Availability.PREORDER,
    attributes={"leaf": ("green", "black")},
    stock={"s1": 2.0},
    changed_at=1774958400.5,
    counts={"8801": {"s1": Count(2.0, 1774958400.0)}, "8802": {}},
)
CUP = Item(item_id="cup")


def test_an_empty_catalogue_has_number_zero(store: Store) -> None:
    assert store.read_items() == ([], [], 0)


def test_items_come_back_as_they_were_put(store: Store) -> None:
    number = store.put_items([TEA, CUP]).result()
    items, deleted, newest = store.read_items()
    assert {item.item_id: item for item in items} == {"tea": TEA, "cup": CUP}
    assert deleted == []
    assert newest == number > 0


def test_only_what_changed_after_a_number_is_read(store: Store) -> None:
    first = store.put_items([TEA, CUP]).result()
    dearer = Item(item_id="cup", price=9.0)
    second = store.put_items([dearer]).result()
    assert store.read_items(first) == ([dearer], [], second)
    assert store.read_items(second) == ([], [], second)


def test_putting_what_is_there_changes_nothing(store: Store) -> None:
    number = store.put_items([TEA, CUP]).result()
    assert store.put_items([CUP, TEA]).result() == number
    assert store.put_items([]).result() == number


def test_of_an_item_named_twice_the_last_is_kept(store: Store) -> None:
    store.put_items([Item(item_id="tea", price=1.0), TEA]).result()
    assert store.read_items()[0] == [TEA]


def test_a_deleted_item_is_named_until_it_is_put_again(store: Store) -> None:
    number = store.put_items([TEA, CUP]).result()
    assert store.delete_item("tea").result()
    items, deleted, newest = store.read_items(number)
    assert (items, deleted) == ([], ["tea"])
    assert newest > number
    again = store.put_items([TEA]).result()
    assert store.read_items(newest) == ([TEA], [], again)


def test_deleting_what_is_not_there_changes_nothing(store: Store) -> None:
    number = store.put_items([TEA]).result()
    assert not store.delete_item("cup").result()
    assert store.delete_item("tea").result()
    assert not store.delete_item("tea").result()
    assert store.read_items()[2] == number + 1


def test_the_read_of_a_visitor_carries_the_number(store: Store) -> None:
    store.append([event("e1")]).result()
    number = store.put_items([TEA]).result()
    assert store.read_visitor("v").catalogue_number == number
    assert store.read_visitor("stranger").catalogue_number == number


def test_portions_hold_everything_as_it_is_kept(store: Store) -> None:
    assert [(one.number, [*one.item_ids]) for one in store.item_portions()] == [(0, [])]
    store.put_items([TEA]).result()
    many = [Item(item_id=f"cup-{number:05d}") for number in range(12_000)]
    newest = store.put_items(many).result()
    portions = [*store.item_portions()]
    assert portions[-1].number == newest
    bodies = [body for one in portions for body in one.bodies]
    found = sorted((msgspec.json.decode(body, type=Item) for body in bodies), key=lambda item: item.item_id)
    assert found == [*many, TEA]
    assert sorted(name for one in portions for name in one.item_ids) == [item.item_id for item in found]


def test_portions_name_what_was_deleted_without_a_body(store: Store) -> None:
    number = store.put_items([TEA, CUP]).result()
    store.delete_item("tea").result()
    ((newest, ids, bodies),) = store.item_portions()
    assert (newest, [*ids]) == (number + 1, ["cup", "tea"])
    assert [bool(body) for body in bodies] == [True, False]


def test_portions_that_nobody_reads_to_their_end_hold_nothing_up(store: Store) -> None:
    store.put_items([Item(item_id=f"cup-{number:05d}") for number in range(12_000)]).result()
    for _ in range(20):
        next(iter(store.item_portions()))
    newest = store.put_items([TEA]).result()
    assert store.read_visitor("v").catalogue_number == newest


def test_changes_come_whole_and_some_at_a_time(store: Store) -> None:
    for number in range(6):
        store.put_items([Item(item_id=f"{number}-{place}") for place in range(3)]).result()
    store.put_items([Item(item_id="1-0", price=2.0)]).result()
    told = [(0, 6), (2, 5), (4, 100), (7, 100)]
    found = [(one.number, len(one.item_ids)) for one in (store.item_changes(*asked) for asked in told)]
    assert found == [(2, 5), (3, 3), (7, 7), (7, 0)]


def test_change_of_more_items_than_are_asked_for_comes_whole(store: Store) -> None:
    first = store.put_items([TEA]).result()
    store.put_items([Item(item_id=f"cup-{number}") for number in range(9)]).result()
    store.put_items([TEA, CUP]).result()
    portion = store.item_changes(first, 2)
    assert (portion.number, sorted(portion.item_ids)) == (first + 1, [f"cup-{number}" for number in range(9)])


def test_changes_name_what_was_deleted_without_a_body(store: Store) -> None:
    number = store.put_items([TEA, CUP]).result()
    store.delete_item("tea").result()
    newest, ids, bodies = store.item_changes(number, 9)
    assert (newest, [*ids], [*bodies]) == (number + 1, ["tea"], [b""])
    assert store.item_changes(number + 1, 9) == (number + 1, [], [])
