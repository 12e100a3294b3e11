"""The catalogue as bytes is the catalogue as a dictionary."""

from itertools import cycle, islice

import msgspec
import pytest
from hypothesis import given
from hypothesis import strategies as st

from recsvc.domain.catalogue import Availability, Item, members_of
from recsvc.model.packed_ids import PackedIds
from recsvc.serving.item_pages import PAGE
from recsvc.serving.kept_items import LEAST_ABOVE, KeptItems
from recsvc.serving.ports import ItemPortion
from tests.calls import calls_of
from tests.lines import at_each_line

NAMES = ("tea", "cup", "price", "緑茶")
ITEMS = st.builds(
    Item,
    item_id=st.sampled_from(NAMES),
    title=st.sampled_from((None, '"price":', 'say "brand": x')),
    price=st.sampled_from((None, 2.0)),
    sale_price=st.sampled_from((None, 1.0)),
    brand=st.sampled_from((None, "b")),
    availability=st.sampled_from(Availability),
    attributes=st.sampled_from(({}, {"taste": ("bold",)}, {"price": ("dear",), 'a"b': ("c",)})),
    stock=st.sampled_from(({}, {"s1": 2.0})),
)
CHANGES = st.lists(st.tuples(ITEMS, st.booleans()), max_size=8)


def kept_of(items: dict[str, Item]) -> KeptItems:
    """The items in portions of two, with something that was deleted."""
    bodies = [(name, msgspec.json.encode(item)) for name, item in items.items()] + [("gone", b"")]
    parts = (bodies[first : first + 2] for first in range(0, len(bodies), 2))
    return KeptItems(ItemPortion(7, *zip(*part, strict=True)) for part in parts)


@given(st.lists(ITEMS, unique_by=lambda item: item.item_id), CHANGES)
def test_items_are_those_of_a_dictionary(items: list[Item], changes: list[tuple[Item, bool]]) -> None:
    plain = {item.item_id: item for item in items}
    kept = kept_of(plain)
    assert kept.number == 7
    for item, stays in changes:
        kept.put(item.item_id, msgspec.json.encode(item) if stays else b"")
        plain.pop(item.item_id, None)
        if stays:
            plain[item.item_id] = item
    assert {item.item_id: item for item in kept} == plain
    assert len(kept) == len(plain)
    assert [kept.get(name) for name in (*NAMES, "gone")] == [plain.get(name) for name in (*NAMES, "gone")]
    asked = PackedIds([[*NAMES, "gone"]])
    found = [kept.at(place) if place >= 0 else None for place in kept.places_of(asked).tolist()]
    assert found == [plain.get(name) for name in asked]


@given(st.lists(ITEMS, unique_by=lambda item: item.item_id), CHANGES)
def test_nothing_that_has_a_value_is_overlooked(items: list[Item], changes: list[tuple[Item, bool]]) -> None:
    kept = kept_of({item.item_id: item for item in items})
    for item, stays in changes:
        kept.put(item.item_id, msgspec.json.encode(item) if stays else b"")
    for name in ("price", "sale_price", "brand", "taste", 'a"b', "category"):
        said = {item.item_id: item.value(name) for _, item in kept.saying(*members_of(name))}
        for item in kept:
            assert said.get(item.item_id) == item.value(name)
    stocked = {item.item_id for _, item in kept.saying("s1")}
    assert stocked >= {item.item_id for item in kept if item.stock}


def test_only_what_is_named_is_decoded() -> None:
    kept = kept_of({name: Item(item_id=name, brand="b" if name == "cup" else None) for name in NAMES})
    assert [item.item_id for _, item in kept.saying("brand")] == ["cup"]
    assert [*kept.saying("age_limit")] == []


def test_who_passes_over_many_leaves_what_others_have_at_hand() -> None:
    kept = kept_of({name: Item(item_id=name) for name in NAMES})
    looked = kept.look(0)
    assert looked == kept.at(0)
    assert kept.at(0) is kept.at(0) is not looked


def test_item_that_came_later_and_went_has_no_place_and_may_come_back() -> None:
    kept, asked = kept_of({}), PackedIds([["tea", "cup"]])
    body = msgspec.json.encode(Item(item_id="tea"))
    found = []
    for told in (body, b"", body):
        kept.put("tea", told)
        found.append(kept.places_of(asked).tolist())
    assert found == [[0, -1], [-1, -1], [0, -1]]


def many_of(number: int) -> dict[str, Item]:
    return {name: Item(item_id=name, brand="b") for name in (f"item-{place}" for place in range(number))}


def tell(kept: KeptItems, plain: dict[str, Item], item: Item) -> None:
    kept.put(item.item_id, msgspec.json.encode(item))
    plain[item.item_id] = item


def test_items_of_which_most_change_are_those_of_a_dictionary() -> None:
    plain = many_of(2 * PAGE + 9)
    kept = kept_of(plain)
    for number in range(3 * PAGE):
        tell(kept, plain, Item(item_id=f"item-{number}", price=float(number)))
        if number % 5 == 0:
            tell(kept, plain, Item(item_id=f"new-{number}", brand="c"))
        if number % 7 == 0:
            kept.put(f"item-{number}", b"")
            del plain[f"item-{number}"]
    asked = PackedIds([[*plain, "item-0", "nothing"]])
    places = kept.places_of(asked).tolist()
    assert {item.item_id: item for item in kept} == plain
    assert [kept.at(place) for place in places[:-2]] == [*plain.values()]
    assert places[-2:] == [-1, -1]
    assert {item.item_id for _, item in kept.saying("brand")} >= {n for n, one in plain.items() if one.brand}
    assert len(kept) == len(plain)


def test_pages_are_written_anew_one_for_each_of_many_changes_and_none_for_few() -> None:
    plain = many_of(2 * PAGE)
    kept = kept_of(plain)
    bodies = [msgspec.json.encode(Item(item_id=name, price=1.0)) for name in plain]
    calls = calls_of(lambda: [*map(kept.put, [*plain][:LEAST_ABOVE], bodies)])
    assert calls["KeptItems._write_page"] == 0
    calls = calls_of(lambda: [*map(kept.put, [*plain][LEAST_ABOVE:], bodies[LEAST_ABOVE:])])
    assert 1 <= calls["page_of"] <= 2


@pytest.mark.parametrize("first", [0, 1])
def test_reader_may_come_between_any_two_lines_of_a_page_that_is_written(first: int) -> None:
    plain = many_of(LEAST_ABOVE + 2)
    kept = kept_of(plain)
    for place in range(first, first + LEAST_ABOVE):
        tell(kept, plain, Item(item_id=f"item-{place}", brand="c"))

    def read() -> None:
        assert {kept.at(place).brand for place in (0, 1, 7, PAGE)} <= {"b", "c"}  # type: ignore[union-attr]
        assert len({place for place, _ in kept.saying("brand")}) == len(plain)
        assert (kept.places_of(PackedIds([[*plain]])) >= 0).all()

    changed = Item(item_id="item-7", brand="c")
    assert at_each_line(lambda: tell(kept, plain, changed), read) > 10
    more = Item(item_id="new", brand="c")
    assert at_each_line(lambda: tell(kept, plain, more), lambda: kept.get("new")) > 10
    assert kept.get("new") == more


def test_page_may_be_written_between_any_two_lines_of_a_reader() -> None:
    plain = many_of(2 * PAGE)
    kept = kept_of(plain)
    turns = cycle(plain)

    def change(times: int = 2) -> None:
        for _ in range(times):
            tell(kept, plain, Item(item_id=next(turns), brand="c"))

    change(LEAST_ABOVE)  # from now on each change writes a page
    assert at_each_line(lambda: [kept.at(place) for place in range(0, 2 * PAGE, 500)], change) > 90
    found: list[Item | None] = []
    at_each_line(lambda: found.extend(item for _, item in islice(kept.saying("brand"), 40)), change)
    assert len(found) == 40
    assert {item.item_id: item for item in kept} == plain
