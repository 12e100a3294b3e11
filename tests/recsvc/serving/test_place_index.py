from recsvc.serving.place_index import PlaceIndex
from tests.calls import calls_of


def test_places_stand_in_the_order_in_which_they_came_and_once() -> None:
    index = PlaceIndex([("a", 1), ("b", 2), ("a", 3)])
    for text, place in (("a", 9), ("a", 1), ("a", 3), ("a", 7), ("a", 9), ("c", 2)):
        index.add(text, place)
    assert index.places("a") == [1, 3, 9, 7]
    assert index.places("b") == [2]
    assert index.places("c") == [2]
    assert index.places("d") == []


def test_index_of_nothing_is_false_until_something_is_added() -> None:
    index = PlaceIndex([])
    assert not index
    index.add("a", 0)
    assert index
    assert index.places("a") == [0]


def test_adding_to_many_costs_what_adding_to_few_does() -> None:
    few, many = (PlaceIndex(("a", place) for place in range(n)) for n in (3, 3_000))
    assert calls_of(lambda: few.add("a", 9_000)) == calls_of(lambda: many.add("a", 9_000))
    assert calls_of(lambda: many.add("a", 9_001))["PlaceIndex.places"] == 0
