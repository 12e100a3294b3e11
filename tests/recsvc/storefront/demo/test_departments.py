from dataclasses import dataclass, field

from recsvc.domain.catalogue import Availability, Item
from recsvc.storefront.demo.departments import Departments


@dataclass
class Catalogue:
    """A few items and a number that rises with every change."""

    kept: list[Item] = field(default_factory=list)
    number: int = 1

    def get(self, item_id: str) -> Item | None:
        return next((item for item in self.kept if item.item_id == item_id), None)

    def items(self) -> list[Item]:
        return self.kept


def item(
    item_id: str,
    category: str,
    department: str = "FOOD",
    availability: Availability = Availability.IN_STOCK,
) -> Item:
    attributes: dict[str, tuple[str, ...]] = {"department": (department,)}
    return Item(
        item_id=item_id, title=item_id, category=category, attributes=attributes, availability=availability
    )


def test_first_page_shows_one_of_each_category_in_turn() -> None:
    shown = [item("a1", "apples"), item("a2", "apples"), item("a3", "apples"), item("b1", "bread")]
    food = Departments(Catalogue(shown)).get("FOOD")
    assert food
    assert [one.item_id for one in food.items] == ["a1", "b1", "a2", "a3"]
    assert food.categories == (("apples", 3), ("bread", 1))
    assert [one.item_id for one in food.of("bread")] == ["b1"]


def test_larger_departments_come_first_and_sold_out_items_are_left_out() -> None:
    gone = item("x", "shoes", "WEAR", availability=Availability.OUT_OF_STOCK)
    catalogue = Catalogue([item("s", "shoes", "WEAR"), gone, item("a", "apples"), item("b", "bread")])
    assert [(one.name, len(one.items)) for one in Departments(catalogue).all()] == [("FOOD", 2), ("WEAR", 1)]


def test_departments_follow_the_catalogue() -> None:
    catalogue = Catalogue([item("a", "apples")])
    departments = Departments(catalogue)
    assert departments.get("WEAR") is None
    catalogue.kept.append(item("s", "shoes", "WEAR"))
    assert departments.get("WEAR") is None
    catalogue.number += 1
    assert departments.get("WEAR")


def test_item_without_a_department_stands_under_its_category() -> None:
    alone = Item(item_id="1", category="tea")
    assert [one.name for one in Departments(Catalogue([alone, Item(item_id="2")])).all()] == ["other", "tea"]
