import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from quizzes.catalogue import Catalogue
from quizzes.expression import Value
from quizzes.parser import names_in, parse
from quizzes.signals import ItemFilter
from tests.calls import calls_of

TEXTS = st.sampled_from("abc")
SAID: dict[str, Value] = {"one": "a", "many": ("a", "b"), "empty": (), "n": 2.0}
ITEMS = st.lists(
    st.fixed_dictionaries(
        {},
        optional={
            "colour": TEXTS | st.lists(TEXTS, max_size=3).map(tuple),
            "brand": TEXTS,
            "price": st.sampled_from((1.0, 2.0, 3)),
        },
    ),
    max_size=6,
)
SIDES = ("one", "many", "empty", "n", "gone", "'a'", "['a', 'c']", "2", "[1, 2]", "[1, 'a']")
ATTRIBUTES = ("item.colour", "item.brand", "item.price", "item.gone")
OPS = ("==", "!=", "<", "<=", ">", ">=", "in", "not in")


@st.composite
def comparisons(draw: st.DrawFn) -> str:
    sides = [draw(st.sampled_from(ATTRIBUTES)), draw(st.sampled_from(SIDES + ATTRIBUTES))]
    left, right = sides if draw(st.booleans()) else reversed(sides)
    return f"{left} {draw(st.sampled_from(OPS))} {right}"


def conditions() -> st.SearchStrategy[str]:
    return st.recursive(
        comparisons(),
        lambda part: st.one_of(
            st.builds("not ({})".format, part),
            st.builds("({} and {})".format, part, part),
            st.builds("({} or {})".format, part, part),
        ),
        max_leaves=3,
    )


def filter_of(expression: str) -> ItemFilter:
    return ItemFilter("q", expression, 0, names_in(expression).attributes, parse(expression), SAID)


@settings(max_examples=300)
@given(ITEMS, conditions())
def test_columns_say_what_each_item_says(items: list[dict[str, Value]], expression: str) -> None:
    one = filter_of(expression)
    assert Catalogue(items).accepted(one).tolist() == [one.accepts(item) for item in items]


@settings(max_examples=100)
@given(ITEMS.filter(bool), conditions(), conditions(), st.data())
def test_replaced_item_is_as_if_it_had_always_been_so(
    items: list[dict[str, Value]], expression: str, later: str, data: st.DataObject
) -> None:
    one, other = filter_of(expression), filter_of(later)
    catalogue = Catalogue(items)
    catalogue.accepted(one)
    row, new = data.draw(st.integers(0, len(items) - 1)), data.draw(ITEMS.filter(bool))[0]
    catalogue.put(row, new, in_stock=False)
    fresh = Catalogue([*items[:row], new, *items[row + 1 :]])
    assert catalogue.accepted(one).tolist() == fresh.accepted(one).tolist()
    assert catalogue.accepted(other).tolist() == fresh.accepted(other).tolist()
    assert catalogue.values == fresh.values
    assert not catalogue.in_stock[row]


def test_one_text_is_a_list_of_one() -> None:
    allergic = filter_of("'nuts' not in item.contains")
    items: list[dict[str, Value]] = [{"contains": "nuts"}, {"contains": ("nuts",)}, {"contains": "milk"}, {}]
    assert [allergic.accepts(item) for item in items] == [False, False, True, False]


def test_catalogue_counts_what_items_carry() -> None:
    catalogue = Catalogue([{"colour": ("a", "b"), "price": 2}, {"colour": "a"}], [True, False])
    assert catalogue.values == {"colour": {"a": 2, "b": 1}}
    assert catalogue.numbers == {"price": 1}
    assert catalogue.attributes == {"colour", "price"}
    assert catalogue.in_stock.tolist() == [True, False]
    assert catalogue.number("price")[0] == 2
    assert np.isnan(catalogue.number("price")[1])
    assert len(catalogue) == 2


@pytest.mark.parametrize("others", [0, 1, 9])
def test_catalogue_knows_whether_any_item_has_an_attribute(others: int) -> None:
    catalogue = Catalogue([{}] * (others + 1))
    assert not catalogue.is_said("age_limit")
    catalogue.put(others, {"age_limit": 18.0}, in_stock=True)
    assert catalogue.is_said("age_limit")
    catalogue.put(others, {}, in_stock=True)
    assert not catalogue.is_said("age_limit")


@pytest.mark.parametrize(
    ("attribute", "asked"), [("price", "item.price < 9"), ("colour", "item.colour in ['red', 'green']")]
)
def test_nobody_who_compares_with_an_attribute_that_was_learnt_waits_for_a_pass(
    attribute: str, asked: str
) -> None:
    catalogue = Catalogue([{"price": 2.0, "colour": "red"}, {}])
    catalogue.learn(attribute)
    wanted = ItemFilter("", asked, 0, frozenset(), parse(asked), {})
    assert calls_of(lambda: catalogue.accepted(wanted))["Columns._said"] == 0
    assert catalogue.accepted(wanted).tolist() == [True, False]


def test_catalogue_without_items_has_no_attribute() -> None:
    assert not Catalogue([]).is_said("age_limit")
