import re
import xml.dom.minidom

import pytest
from hypothesis import given
from hypothesis import strategies as st
from litestar import Litestar
from litestar.testing import TestClient

from recsvc.domain.catalogue import Item
from recsvc.storefront.demo.pictures import draw_department, draw_item, kit

ALLOWED = {"svg", "g", "rect", "circle", "ellipse", "path"}


def elements(drawing: str) -> set[str]:
    document = xml.dom.minidom.parseString(drawing)  # noqa: S318 (what the kit drew itself)
    return {node.tagName for node in document.getElementsByTagName("*")}


@given(st.text(max_size=30), st.text(max_size=30), st.text(max_size=30), st.text(max_size=20))
def test_picture_of_any_item_is_plain_svg_without_its_texts(
    item_id: str, title: str, category: str, department: str
) -> None:
    item = Item(
        item_id=item_id, title=title, category=category, attributes={"department": (department or "x",)}
    )
    drawing = draw_item(item)
    assert elements(drawing) <= ALLOWED
    assert drawing == draw_item(item)
    assert "href" not in drawing


def test_every_rule_draws_something_that_is_in_the_kit() -> None:
    for rule in kit().rules:
        for drawing in rule.drawings:
            for hue in rule.hue:
                assert hue in kit().hues
            package, _, emblem = drawing.partition("+")
            assert drawing in kit().things or (package in kit().packages and emblem in kit().emblems)


def test_every_drawing_of_the_kit_is_used() -> None:
    drawn = {drawing for rule in kit().rules for drawing in rule.drawings} | {"basket"}
    assert set(kit().things) <= drawn
    assert set(kit().packages) == {drawing.split("+")[0] for drawing in drawn if "+" in drawing}
    assert set(kit().emblems) == {drawing.split("+")[1] for drawing in drawn if "+" in drawing}


@pytest.mark.parametrize(
    ("title", "category", "like"),
    [
        ("Bananas, 40 lb", "TROPICAL FRUIT", "banana"),
        ("Hot Dog Buns", "BAKED BREAD/BUNS/ROLLS", "bun"),
        ("Shredded Cheese", "CHEESE", "cheese"),
        ("Premium", "FROZEN PIZZA", "pizza"),
        ("Something new", None, "basket"),
    ],
)
def test_title_comes_before_category_and_the_basket_last(title: str, category: str | None, like: str) -> None:
    drawing = draw_item(Item(item_id="1", title=title, category=category))
    first_shape = re.match(r"<\w+ [^>]*?d?=?\"[^$\"]*", kit().things[like])
    assert first_shape
    assert first_shape[0] in drawing


def test_departments_differ_in_their_ground() -> None:
    assert draw_department("PRODUCE") != draw_department("MEAT")


def test_pictures_are_served_alone_and_safe(client: TestClient[Litestar]) -> None:
    for path in ("item-03.svg", "nobody.svg", "departments/PRODUCE.svg", "departments/%3Cscript%3E.svg"):
        answer = client.get(f"/demo/pictures/{path}")
        assert answer.status_code == 200
        assert answer.headers["content-type"].startswith("image/svg+xml")
        assert answer.headers["content-security-policy"].startswith("default-src 'none'")
        assert elements(answer.text) <= ALLOWED
